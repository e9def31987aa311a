/** The command line. The main classes are Mnist, MnistTrainer and MnistTuner. */
package io.github.mnist4j.cli;
