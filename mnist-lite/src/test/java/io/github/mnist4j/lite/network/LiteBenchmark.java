package io.github.mnist4j.lite.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Prints how long an image takes, warm and in a new process; docs/lite-format.md has the command.
 * The argument is a file; without one it is the network in the jar.
 */
final class LiteBenchmark {
    private static final int BATCH = 10_000;
    private static final int ROUNDS = 15;
    private static final int PROCESSES = 9;

    private LiteBenchmark() {}

    /** What a new process does. It reads its own figures at the end (Linux). */
    static final class Once {
        private Once() {}

        public static void main(String[] args) throws IOException {
            LiteNetwork network =
                    args.length > 0 ? LiteNetwork.load(Path.of(args[0])) : LiteNetwork.pretrained();
            float[] answer = network.output(image(1));
            String stat = Files.readString(Path.of("/proc/self/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            // utime and stime, in hundredths of a second on every Linux
            long cpu = 10 * (Long.parseLong(fields[11]) + Long.parseLong(fields[12]));
            String resident = "";
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmHWM:")) {
                    resident = line.replaceAll("[^0-9]", "");
                }
            }
            System.out.println(cpu + " " + resident + " " + answer.length);
        }
    }

    private static float[] image(int n) {
        var random = new Random(1);
        float[] image = new float[784 * n];
        for (int i = 0; i < image.length; i++) {
            image[i] = random.nextInt(4) == 0 ? random.nextFloat() : 0;
        }
        return image;
    }

    public static void main(String[] args) throws Exception {
        LiteNetwork network =
                args.length > 0 ? LiteNetwork.load(Path.of(args[0])) : LiteNetwork.pretrained();
        float[] one = image(1);
        float[] many = image(BATCH);
        double[] single = new double[ROUNDS];
        double[] batch = new double[ROUNDS];
        double[] two = new double[ROUNDS];
        for (int round = -3; round < ROUNDS; round++) { // three to warm up
            double[] times = new double[1000];
            for (int i = 0; i < times.length; i++) {
                long began = System.nanoTime();
                network.output(one);
                times[i] = (System.nanoTime() - began) / 1e6;
            }
            long began = System.nanoTime();
            network.output(many);
            long middle = System.nanoTime();
            network.output(many, 2);
            long end = System.nanoTime();
            if (round >= 0) {
                single[round] = median(times);
                batch[round] = (middle - began) / 1e6 / BATCH;
                two[round] = (end - middle) / 1e6 / BATCH;
            }
        }
        print("one image", single, "ms");
        print("of 10,000, one thread", batch, "ms");
        print("of 10,000, two threads", two, "ms");
        if (Files.isReadable(Path.of("/proc/self/stat"))) {
            processes(args);
        }
    }

    private static void processes(String[] args) throws Exception {
        double[] cpu = new double[PROCESSES];
        double[] memory = new double[PROCESSES];
        for (int i = 0; i < PROCESSES; i++) {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(
                    List.of("-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path")));
            command.add(Once.class.getName());
            command.addAll(Arrays.asList(args));
            Process process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            String[] figures =
                    new String(process.getInputStream().readAllBytes()).strip().split(" ");
            if (process.waitFor() != 0 || figures.length != 3) {
                throw new IOException("the new process failed");
            }
            cpu[i] = Double.parseDouble(figures[0]);
            memory[i] = Double.parseDouble(figures[1]) / 1024;
        }
        print("new process, first answer", cpu, "ms of CPU time");
        print("new process, resident", memory, "MB");
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static void print(String what, double[] values, String unit) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "%-26s %8.3f %s (%.3f to %.3f)%n",
                what,
                median(values),
                unit,
                sorted[0],
                sorted[sorted.length - 1]);
    }
}
