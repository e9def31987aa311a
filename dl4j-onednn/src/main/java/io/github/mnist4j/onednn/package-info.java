/**
 * Any MultiLayerNetwork compiled whole to oneDNN: DL4J's results, several times faster, or DL4J
 * itself.
 */
@NullMarked
package io.github.mnist4j.onednn;

import org.jspecify.annotations.NullMarked;
