/** What computes: ND4J on the CPU or an NVIDIA card, native libraries, and why they do not load. */
@NullMarked
package io.github.mnist4j.train.backend;

import org.jspecify.annotations.NullMarked;
