/** What computes: ND4J on the CPU or an NVIDIA GPU; and why native libraries do not load. */
@NullMarked
package io.github.mnist4j.train.backend;

import org.jspecify.annotations.NullMarked;
