/** What is searched and what came of it: spaces, candidates, trials and their log. */
package io.github.mnist4j.tune.search;
