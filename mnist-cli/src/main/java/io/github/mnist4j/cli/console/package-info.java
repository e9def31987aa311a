/** What people and programs see: progress of a run, tables, summaries, JSON. */
@NullMarked
package io.github.mnist4j.cli.console;

import org.jspecify.annotations.NullMarked;
