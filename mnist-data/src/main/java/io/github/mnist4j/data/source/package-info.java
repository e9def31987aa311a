/** Where data sets come from: folders, the cache, downloads with digests, or generated digits. */
@NullMarked
package io.github.mnist4j.data.source;

import org.jspecify.annotations.NullMarked;
