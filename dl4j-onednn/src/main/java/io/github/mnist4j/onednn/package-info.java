/**
 * Compiles whole MultiLayerNetworks to oneDNN: DL4J's results, several times faster. A network that
 * it does not know stays with DL4J.
 */
@NullMarked
package io.github.mnist4j.onednn;

import org.jspecify.annotations.NullMarked;
