/** What keeps training from running, or from running well, on this machine. */
@NullMarked
package io.github.mnist4j.cli.doctor;

import org.jspecify.annotations.NullMarked;
