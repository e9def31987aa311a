/** The networks by name, the model file, and the classifier that programs use. */
package io.github.mnist4j.models;
