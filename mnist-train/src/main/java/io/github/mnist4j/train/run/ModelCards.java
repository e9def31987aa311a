package io.github.mnist4j.train.run;

import static java.util.Objects.requireNonNull;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.models.ModelCard;
import io.github.mnist4j.models.ProvenanceBuilder;
import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.TrainingResult;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/** What a run's model files say about themselves. */
final class ModelCards {
    /** Share of the answers above the card's threshold that are right, on validation images. */
    private static final double TRUSTED = 0.998;

    private final Trainer.Start start;
    private final String trainDigest;

    ModelCards(Trainer.Start start) {
        this.start = start;
        trainDigest = start.data().train().digest();
    }

    /** The training images' digest. */
    String trainDigest() {
        return trainDigest;
    }

    /**
     * @param epoch after which the network is saved; null if none is done
     */
    ModelCard after(@Nullable EpochRecord epoch) {
        var more = new LinkedHashMap<String, Object>();
        more.put("plan", start.plan());
        if (epoch != null) {
            more.put("epoch", epoch);
        }
        return ModelCard.of(
                start.plan().model(),
                ProvenanceBuilder.builder()
                        .optDataset(start.data().dataset().toString())
                        .optTrainDigest(trainDigest)
                        .optMore(more)
                        .build());
    }

    /**
     * With what a user of the model wants to know, and only the end of the run knows.
     *
     * @param result of a run that was tested
     */
    ModelCard of(TrainingResult result) {
        ClassificationMetrics test = requireNonNull(result.test());
        ClassificationMetrics validated = requireNonNull(result.validation());
        ModelCard card = after(result.bestEpoch());
        DigitSet validation = start.split().validation();
        return card.withProvenance(
                ProvenanceBuilder.builder(card.provenance())
                        .optThreshold(validated.threshold(validation, TRUSTED))
                        .optTestAccuracy(test.accuracy())
                        .optTestLoss(test.loss())
                        .optTestDigest(result.data().test().digest())
                        .optTrained(LocalDate.now().toString())
                        .optVersion(version())
                        .build());
    }

    /** This program's version. */
    static String version() {
        String version = ModelCards.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }
}
