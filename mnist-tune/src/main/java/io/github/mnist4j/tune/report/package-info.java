/** The page that shows a search: rankings, charts, and which hyperparameters mattered. */
@NullMarked
package io.github.mnist4j.tune.report;

import org.jspecify.annotations.NullMarked;
