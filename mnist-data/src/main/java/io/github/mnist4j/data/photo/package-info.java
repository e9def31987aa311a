/** Untrusted image files: their headers are checked before anything is decoded. */
@NullMarked
package io.github.mnist4j.data.photo;

import org.jspecify.annotations.NullMarked;
