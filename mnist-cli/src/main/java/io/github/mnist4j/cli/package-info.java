/** The command line. The main classes are Mnist, MnistTrainer and MnistTuner. */
@NullMarked
package io.github.mnist4j.cli;

import org.jspecify.annotations.NullMarked;
