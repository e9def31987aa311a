package io.github.mnist4j.models;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.lang.reflect.RecordComponent;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a model comes from and how good it is. Unknown values are null.
 *
 * @param dataset the data set's name, such as {@code mnist}
 * @param trainDigest SHA-256 of the training images
 * @param testDigest SHA-256 of the test images
 * @param steps training steps done, 0 or more
 * @param threshold the confidence above which an answer is convincing, 0 to 1
 * @param testAccuracy share of test images classified correctly, 0 to 1
 * @param testLoss mean cross-entropy on the test images
 * @param trained the day it was trained, such as {@code 2026-11-28}
 * @param version the version of MNIST4J
 * @param license the model's license, such as {@code Apache-2.0}
 * @param more everything else by name, such as the training's plan; values that JSON can hold
 */
@RecordBuilder
@RecordBuilder.Options(setterPrefix = "opt", inheritComponentAnnotations = false)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Provenance(
        @JsonProperty @Nullable String dataset,
        @JsonProperty @Nullable String trainDigest,
        @JsonProperty @Nullable String testDigest,
        @JsonProperty @Nullable Integer steps,
        @JsonProperty @Nullable Double threshold,
        @JsonProperty @Nullable Double testAccuracy,
        @JsonProperty @Nullable Double testLoss,
        @JsonProperty @Nullable String trained,
        @JsonProperty @Nullable String version,
        @JsonProperty @JsonAlias("licence") @Nullable String license,
        @JsonAnySetter @JsonAnyGetter Map<String, Object> more) {
    /** Of a model that does not say where it comes from. */
    public static final Provenance UNKNOWN = ProvenanceBuilder.builder().build();

    /**
     * @throws IllegalArgumentException if a number is out of range, or {@code more} holds what is a
     *     component of its own
     */
    public Provenance {
        more = more == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(more));
        check(steps == null || steps >= 0, "steps", steps, "0 or more");
        check(isShare(threshold), "threshold", threshold, "a number from 0 to 1");
        check(isShare(testAccuracy), "testAccuracy", testAccuracy, "a number from 0 to 1");
        check(
                testLoss == null || Double.isFinite(testLoss),
                "testLoss",
                testLoss,
                "a finite number");
        for (RecordComponent own : Provenance.class.getRecordComponents()) {
            if (more.containsKey(own.getName())) {
                throw new IllegalArgumentException(own.getName() + " has a component of its own");
            }
        }
    }

    private static boolean isShare(@Nullable Double value) {
        return value == null || (value >= 0 && value <= 1);
    }

    private static void check(
            boolean condition, String name, @Nullable Object value, String expected) {
        if (!condition) {
            throw new IllegalArgumentException(
                    "the card's " + name + " is " + value + ", " + expected + " expected");
        }
    }
}
