/** Search spaces, the candidates drawn from them, and the trials with their log. */
@NullMarked
package io.github.mnist4j.tune.search;

import org.jspecify.annotations.NullMarked;
