/** Where data sets come from: folders, the cache, downloads with digests, or generated digits. */
package io.github.mnist4j.data.source;
