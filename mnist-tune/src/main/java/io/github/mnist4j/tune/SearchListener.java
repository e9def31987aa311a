package io.github.mnist4j.tune;

import io.github.mnist4j.tune.search.Trial;

/** Follows a search. Calls may come from several threads, but never two at once. */
public interface SearchListener {
    /** A trial has ended and is in the trial log. */
    default void onTrial(Trial trial) {}

    /**
     * Asked before each trial and after each of its steps. Returning true leaves the search; {@link
     * Tuner#resume} can continue it.
     */
    default boolean stopRequested() {
        return false;
    }
}
