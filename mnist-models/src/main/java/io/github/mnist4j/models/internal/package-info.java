/**
 * How a model file from a stranger is checked before anything of it is believed. Not for other
 * modules.
 */
@NullMarked
package io.github.mnist4j.models.internal;

import org.jspecify.annotations.NullMarked;
