package io.github.mnist4j.lite.network;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a network's file says of it.
 *
 * @param model what it is, such as {@code cnn:channels=8,16,48:dense=96}
 * @param labels the classes in the order of the outputs: ten digits, or these and "none"
 * @param threshold the confidence above which an answer is convincing, 0 to 1; NaN if unknown
 * @param accuracy share of MNIST's test images that it classifies correctly, 0 to 1; NaN if unknown
 * @param more everything else, such as {@code license}
 */
public record LiteCard(
        String model,
        List<String> labels,
        double threshold,
        double accuracy,
        Map<String, String> more) {
    public LiteCard {
        labels = List.copyOf(labels);
        more = Collections.unmodifiableMap(new LinkedHashMap<>(more));
    }
}
