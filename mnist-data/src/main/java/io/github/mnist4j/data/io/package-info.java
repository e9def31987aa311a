/** Whole files, locked folders, and what goes wrong with them in words. */
package io.github.mnist4j.data.io;
