/** Requests, answers and limits on top of Jetty; knows nothing of digits. */
@NullMarked
package io.github.mnist4j.serve.internal.http;

import org.jspecify.annotations.NullMarked;
