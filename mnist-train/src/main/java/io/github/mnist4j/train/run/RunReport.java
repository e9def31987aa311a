package io.github.mnist4j.train.run;

import static java.util.Objects.requireNonNull;

import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.TrainingResult;
import io.github.mnist4j.train.backend.Backend;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import java.util.LinkedHashMap;
import java.util.Map;

/** What {@code report.json} holds. */
final class RunReport {
    private RunReport() {}

    /**
     * @param result of a run that was tested
     */
    static Map<String, Object> of(TrainingResult result, String trainDigest) {
        ClassificationMetrics test = requireNonNull(result.test());
        var report = new LinkedHashMap<String, Object>();
        report.put("testAccuracy", test.accuracy());
        report.put("testLoss", test.loss());
        report.put("best", result.bestEpoch());
        report.put("reason", result.reason());
        report.put("advice", result.advice());
        report.put("worstConfusions", test.worst(10));
        report.put("dataset", result.data().dataset().toString());
        report.put("origin", result.data().origin());
        result.data().notice().ifPresent(notice -> report.put("notice", notice));
        report.put("trainDigest", trainDigest);
        report.put("testDigest", result.data().test().digest());
        report.put("seed", result.plan().seed());
        report.put("parameters", result.network().numParams());
        report.put("seconds", result.history().stream().mapToDouble(EpochRecord::seconds).sum());
        report.put("backend", Backend.facts());
        report.put("threads", Backend.threads());
        report.put("version", ModelCards.version());
        return report;
    }
}
