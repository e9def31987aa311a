/** Loads data sets from folders, the cache or a download, or generates digits. */
@NullMarked
package io.github.mnist4j.data.source;

import org.jspecify.annotations.NullMarked;
