/** What the modules' tests share: data sets, child processes and file systems. */
@NullMarked
package io.github.mnist4j.testkit;

import org.jspecify.annotations.NullMarked;
