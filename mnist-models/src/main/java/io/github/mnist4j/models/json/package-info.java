/** JSON read strictly, with errors that name the line. */
package io.github.mnist4j.models.json;
