/** How the network that reads pictures is trained and measured. */
package io.github.mnist4j.train.reader;
