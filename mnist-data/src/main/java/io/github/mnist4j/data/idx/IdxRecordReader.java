package io.github.mnist4j.data.idx;

import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.DigitSet;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.stream.IntStream;
import org.datavec.api.conf.Configuration;
import org.datavec.api.records.Record;
import org.datavec.api.records.metadata.RecordMetaData;
import org.datavec.api.records.metadata.RecordMetaDataIndex;
import org.datavec.api.records.reader.BaseRecordReader;
import org.datavec.api.split.InputSplit;
import org.datavec.api.writable.IntWritable;
import org.datavec.api.writable.NDArrayWritable;
import org.datavec.api.writable.Writable;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A DataVec record reader for a pair of IDX files. Each record has the form that DataVec's own
 * ImageRecordReader gives: an {@link NDArrayWritable} [1, 1, rows, columns] of pixels 0 to 255, and
 * an {@link IntWritable} with the digit.
 *
 * <pre>{@code
 * var reader = new IdxRecordReader();
 * reader.initialize(new FileSplit(new File("train-images-idx3-ubyte.gz")));
 * var batches = new RecordReaderDataSetIterator(reader, 64, 1, 10);
 * }</pre>
 *
 * <p>The split names the file of images. It also names the file of labels unless that lies beside
 * it under its usual name (images and idx3 replaced by labels and idx1). For training, {@link
 * DigitIterator} does the same several times faster.
 */
public final class IdxRecordReader extends BaseRecordReader {
    private static final long serialVersionUID = 1L;

    private transient @Nullable DigitSet digits;
    private transient @Nullable Configuration configuration;
    private @Nullable URI location;
    private int next;

    /** Call {@link #initialize(InputSplit)} before the first record. */
    public IdxRecordReader() {}

    /** Reads a set in memory; needs no {@code initialize}. */
    public IdxRecordReader(DigitSet digits) {
        this.digits = digits;
        this.location = URI.create("memory:digits");
    }

    /**
     * Reads both files.
     *
     * @throws IdxFormatException if a file is damaged or their counts differ
     * @throws IOException if a file cannot be read
     * @throws IllegalArgumentException if the split does not name a pair of files
     */
    @Override
    public void initialize(InputSplit split) throws IOException, InterruptedException {
        super.initialize(split);
        URI[] locations = split.locations();
        if (locations.length < 1 || locations.length > 2) {
            throw new IllegalArgumentException(
                    locations.length
                            + " files in the split; one of images and one of labels expected");
        }
        Path first = path(locations[0]);
        Path second = locations.length == 2 ? path(locations[1]) : labelsBeside(first);
        boolean swapped = second.getFileName().toString().contains("images");
        Path images = swapped ? second : first;
        digits = IdxFile.read(images, swapped ? first : second);
        location = images.toUri();
        next = 0;
    }

    @Override
    public void initialize(Configuration conf, InputSplit split)
            throws IOException, InterruptedException {
        setConf(conf);
        initialize(split);
    }

    private static Path path(URI location) {
        try {
            return Path.of(location);
        } catch (IllegalArgumentException | FileSystemNotFoundException e) {
            throw new IllegalArgumentException(location + " is not the address of a file", e);
        }
    }

    private static Path labelsBeside(Path images) {
        String name = images.getFileName().toString();
        String labels = name.replace("images", "labels").replace("idx3", "idx1");
        Path file = images.resolveSibling(labels);
        if (!labels.equals(name) && !Files.exists(file)) {
            String other =
                    labels.endsWith(".gz")
                            ? labels.substring(0, labels.length() - 3)
                            : labels + ".gz";
            file = images.resolveSibling(other);
        }
        if (labels.equals(name) || !Files.exists(file)) {
            throw new IllegalArgumentException(
                    "no file of labels beside " + images + " (looked for " + labels + ")");
        }
        return file;
    }

    @Override
    public boolean batchesSupported() {
        return true;
    }

    @Override
    public List<List<Writable>> next(int num) {
        var records = new ArrayList<List<Writable>>(num);
        while (records.size() < num && hasNext()) {
            records.add(next());
        }
        return records;
    }

    @Override
    public List<Writable> next() {
        List<Writable> record = record(advance());
        invokeListeners(record);
        return record;
    }

    @Override
    public Record nextRecord() {
        int index = advance();
        List<Writable> record = record(index);
        invokeListeners(record);
        return new org.datavec.api.records.impl.Record(record, metaData(index));
    }

    private int advance() {
        if (!hasNext()) {
            throw new NoSuchElementException("no more than " + next + " records");
        }
        return next++;
    }

    private List<Writable> record(int index) {
        DigitSet digits = digits();
        byte[] bytes = digits.pixels(index);
        float[] pixels = new float[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            pixels[i] = bytes[i] & 0xFF;
        }
        long[] shape = {1, 1, digits.rows(), digits.columns()};
        return List.of(
                new NDArrayWritable(Nd4j.create(pixels, shape, 'c')),
                new IntWritable(digits.label(index)));
    }

    private RecordMetaData metaData(int index) {
        return new RecordMetaDataIndex(index, location, IdxRecordReader.class);
    }

    private DigitSet digits() {
        if (digits == null) {
            throw new IllegalStateException("initialize(split) has not been called");
        }
        return digits;
    }

    @Override
    public boolean hasNext() {
        return next < digits().size();
    }

    /** "0" to "9". */
    @Override
    public List<String> getLabels() {
        return IntStream.range(0, DigitSet.CLASSES).mapToObj(Integer::toString).toList();
    }

    @Override
    public void reset() {
        next = 0;
    }

    @Override
    public boolean resetSupported() {
        return true;
    }

    /** Not supported: an IDX file is not a stream of single records. */
    @Override
    public List<Writable> record(URI uri, DataInputStream dataInputStream) {
        throw new UnsupportedOperationException("an IDX pair is two files; use initialize(split)");
    }

    @Override
    public Record loadFromMetaData(RecordMetaData recordMetaData) throws IOException {
        return loadFromMetaData(List.of(recordMetaData)).get(0);
    }

    /**
     * @throws IllegalArgumentException if metadata comes from a reader of another file
     */
    @Override
    public List<Record> loadFromMetaData(List<RecordMetaData> recordMetaDatas) throws IOException {
        DigitSet digits = digits();
        var records = new ArrayList<Record>(recordMetaDatas.size());
        for (RecordMetaData metaData : recordMetaDatas) {
            if (!(metaData instanceof RecordMetaDataIndex m)
                    || m.getIndex() < 0
                    || m.getIndex() >= digits.size()
                    || !Objects.equals(location, m.getURI())) {
                throw new IllegalArgumentException(
                        "not a record of " + location + ": " + metaData.getLocation());
            }
            records.add(
                    new org.datavec.api.records.impl.Record(record((int) m.getIndex()), metaData));
        }
        return records;
    }

    @Override
    public void close() {}

    @Override
    public void setConf(@Nullable Configuration conf) {
        configuration = conf;
    }

    @Override
    public @Nullable Configuration getConf() {
        return configuration;
    }
}
