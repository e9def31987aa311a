/** How the network that reads images is trained and measured. */
package io.github.mnist4j.train.reader;
