/** A search's page: charts and which hyperparameters mattered. */
package io.github.mnist4j.tune.report;
