/** Options that several commands share. */
package io.github.mnist4j.cli.options;
