/** Options that several commands share, and how values on the command line are checked. */
package io.github.mnist4j.cli.options;
