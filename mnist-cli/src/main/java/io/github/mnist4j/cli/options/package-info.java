/** Options that several commands share, and how values on the command line are checked. */
@NullMarked
package io.github.mnist4j.cli.options;

import org.jspecify.annotations.NullMarked;
