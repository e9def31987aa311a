/** Everything that decides a run: the plan, the table of its settings, schedules and optimizers. */
@NullMarked
package io.github.mnist4j.train.plan;

import org.jspecify.annotations.NullMarked;
