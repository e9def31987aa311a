/** Checks model files from strangers before anything in them is trusted. Not for other modules. */
@NullMarked
package io.github.mnist4j.models.internal;

import org.jspecify.annotations.NullMarked;
