/** Whole files, locked folders, and what goes wrong with them in words. */
@NullMarked
package io.github.mnist4j.data.io;

import org.jspecify.annotations.NullMarked;
