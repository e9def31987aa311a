/** Classification metrics on held-out images, and the report on a model. */
package io.github.mnist4j.train.evaluate;
