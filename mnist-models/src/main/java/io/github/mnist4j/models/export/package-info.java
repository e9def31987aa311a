/** Models for other programs: ONNX, and weights for PyTorch. */
@NullMarked
package io.github.mnist4j.models.export;

import org.jspecify.annotations.NullMarked;
