/** Models for other programs: ONNX, weights for PyTorch, and files of mnist-lite. */
@NullMarked
package io.github.mnist4j.models.export;

import org.jspecify.annotations.NullMarked;
