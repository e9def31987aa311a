/** What can be asked of the network: digits, the inference protocol, the page. */
@NullMarked
package io.github.mnist4j.serve.internal.api;

import org.jspecify.annotations.NullMarked;
