/** Models for other programs: ONNX, and weights for PyTorch. */
package io.github.mnist4j.models.export;
