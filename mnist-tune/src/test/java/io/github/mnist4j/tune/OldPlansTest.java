package io.github.mnist4j.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.tune.search.Epochs;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.SearchSpace;
import io.github.mnist4j.tune.search.Trial;
import io.github.mnist4j.tune.search.TrialLog;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Searches and trials of before plans had a format number are read as plan.json is. */
class OldPlansTest {
    private static final TrainingPlan PLAN =
            TrainingPlan.builder("mlp")
                    .optDataset(Dataset.FASHION_MNIST)
                    .optNormalization(Normalization.MNIST)
                    .optValidation(1000)
                    .optAverage("ema:0.99")
                    .optOnednn(false)
                    .build();

    @TempDir Path folder;

    private static JsonNode old() throws IOException {
        try (InputStream in = OldPlansTest.class.getResourceAsStream("plan-48a02ce.json")) {
            return JsonFile.read(in.readAllBytes(), "plan-48a02ce.json", JsonNode.class);
        }
    }

    private static ObjectNode tree(Object value) throws IOException {
        return JsonFile.read(JsonFile.bytes(value), "it", ObjectNode.class);
    }

    @Test
    void ofASearch() throws IOException {
        var search =
                SearchConfig.builder(SearchSpace.named("mlp"))
                        .optBase(TrainingPlan.builder("mlp").build())
                        .build();
        ObjectNode tree = tree(search);
        JsonFile.write(folder.resolve("search.json"), tree.set("base", old()));
        assertThat(TrialLog.search(folder).base()).isEqualTo(PLAN);
        ((ObjectNode) tree.get("base")).put("epoch", 3);
        JsonFile.write(folder.resolve("search.json"), tree);
        assertThatThrownBy(() -> TrialLog.search(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("unknown setting \"epoch\"");
    }

    @Test
    void ofATrial() throws IOException {
        var trial = new Trial(1, Map.of(), PLAN, Epochs.of(0.5, 1.0), Trial.Outcome.DONE, "", 0, 1);
        ObjectNode tree = tree(trial);
        assertThat(read(tree).plan()).isEqualTo(PLAN);
        tree.set("plan", old());
        assertThat(read(tree).plan()).isEqualTo(PLAN);
        tree.putNull("plan");
        assertThat(read(tree).plan()).isNull();
    }

    private static Trial read(JsonNode tree) throws IOException {
        return JsonFile.parse(
                new String(JsonFile.bytes(tree), StandardCharsets.UTF_8),
                "trials.jsonl",
                1,
                Trial.class,
                true);
    }
}
