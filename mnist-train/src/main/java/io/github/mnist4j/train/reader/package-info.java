/** How the network that reads images is trained and measured. */
@NullMarked
package io.github.mnist4j.train.reader;

import org.jspecify.annotations.NullMarked;
