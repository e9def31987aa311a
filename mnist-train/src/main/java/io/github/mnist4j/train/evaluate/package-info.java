/** Classification metrics on held-out images, and the report on a model. */
@NullMarked
package io.github.mnist4j.train.evaluate;

import org.jspecify.annotations.NullMarked;
