/** Image files of strangers, checked by their headers before anything is decoded. */
@NullMarked
package io.github.mnist4j.data.photo;

import org.jspecify.annotations.NullMarked;
