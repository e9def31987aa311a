package io.github.mnist4j.serve.internal.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;

/** A line of {@code trials.jsonl} as a row of a table. */
final class Trials {
    private Trials() {}

    static Map<String, Object> row(JsonNode trial) {
        JsonNode best = null;
        for (JsonNode epoch : trial.path("history")) {
            if (best == null || isBetter(epoch, best)) {
                best = epoch;
            }
        }
        var row = new LinkedHashMap<String, Object>();
        row.put("number", trial.path("number"));
        row.put("values", trial.path("values"));
        row.put("epochs", trial.path("history").size());
        if (best != null) {
            row.put("validationAccuracy", best.path("validationAccuracy"));
            row.put("validationLoss", best.path("validationLoss"));
        }
        row.put("outcome", trial.path("outcome"));
        if (trial.hasNonNull("failure")) {
            row.put("failure", trial.path("failure"));
        }
        row.put("seconds", trial.path("ended").asDouble() - trial.path("began").asDouble());
        return row;
    }

    /** By accuracy, then by loss: which epoch a run keeps. */
    private static boolean isBetter(JsonNode epoch, JsonNode than) {
        double accuracy = epoch.path("validationAccuracy").asDouble();
        double other = than.path("validationAccuracy").asDouble();
        return accuracy > other
                || (accuracy == other
                        && epoch.path("validationLoss").asDouble()
                                < than.path("validationLoss").asDouble());
    }
}
