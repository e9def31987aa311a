/** The folders of runs and searches, by their files alone. */
@NullMarked
package io.github.mnist4j.serve.internal.run;

import org.jspecify.annotations.NullMarked;
