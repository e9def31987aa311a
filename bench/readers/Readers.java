import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.mnist4j.lite.DigitReader;
import io.github.mnist4j.lite.LiteClassifier;
import io.github.mnist4j.lite.finder.Recognizer;
import io.github.mnist4j.models.DigitClassifier;
import java.awt.image.BufferedImage;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;

/**
 * Compares the ways to read digits: {@code lite}, {@code models}, and {@code onnx}, which is ONNX Runtime with the finder of mnist-lite.
 * bench/readers.sh runs it.
 *
 * <p>{@code Readers first WHAT [model.onnx]}: one image, then the CPU time and memory of the whole process.
 *
 * <p>{@code Readers warm WHAT MNIST [model.onnx]}: one digit at a time, ten thousand at once, an image of 200x200 pixels with one digit, photos of
 * 8 megapixels with 24 and of 35 megapixels with 1,150 digits.
 */
public final class Readers {
    private static final int AREA = 784;

    public static void main(String[] args) throws Exception {
        boolean first = args[0].equals("first");
        DigitReader reader = open(args[1], args[args.length - 1]);
        if (first) {
            first(reader, args[1]);
        } else {
            warm(reader, args[1], Path.of(args[2]));
        }
        System.exit(0);
    }

    private static DigitReader open(String what, String last) throws Exception {
        return switch (what) {
            case "lite" -> LiteClassifier.pretrained();
            case "models" -> DigitClassifier.pretrained();
            default -> LiteClassifier.builder(new Onnx(last)).build();
        };
    }

    private static void first(DigitReader reader, String what) throws IOException {
        byte[] image = new byte[AREA];
        for (int y = 5; y < 23; y++) {
            Arrays.fill(image, 28 * y + 13, 28 * y + 15, (byte) 255);
        }
        int digit = reader.classifyPixels(image).digit();
        double cpu = ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis();
        String memory =
                Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(l -> l.startsWith("VmHWM"))
                        .map(l -> l.replaceAll("\\D", ""))
                        .findFirst()
                        .orElseThrow();
        System.out.printf(Locale.ROOT, "%-6s first answer %d: %.0f ms of CPU, %d MB%n", what, digit, cpu, Long.parseLong(memory) / 1024);
    }

    private static void warm(DigitReader reader, String what, Path mnist) throws Exception {
        byte[] all;
        try (var in = new DataInputStream(new GZIPInputStream(Files.newInputStream(mnist.resolve("t10k-images-idx3-ubyte.gz"))))) {
            in.skipNBytes(16);
            all = in.readAllBytes();
        }
        List<byte[]> images = IntStream.range(0, 10_000).mapToObj(i -> Arrays.copyOfRange(all, AREA * i, AREA * (i + 1))).toList();
        double[] single = new double[4000];
        for (int i = 0; i < 2 * single.length; i++) {
            long start = System.nanoTime();
            reader.classifyPixels(images.get(i));
            single[i % single.length] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(single);
        double batch = best(5, () -> reader.classifyAllPixels(images));
        BufferedImage one = photo(images, 200, 200, 5, 1, 1);
        double small = best(5, () -> {
            for (int i = 0; i < 100; i++) {
                reader.readImage(one);
            }
        }) / 100;
        BufferedImage photo = photo(images, 3264, 2448, 8, 8, 3);
        double page = best(5, () -> reader.readImage(photo));
        BufferedImage form = photo(images, 7000, 5000, 3, 46, 25);
        double large = best(3, () -> reader.readImage(form));
        System.out.printf(
                Locale.ROOT,
                "%-6s one digit %.3f ms (99th percentile %.3f); of CPU: 10,000 in one call %.2f s, 200x200 with one digit %.1f ms,"
                        + " 8 megapixels with 24 digits (%d found) %.2f s, 35 megapixels with 1,150 (%d found) %.2f s%n",
                what, single[single.length / 2], single[single.length * 99 / 100], batch, 1000 * small,
                reader.readImage(photo).size(), page, reader.readImage(form).size(), large);
    }

    private interface Task {
        void run() throws Exception;
    }

    /** CPU seconds of the whole process, in the best of several times. */
    private static double best(int times, Task task) throws Exception {
        var os = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        double best = Double.MAX_VALUE;
        for (int i = 0; i < times; i++) {
            long start = os.getProcessCpuTime();
            task.run();
            best = Math.min(best, (os.getProcessCpuTime() - start) / 1e9);
        }
        return best;
    }

    /** Lines of digits on paper that is darker on one side. */
    private static BufferedImage photo(List<byte[]> images, int width, int height, int zoom, int columns, int rows) {
        int[] gray = new int[width * height];
        for (int i = 0; i < gray.length; i++) {
            gray[i] = 235 - 60 * (i % width) / width;
        }
        for (int d = 0; d < columns * rows; d++) {
            int left = (2 * (d % columns) + 1) * width / (2 * columns) - 14 * zoom;
            int top = (2 * (d / columns) + 1) * height / (2 * rows) - 14 * zoom;
            byte[] image = images.get(d);
            for (int y = 0; y < 28 * zoom; y++) {
                for (int x = 0; x < 28 * zoom; x++) {
                    int ink = image[y / zoom * 28 + x / zoom] & 0xFF;
                    int at = (top + y) * width + left + x;
                    gray[at] -= gray[at] * ink * 7 / 10 / 255;
                }
            }
        }
        var photo = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        photo.setRGB(0, 0, width, height, Arrays.stream(gray).map(v -> v * 0x10101).toArray(), 0, width);
        return photo;
    }

    /** The network exported by {@code ./mnist export --to onnx}, which takes values of 0 to 1. */
    private record Onnx(OrtSession session) implements Recognizer {
        Onnx(String file) throws OrtException {
            this(OrtEnvironment.getEnvironment().createSession(file, options()));
        }

        private static OrtSession.SessionOptions options() throws OrtException {
            var options = new OrtSession.SessionOptions();
            options.setIntraOpNumThreads(1);
            return options;
        }

        @Override
        public float[] recognize(float[] images) {
            long[] shape = {images.length / AREA, 1, 28, 28};
            try (var tensor = OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), FloatBuffer.wrap(images), shape);
                    var result = session.run(Map.of("pixels", tensor))) {
                float[] answers = new float[images.length / AREA * CLASSES];
                ((OnnxTensor) result.get(0)).getFloatBuffer().get(answers);
                return answers;
            } catch (OrtException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
