package io.github.mnist4j.data.idx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.synthetic.DigitGenerator;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.datavec.api.records.Record;
import org.datavec.api.records.listener.impl.LogRecordListener;
import org.datavec.api.records.metadata.RecordMetaData;
import org.datavec.api.records.reader.RecordReader;
import org.datavec.api.split.CollectionInputSplit;
import org.datavec.api.split.FileSplit;
import org.datavec.api.writable.NDArrayWritable;
import org.datavec.api.writable.Writable;
import org.deeplearning4j.datasets.datavec.RecordReaderDataSetIterator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.dataset.DataSet;

class IdxRecordReaderTest {
    @TempDir Path folder;

    private final DigitSet digits = new DigitGenerator(3).generate(25);
    private Path images;
    private Path labels;

    @BeforeEach
    void write() throws Exception {
        images = folder.resolve("t10k-images-idx3-ubyte.gz");
        labels = folder.resolve("t10k-labels-idx1-ubyte");
        IdxFile.writeImages(images, digits);
        IdxFile.writeLabels(labels, digits);
    }

    private IdxRecordReader reader() throws Exception {
        var reader = new IdxRecordReader();
        reader.initialize(new FileSplit(images.toFile()));
        return reader;
    }

    @Test
    void feedsDl4jsOwnIterator() throws Exception {
        var batches = new RecordReaderDataSetIterator(reader(), 10, 1, 10);
        DataSet first = batches.next();
        assertThat(first.getFeatures().shape()).containsExactly(10, 1, 28, 28);
        assertThat(first.getLabels().shape()).containsExactly(10, 10);
        for (int i = 0; i < 10; i++) {
            byte[] expected = digits.pixels(i);
            for (int p = 0; p < 784; p += 13) {
                assertThat(first.getFeatures().getInt(i, 0, p / 28, p % 28))
                        .isEqualTo(expected[p] & 0xFF);
            }
            assertThat(first.getLabels().getDouble(i, digits.label(i))).isEqualTo(1);
        }
        batches.next();
        assertThat(batches.next().numExamples()).isEqualTo(5);
        assertThat(batches.hasNext()).isFalse();
    }

    @Test
    void resetsAndReadsTheSameAgain() throws Exception {
        var reader = reader();
        List<List<Writable>> once = reader.next(100);
        assertThat(once).hasSize(25);
        assertThat(reader.hasNext()).isFalse();
        assertThatThrownBy(reader::next).isInstanceOf(NoSuchElementException.class);
        reader.reset();
        assertThat(reader.next(25)).isEqualTo(once);
        assertThat(reader.getLabels())
                .containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    }

    @Test
    void loadsRecordsAgainFromTheirMetadata() throws Exception {
        var reader = reader();
        var all = new ArrayList<Record>();
        while (reader.hasNext()) {
            all.add(reader.nextRecord());
        }
        RecordMetaData seventh = all.get(7).getMetaData();
        assertThat(seventh.getURI()).isEqualTo(images.toUri());
        assertThat(seventh.getReaderClass()).isEqualTo(IdxRecordReader.class);
        assertThat(reader().loadFromMetaData(seventh).getRecord())
                .isEqualTo(all.get(7).getRecord());
        assertThat(reader().loadFromMetaData(List.of(all.get(3).getMetaData(), seventh)))
                .extracting(Record::getRecord)
                .containsExactly(all.get(3).getRecord(), all.get(7).getRecord());
        var other = new IdxRecordReader(digits);
        assertThatThrownBy(() -> other.loadFromMetaData(seventh))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tellsListeners() throws Exception {
        var reader = reader();
        var heard = new ArrayList<Object>();
        reader.setListeners(
                new LogRecordListener() {
                    @Override
                    public void recordRead(RecordReader r, Object record) {
                        heard.add(record);
                    }
                });
        List<Writable> first = reader.next();
        reader.nextRecord();
        assertThat(heard).hasSize(2).startsWith(first);
    }

    @Test
    void takesBothFilesInEitherOrder() throws Exception {
        var reader = new IdxRecordReader();
        reader.initialize(new CollectionInputSplit(List.of(labels.toUri(), images.toUri())));
        assertThat(((NDArrayWritable) reader.next().get(0)).get().shape())
                .containsExactly(1, 1, 28, 28);
    }

    @Test
    void saysWhatIsMissing() throws Exception {
        assertThatThrownBy(() -> new IdxRecordReader().hasNext())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("initialize");
        assertThatThrownBy(() -> new IdxRecordReader().loadFromMetaData(List.of()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("initialize");
        var web = new CollectionInputSplit(List.of(URI.create("http://localhost/images")));
        assertThatThrownBy(() -> new IdxRecordReader().initialize(web))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("http://localhost/images is not the address of a file");
        java.nio.file.Files.writeString(labels, "<!DOCTYPE html>");
        assertThatThrownBy(this::reader)
                .isInstanceOf(IdxFormatException.class)
                .hasMessageContaining("it is a web page, not an IDX file");
        java.nio.file.Files.delete(labels);
        assertThatThrownBy(this::reader)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("t10k-labels-idx1-ubyte");
    }
}
