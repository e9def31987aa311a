package io.github.mnist4j.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.Split;
import io.github.mnist4j.data.idx.IdxFile;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.data.synthetic.DigitGenerator;
import io.github.mnist4j.testkit.JavaProcess;
import io.github.mnist4j.testkit.SharedData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetLoaderTest {
    @TempDir Path folder;

    private HttpServer server;
    private final Map<String, byte[]> files = new ConcurrentHashMap<>();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger resumed = new AtomicInteger();
    private volatile int cutAfter = Integer.MAX_VALUE;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    /**
     * Knows Range; {@link #cutAfter} makes it drop the connection of the next answer after so many
     * bytes.
     */
    private void answer(HttpExchange exchange) throws IOException {
        requests.incrementAndGet();
        byte[] body = files.get(exchange.getRequestURI().getPath().substring(1));
        if (body == null) {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
            return;
        }
        int from = 0;
        String range = exchange.getRequestHeaders().getFirst("Range");
        if (range != null) {
            from = Integer.parseInt(range.replaceAll("\\D", ""));
            resumed.incrementAndGet();
        }
        if (from >= body.length) {
            exchange.sendResponseHeaders(416, -1);
            exchange.close();
            return;
        }
        exchange.sendResponseHeaders(range == null ? 200 : 206, body.length - from);
        int length = Math.min(cutAfter, body.length - from);
        cutAfter = Integer.MAX_VALUE;
        try (var out = exchange.getResponseBody()) {
            out.write(body, from, length);
        } catch (IOException e) {
            // a cut-off answer cannot be closed properly; that is the point
        }
    }

    private URI mirror() {
        return URI.create("http://localhost:" + server.getAddress().getPort() + "/");
    }

    private static URI unreachable() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return URI.create("http://localhost:" + socket.getLocalPort() + "/");
        }
    }

    private RemoteFile publish(String name, int size) throws Exception {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        var out = new ByteArrayOutputStream();
        try (var gz = new GZIPOutputStream(out)) {
            gz.write(content);
        }
        files.put(name, out.toByteArray());
        String sha = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        return new RemoteFile(name, "SHA-256", sha, true, size);
    }

    private static Downloader downloader(URI... mirrors) {
        return new Downloader(List.of(mirrors), (file, done, total) -> {}, Duration.ofSeconds(2));
    }

    @Test
    void fetchesWholeFilesAndLeavesNothingElse() throws Exception {
        RemoteFile a = publish("a.gz", 300_000);
        RemoteFile b = publish("b.gz", 10);
        downloader(mirror()).fetch(folder, List.of(a, b));
        assertThat(folder.resolve("a.gz")).hasBinaryContent(files.get("a.gz"));
        assertThat(folder.resolve("b.gz")).hasBinaryContent(files.get("b.gz"));
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("a.gz", "b.gz");
        downloader(mirror()).fetch(folder, List.of(a, b));
        assertThat(requests).hasValue(2);
    }

    @Test
    void resumesWhatWasCutOff() throws Exception {
        RemoteFile a = publish("a.gz", 300_000);
        cutAfter = 100_000;
        downloader(mirror()).fetch(folder, List.of(a));
        assertThat(folder.resolve("a.gz")).hasBinaryContent(files.get("a.gz"));
        assertThat(resumed).hasValue(1);
    }

    @Test
    void resumesWhatAnEarlierProcessLeft() throws Exception {
        RemoteFile a = publish("a.gz", 300_000);
        Files.write(folder.resolve("a.gz.part"), Arrays.copyOf(files.get("a.gz"), 1000));
        downloader(mirror()).fetch(folder, List.of(a));
        assertThat(folder.resolve("a.gz")).hasBinaryContent(files.get("a.gz"));
        assertThat(resumed).hasValue(1);
    }

    @Test
    void goesToTheNextMirrorWhenOneIsDownLacksTheFileOrHasAnother() throws Exception {
        RemoteFile a = publish("a.gz", 5000);
        files.put("wrong/a.gz", "an error page".getBytes());
        downloader(
                        unreachable(),
                        mirror().resolve("missing/"),
                        mirror().resolve("wrong/"),
                        mirror())
                .fetch(folder, List.of(a));
        assertThat(folder.resolve("a.gz")).hasBinaryContent(files.get("a.gz"));
    }

    @Test
    void neverKeepsAFileWithAnotherDigest() throws Exception {
        RemoteFile a = publish("a.gz", 5000);
        publish("a.gz", 5001);
        assertThatThrownBy(() -> downloader(mirror()).fetch(folder, List.of(a)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a.gz")
                .hasMessageContaining("localhost:" + server.getAddress().getPort())
                .hasMessageContaining("unpacks to more than the 5000 bytes of a.gz");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aWrongDigestIsNamedWithWhatItIsOf() throws Exception {
        RemoteFile a = publish("a.gz", 5000);
        byte[] other = new byte[5000];
        files.put("a.gz", gzip(other));
        String found = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(other));
        assertThatThrownBy(() -> downloader(mirror()).fetch(folder, List.of(a)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(
                        "wrong SHA-256 of the content of a.gz: "
                                + found
                                + ", "
                                + a.digest()
                                + " expected");
        assertThat(requests).hasValue(1);
    }

    @Test
    void aStaleWrongPartIsThrownAwayAndTheFileFetchedAnew() throws Exception {
        RemoteFile a = publish("a.gz", 300_000);
        byte[] whole = files.get("a.gz");
        byte[] wrong = new byte[1000];
        byte[] endless = new byte[400_000];
        for (byte[] part : List.of(wrong, endless, new byte[whole.length], new byte[0])) {
            Files.write(folder.resolve("a.gz.part"), part);
            Files.deleteIfExists(folder.resolve("a.gz"));
            downloader(mirror()).fetch(folder, List.of(a));
            assertThat(folder.resolve("a.gz")).hasBinaryContent(whole);
            assertThat(folder.resolve("a.gz.part")).doesNotExist();
        }
    }

    @Test
    void aFileThatIsThereAndIsWrongIsReplaced() throws Exception {
        RemoteFile a = publish("a.gz", 5000);
        for (byte[] wrong : List.of(new byte[0], gzip(new byte[5000]), new byte[20])) {
            Files.write(folder.resolve("a.gz"), wrong);
            downloader(mirror()).fetch(folder, List.of(a));
            assertThat(folder.resolve("a.gz")).hasBinaryContent(files.get("a.gz"));
        }
        assertThat(requests).hasValue(3);
        // one that cannot be replaced stays
        Files.write(folder.resolve("a.gz"), new byte[20]);
        assertThatThrownBy(() -> downloader(unreachable()).fetch(folder, List.of(a)))
                .hasMessageContaining("cannot be reached");
        assertThat(folder.resolve("a.gz")).hasSize(20);
    }

    @Test
    void aProxysWebPageIsCalledOne() throws Exception {
        RemoteFile a = publish("a.gz", 5000);
        files.put("a.gz", "<!DOCTYPE html><title>Log in</title>".getBytes());
        assertThatThrownBy(() -> downloader(mirror()).fetch(folder, List.of(a)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("sends a web page, perhaps a proxy's or a login's, not a.gz");
    }

    /** Answers for one path; what it writes is up to it. */
    private void serve(String path, EndlessBody body) {
        server.createContext(
                path,
                exchange -> {
                    try (exchange) {
                        exchange.sendResponseHeaders(200, 0);
                        body.writeTo(exchange.getResponseBody());
                    } catch (IOException e) {
                        // the client went away; that is the point
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
    }

    private interface EndlessBody {
        void writeTo(java.io.OutputStream out) throws IOException, InterruptedException;
    }

    @Test
    void endlessBodiesAreStoppedByTheKnownSize() throws Exception {
        RemoteFile a = publish("a.gz", 50_000);
        byte[] bomb = gzip(new byte[40_000_000]);
        assertThat(bomb).hasSizeLessThan(50_000);
        files.put("bomb/a.gz", bomb);
        var sent = new java.util.concurrent.atomic.AtomicLong();
        serve(
                "/endless/",
                out -> {
                    while (true) {
                        out.write(new byte[10_000]);
                        sent.addAndGet(10_000);
                    }
                });
        assertThatThrownBy(
                        () ->
                                downloader(mirror().resolve("endless/"), mirror().resolve("bomb/"))
                                        .fetch(folder, List.of(a)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("sends more than the 1 MB that a.gz can have")
                .hasMessageContaining("unpacks to more than the 50000 bytes of a.gz");
        assertThat(sent.get()).isLessThan(50_000_000);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void anAnnouncedLengthBeyondTheKnownSizeIsNotEvenFetched() throws Exception {
        RemoteFile a = publish("a.gz", 50_000);
        server.createContext(
                "/large/",
                exchange -> {
                    exchange.sendResponseHeaders(200, 3_000_000_000L);
                    exchange.close();
                });
        downloader(mirror().resolve("large/"), mirror()).fetch(folder, List.of(a));
        assertThat(folder.resolve("a.gz")).hasBinaryContent(files.get("a.gz"));
    }

    /** A byte now and then keeps the socket's own timeout from running out. */
    @Test
    void serversThatSendNextToNothingAreGivenUp() throws Exception {
        RemoteFile a = publish("a.gz", 50_000);
        serve(
                "/trickle/",
                out -> {
                    while (true) {
                        out.write(0x1f);
                        out.flush();
                        Thread.sleep(50);
                    }
                });
        Instant start = Instant.now();
        try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var drop = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var drip = new Thread(() -> dripHeaders(drop));
            drip.setDaemon(true);
            drip.start();
            var mirrors =
                    new URI[] {
                        mirror().resolve("trickle/"),
                        URI.create("http://localhost:" + silent.getLocalPort() + "/"),
                        URI.create("http://localhost:" + drop.getLocalPort() + "/")
                    };
            var impatient =
                    new Downloader(
                            List.of(mirrors), (file, done, total) -> {}, Duration.ofMillis(400));
            assertThatThrownBy(() -> impatient.fetch(folder, List.of(a)))
                    .isInstanceOf(IOException.class)
                    .hasMessageMatching("(.*next to nothing came in 1 s.*){3}");
        }
        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(8));
        // and the next mirror begins anew
        downloader(mirror()).fetch(folder, List.of(a));
        assertThat(folder.resolve("a.gz")).hasBinaryContent(files.get("a.gz"));
    }

    private static void dripHeaders(ServerSocket at) {
        try (var socket = at.accept()) {
            var out = socket.getOutputStream();
            out.write("HTTP/1.1 200 OK\r\nX: ".getBytes());
            while (true) {
                out.write('x');
                out.flush();
                Thread.sleep(50);
            }
        } catch (IOException | InterruptedException e) {
            // the client went away
        }
    }

    @Test
    void aFolderThatCannotBeWrittenIsNotTheMirrorsFault() throws Exception {
        RemoteFile a = publish("a.gz", 5000);
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> downloader(mirror()).fetch(file, List.of(a)))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot write " + file + ": it exists already");
        Path blocked = Files.createDirectories(folder.resolve("blocked"));
        Files.createDirectories(blocked.resolve("a.gz.part"));
        assertThatThrownBy(() -> downloader(mirror(), mirror()).fetch(blocked, List.of(a)))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("cannot ")
                .hasMessageEndingWith("a.gz.part: it is a folder");
    }

    private static byte[] gzip(byte[] content) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var gz = new GZIPOutputStream(out)) {
            gz.write(content);
        }
        return out.toByteArray();
    }

    private Path fourFiles(DigitSet train, DigitSet test, String suffix) throws IOException {
        Path at = Files.createTempDirectory(folder, "four");
        SharedData.writeMnist(at, suffix, train, test, IdxFile::writeImages, IdxFile::writeLabels);
        return at;
    }

    private static void assertNotLoaded(Path at, String... words) {
        assertThatThrownBy(() -> DatasetLoader.builder().optFolder(at).build().load(Dataset.MNIST))
                .isInstanceOf(IOException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(words).doesNotContain("\n"));
    }

    @Test
    void setsThatDoNotFitEachOtherOrAreEmptyAreFoundOnLoading() throws Exception {
        DigitSet digits = new DigitGenerator(1).generate(12);
        DigitSet small = DigitSet.of(20, 30, new byte[600 * 3], new byte[3]);
        Path sizes = fourFiles(digits, small, "");
        assertNotLoaded(
                sizes,
                sizes.resolve("t10k-images-idx3-ubyte").toString(),
                "images of 30x20 pixels, those of train-images-idx3-ubyte are 28x28");
        Path noTest = fourFiles(digits, digits.first(0), ".gz");
        assertNotLoaded(noTest, "t10k-images-idx3-ubyte.gz", "it holds no images");
        Path noTrain = fourFiles(digits.first(0), digits, "");
        assertNotLoaded(noTrain, "train-images-idx3-ubyte", "it holds no images");
        Path three = fourFiles(digits, digits, "");
        Files.delete(three.resolve("t10k-labels-idx1-ubyte"));
        assertNotLoaded(three, "; missing: t10k-labels-idx1-ubyte");
        assertNotLoaded(three.resolve("t10k-images-idx3-ubyte"), "is a file; the folder of");
        assertNotLoaded(three.resolve("none"), "the folder does not exist");
        assertThatThrownBy(() -> Normalization.of(digits.first(0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the set has no images");
        assertThatThrownBy(() -> Split.stratified(digits.first(0), 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("0 images to learn from, 10 or more expected");
    }

    @Test
    void whatIsDamagedInTheCacheIsSaidIfItCannotBeFetchedAnew() throws Exception {
        DigitSet digits = new DigitGenerator(1).generate(12);
        Path cached = folder.resolve("mnist");
        Files.move(fourFiles(digits, digits, ".gz"), cached);
        Path damaged = cached.resolve("train-labels-idx1-ubyte.gz");
        Files.write(damaged, new byte[0]);
        var source =
                DatasetLoader.builder()
                        .optFolder(null)
                        .optCache(folder)
                        .optMirrors(List.of(unreachable()))
                        .optGeneratedSizes(20, 10)
                        .build();
        assertThatThrownBy(() -> source.load(Dataset.MNIST))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(damaged.toString())
                .hasMessageContaining("it is empty")
                .hasMessageContaining("cannot be reached");
        assertThat(source.load(Dataset.AUTO).notice().orElseThrow()).contains("it is empty");
    }

    @Test
    void mirrorsThatAreNoAddressesAreRefusedByName() {
        for (String bad : List.of("ftp://host/x/", "host/x", "http:///x", "http://a b/")) {
            assertThatThrownBy(() -> DatasetLoader.addresses("MNIST4J_MIRRORS", List.of(bad)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("MNIST4J_MIRRORS: '" + bad + "' is not an http or https address");
        }
        assertThat(DatasetLoader.addresses("x", List.of("", "https://host/a"))).hasSize(1);
    }

    @Test
    void generatedSizesThatMakeNoSetAreRefused() {
        for (int[] sizes :
                new int[][] {
                    {5, 0}, {0, 5}, {2_000_000, 739_138}, {Integer.MAX_VALUE, Integer.MAX_VALUE}
                }) {
            assertThatThrownBy(() -> DatasetLoader.builder().optGeneratedSizes(sizes[0], sizes[1]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(
                            "generated sizes " + sizes[0] + " and " + sizes[1] + ", ");
        }
        DatasetLoader.builder().optGeneratedSizes(2_000_000, 739_137);
    }

    @Test
    void twoProcessesAtOnceBothEndWell() throws Exception {
        RemoteFile a = publish("a.gz", 4_000_000);
        Process[] both = new Process[2];
        for (int i = 0; i < 2; i++) {
            both[i] =
                    new ProcessBuilder(
                                    JavaProcess.of(
                                                    Fetch.class,
                                                    mirror().toString(),
                                                    folder.toString(),
                                                    a.digest())
                                            .command())
                            .inheritIO()
                            .start();
        }
        for (Process p : both) {
            assertThat(p.waitFor()).isZero();
        }
        assertThat(folder.resolve("a.gz")).hasBinaryContent(files.get("a.gz"));
        assertThat(requests).hasValue(1);
    }

    /** What each of the two processes runs. */
    static final class Fetch {
        public static void main(String[] args) throws IOException {
            downloader(URI.create(args[0]))
                    .fetch(
                            Path.of(args[1]),
                            List.of(new RemoteFile("a.gz", "SHA-256", args[2], true, 4_000_000)));
        }
    }

    @Test
    void autoFallsBackToGeneratedDigitsSoonAndSaysSo() throws Exception {
        Instant start = Instant.now();
        DatasetLoader.Loaded data =
                DatasetLoader.builder()
                        .optFolder(null)
                        .optCache(folder)
                        .optMirrors(List.of(unreachable(), unreachable()))
                        .optGeneratedSizes(300, 100)
                        .build()
                        .load(Dataset.AUTO);
        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(20));
        assertThat(data.dataset()).isEqualTo(Dataset.GENERATED);
        assertThat(data.train().size()).isEqualTo(300);
        assertThat(data.test().size()).isEqualTo(100);
        assertThat(data.notice())
                .hasValueSatisfying(
                        notice ->
                                assertThat(notice)
                                        .contains("GENERATED")
                                        .contains("could not be downloaded")
                                        .contains("cannot be reached"));
    }

    @Test
    void mnistNeverFallsBackAndSaysWhereToPutTheFiles() throws Exception {
        var source =
                DatasetLoader.builder()
                        .optFolder(null)
                        .optCache(folder)
                        .optMirrors(List.of(unreachable()))
                        .build();
        assertThatThrownBy(() -> source.load(Dataset.MNIST))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(folder.resolve("mnist").toString())
                .hasMessageContaining("--data");
    }

    @Test
    void aNamedFolderWithoutTheFilesIsAnErrorEvenForAuto() {
        var source = DatasetLoader.builder().optFolder(folder).build();
        assertThatThrownBy(() -> source.load(Dataset.AUTO))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("train-images-idx3-ubyte");
    }

    @Test
    void readsFlatFoldersAndTorchvisionsLayoutPackedOrNot() throws Exception {
        DigitSet train = new DigitGenerator(1).generate(30);
        DigitSet test = new DigitGenerator(2).generate(20);
        for (String layout : List.of("", "MNIST/raw", "raw")) {
            for (String suffix : List.of("", ".gz")) {
                Path root = Files.createTempDirectory(folder, "layout");
                Path at = Files.createDirectories(root.resolve(layout));
                SharedData.writeMnist(
                        at, suffix, train, test, IdxFile::writeImages, IdxFile::writeLabels);
                var data = DatasetLoader.builder().optFolder(root).build().load(Dataset.MNIST);
                assertThat(data.train().digest()).isEqualTo(train.digest());
                assertThat(data.test().digest()).isEqualTo(test.digest());
                assertThat(data.dataset()).isEqualTo(Dataset.MNIST);
            }
        }
    }

    @Test
    void downloadsTheRealMnistOnceAndThenReadsTheCache() throws Exception {
        Path real = SharedData.mnist();
        for (String name :
                List.of(
                        "train-images-idx3",
                        "train-labels-idx1",
                        "t10k-images-idx3",
                        "t10k-labels-idx1")) {
            Path packed = real.resolve(name + "-ubyte.gz");
            org.junit.jupiter.api.Assumptions.assumeTrue(
                    Files.exists(packed), "MNIST is not packed there");
            files.put(name + "-ubyte.gz", Files.readAllBytes(packed));
        }
        var source =
                DatasetLoader.builder()
                        .optFolder(null)
                        .optCache(folder)
                        .optMirrors(List.of(mirror()))
                        .build();
        var data = source.load(Dataset.AUTO);
        assertThat(data.dataset()).isEqualTo(Dataset.MNIST);
        assertThat(data.train().size()).isEqualTo(60_000);
        assertThat(data.test().size()).isEqualTo(10_000);
        // the first labels of the two files, as every tutorial shows them
        assertThat(new int[] {data.train().label(0), data.train().label(1), data.train().label(2)})
                .containsExactly(5, 0, 4);
        assertThat(data.test().label(0)).isEqualTo(7);
        assertThat(source.load(Dataset.MNIST).train().digest()).isEqualTo(data.train().digest());
        assertThat(requests).hasValue(4);
        // what was cut off in the cache is fetched anew
        Path labels = folder.resolve("mnist").resolve("t10k-labels-idx1-ubyte.gz");
        Files.write(labels, new byte[0]);
        assertThat(source.load(Dataset.MNIST).test().digest()).isEqualTo(data.test().digest());
        assertThat(requests).hasValue(5);
    }

    @Test
    void namesOfDataSetsAreThoseOfTheCommandLine() {
        assertThat(Dataset.of("fashion-mnist")).isEqualTo(Dataset.FASHION_MNIST);
        assertThatThrownBy(() -> Dataset.of("minst"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("minst")
                .hasMessageContaining("mnist, fashion-mnist, generated, auto");
    }
}
