/** For people: progress of a run, a table of trials, the doctor. */
package io.github.mnist4j.cli.console;
