/** What keeps training from running, or from running well, on this machine. */
package io.github.mnist4j.cli.doctor;
