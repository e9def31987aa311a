package io.github.mnist4j.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.models.ModelFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipFile;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A place from which a run goes on as if it had never been left: the network with its updater, and
 * whatever else the run remembers. On disk it is a model file like any other, with two entries
 * more.
 *
 * @param network weights, updater state and number of iterations
 * @param state the rest
 * @param average averaged weights; null if there are none
 */
public record Checkpoint(MultiLayerNetwork network, State state, INDArray average) {
    private static final String STATE = "training.json";
    private static final String AVERAGE = "average.bin";
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /**
     * @param epoch under way, 1 or more; epochs + 1 after the last
     * @param seen of that epoch
     * @param history of the epochs done
     * @param best of them; null if none is done
     * @param stopping early stopping's counters
     * @param rate the learning rate's
     * @param averaged how many weights are in the average
     * @param ended why the run is over; null if it goes on
     */
    public record State(
            int epoch,
            RunningMetrics.State seen,
            List<EpochRecord> history,
            EpochRecord best,
            EarlyStopping.State stopping,
            LearningRate.State rate,
            long averaged,
            StopReason ended) {}

    /** Writes it; the file appears whole or not at all. */
    public void save(Path file, ModelFile.Card card) throws IOException {
        Map<String, byte[]> more = new LinkedHashMap<>();
        more.put(STATE, JSON.writeValueAsBytes(state));
        if (average != null) {
            float[] values = average.toFloatVector();
            ByteBuffer bytes =
                    ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(values);
            more.put(AVERAGE, bytes.array());
        }
        ModelFile.save(file, network, Normalization.MNIST, card, true, more);
    }

    /**
     * Reads what {@link #save} wrote.
     *
     * @throws IOException if it is not there or is no checkpoint; the message says so
     */
    public static Checkpoint load(Path file) throws IOException {
        MultiLayerNetwork network = ModelFile.load(file).network();
        try (var zip = new ZipFile(file.toFile())) {
            if (zip.getEntry(STATE) == null) {
                throw new IOException(file + " is a model, not a checkpoint: it has no " + STATE);
            }
            State state;
            try (var in = zip.getInputStream(zip.getEntry(STATE))) {
                state = JSON.readValue(in, State.class);
            }
            INDArray average = null;
            if (zip.getEntry(AVERAGE) != null) {
                try (var in = zip.getInputStream(zip.getEntry(AVERAGE))) {
                    var bytes = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
                    float[] values = new float[bytes.remaining() / Float.BYTES];
                    bytes.asFloatBuffer().get(values);
                    average = Nd4j.create(values, network.params().shape(), 'c');
                }
            }
            return new Checkpoint(network, state, average);
        }
    }
}
