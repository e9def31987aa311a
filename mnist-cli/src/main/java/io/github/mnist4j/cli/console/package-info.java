/** What people and programs see: progress of a run, tables, summaries, JSON. */
package io.github.mnist4j.cli.console;
