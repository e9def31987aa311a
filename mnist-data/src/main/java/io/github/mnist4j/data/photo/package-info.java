/** Image files of strangers, checked by their headers before anything is decoded. */
package io.github.mnist4j.data.photo;
