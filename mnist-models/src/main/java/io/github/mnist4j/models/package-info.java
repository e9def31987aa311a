/** The networks by name, the model file, and the classifier that programs use. */
@NullMarked
package io.github.mnist4j.models;

import org.jspecify.annotations.NullMarked;
