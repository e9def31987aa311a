/** JSON read strictly, with errors that name the line. */
@NullMarked
package io.github.mnist4j.models.json;

import org.jspecify.annotations.NullMarked;
