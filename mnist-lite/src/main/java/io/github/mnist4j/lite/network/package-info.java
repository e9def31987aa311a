/**
 * The forward pass of small networks on plain arrays, and the file they come from: see {@link
 * io.github.mnist4j.lite.network.LiteNetwork}.
 */
@NullMarked
package io.github.mnist4j.lite.network;

import org.jspecify.annotations.NullMarked;
