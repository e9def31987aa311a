/**
 * Any MultiLayerNetwork compiled whole to oneDNN: DL4J's results, several times faster, or DL4J
 * itself.
 */
package io.github.mnist4j.onednn;
