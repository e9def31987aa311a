package io.github.mnist4j.cli;

import io.github.mnist4j.testkit.Refusal;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * Hands damaged and lying files to everything that reads files. A reader may take a file or refuse
 * it in one sentence that names it; nothing else.
 *
 * <pre>{@code
 * java -Xmx512m -cp ... io.github.mnist4j.cli.Fuzz DIR N SEED [KIND...]
 * }</pre>
 *
 * <p>Each mutant has a generator of its own, so that mutant 41,234 is the same in a run of any
 * length. DIR gets {@code KIND-NUMBER-FILE} for the first few mutants of each kind of violation,
 * and {@code violations.txt}. The exit code is 0 if there is none. {@code DIR/work} is where it
 * works; after a crash of the JVM the mutant lies there.
 */
final class Fuzz {
    private static final double MOST_SECONDS = 10;

    /** After so long nobody waits any more. */
    private static final double HANGS = 120;

    private static final int SAVED = 3;

    private final Path saved;
    private final Path work;
    private final PrintStream out;
    private volatile String current = "";
    private volatile long began;
    private final Map<String, Integer> violations = new LinkedHashMap<>();

    private Fuzz(Path saved, Path work, PrintStream out) {
        this.saved = saved;
        this.work = work;
        this.out = out;
    }

    /** What a kind came to. */
    record Figures(
            String kind,
            int mutants,
            int read,
            int refused,
            int violations,
            double slowest,
            double seconds) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%-10s %7d mutants %7d read %7d refused %5d violations, slowest %6.2f s, elapsed %6.1f s",
                    kind,
                    mutants,
                    read,
                    refused,
                    violations,
                    slowest,
                    seconds);
        }
    }

    public static void main(String[] args) throws Exception {
        if (args.length < 3) {
            System.err.println("DIR N SEED [KIND...] expected");
            System.exit(2);
        }
        Path saved = Files.createDirectories(Path.of(args[0])).toAbsolutePath();
        int mutants = Integer.parseInt(args[1]);
        long seed = Long.parseLong(args[2]);
        List<String> kinds = Arrays.asList(args).subList(3, args.length);
        // before anything asks for it
        Path temporary = Files.createDirectories(saved.resolve("temporary"));
        System.setProperty("java.io.tmpdir", temporary.toString());
        Path shared = Path.of("/dev/shm");
        Path work =
                Files.isWritable(shared)
                        ? shared.resolve("mnist4j-fuzz-" + ProcessHandle.current().pid())
                        : saved.resolve("work");
        Files.createDirectories(work);
        Path link = saved.resolve("work");
        if (!link.equals(work)) {
            Files.deleteIfExists(link);
            Files.createSymbolicLink(link, work);
        }
        LogFile.quiet();
        int exit = new Fuzz(saved, work, System.out).run(mutants, seed, kinds);
        delete(work);
        Files.deleteIfExists(link);
        System.exit(exit);
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private int run(int mutants, long seed, List<String> names) throws Exception {
        Map<String, FuzzKinds.Kind> kinds =
                FuzzKinds.all(Files.createDirectories(work.resolve("seeds")));
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        watch();
        var before = listing(Path.of("").toAbsolutePath());
        int bad = 0;
        for (FuzzKinds.Kind kind : kinds.values()) {
            if (names.isEmpty() || names.contains(kind.name())) {
                var figures = run(kind, mutants, seed);
                out.println(figures);
                bad += figures.violations;
            }
        }
        began = 0;
        var left = listing(temporary);
        if (!left.isEmpty()) {
            bad++;
            out.println("VIOLATION left in the temporary folder: " + left);
        }
        var after = listing(Path.of("").toAbsolutePath());
        after.removeAll(before);
        if (!after.isEmpty()) {
            bad++;
            out.println("VIOLATION written outside: " + after);
        }
        violations.forEach((what, count) -> out.println(count + " x " + what));
        return bad == 0 ? 0 : 1;
    }

    private static TreeSet<String> listing(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            var names = new TreeSet<String>();
            files.forEach(f -> names.add(f.getFileName().toString()));
            // what the JVM itself leaves
            names.removeIf(n -> n.startsWith("hsperfdata"));
            return names;
        }
    }

    /** Says what hangs, and ends the process rather than wait for ever. */
    private void watch() {
        var thread =
                new Thread(
                        () -> {
                            while (true) {
                                try {
                                    Thread.sleep(500);
                                } catch (InterruptedException e) {
                                    return;
                                }
                                long since = began;
                                if (since != 0 && seconds(since) > HANGS) {
                                    out.println("VIOLATION hangs: " + current);
                                    Thread.getAllStackTraces()
                                            .forEach(
                                                    (t, stack) -> {
                                                        if (t.getName().equals("main")) {
                                                            for (var frame : stack) {
                                                                out.println("    " + frame);
                                                            }
                                                        }
                                                    });
                                    out.flush();
                                    Runtime.getRuntime().halt(3);
                                }
                            }
                        });
        thread.setDaemon(true);
        thread.start();
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    private Figures run(FuzzKinds.Kind kind, int mutants, long seed) throws IOException {
        Path folder = Files.createDirectories(work.resolve(kind.name()));
        Path file = folder.resolve(kind.file());
        int read = 0;
        int refused = 0;
        int bad = 0;
        double slowest = 0;
        // the whole ones first: where they are refused, the mutants tell nothing
        String whyNot = null;
        int whole = 0;
        for (byte[] content : kind.seeds()) {
            Files.write(file, content);
            try {
                kind.reader().read(file);
                whole++;
            } catch (Exception e) {
                whyNot = e.getMessage();
            }
        }
        if (whole < kind.seeds().size()) {
            bad++;
            out.printf(
                    Locale.ROOT,
                    "VIOLATION of %d whole files of kind %s %d are refused, one because %s%n",
                    kind.seeds().size(),
                    kind.name(),
                    kind.seeds().size() - whole,
                    whyNot);
        }
        var said = new Said();
        PrintStream err = System.err;
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        long start = System.nanoTime();
        try {
            for (int i = 0; i < mutants; i++) {
                // Random's own near seeds begin alike
                long own = 31 * (31 * seed + kind.name().hashCode()) + i;
                var random = new Random(new SplittableRandom(own).nextLong());
                List<byte[]> seeds = kind.seeds();
                byte[] mutant =
                        kind.mutation()
                                .of(
                                        new Mutator(random),
                                        seeds.get(random.nextInt(seeds.size())),
                                        seeds.get(random.nextInt(seeds.size())));
                Files.write(file, mutant);
                Mutator.sprung = false;
                said.text.setLength(0);
                current = kind.name() + " " + i;
                String wrong = null;
                began = System.nanoTime();
                try {
                    kind.reader().read(file);
                    read++;
                } catch (Throwable e) {
                    wrong = Refusal.wrong(e, file);
                    refused += wrong == null ? 1 : 0;
                }
                double taken = seconds(began);
                slowest = Math.max(slowest, taken);
                if (wrong == null && taken > MOST_SECONDS) {
                    wrong = "takes long";
                }
                if (Mutator.sprung) {
                    wrong = "a class or an object of the file's choice was loaded";
                }
                if (wrong == null) {
                    // a warning of ours is meant to be seen; anything else is somebody's trace
                    wrong =
                            said.text
                                    .toString()
                                    .lines()
                                    .filter(line -> !line.startsWith("WARN  "))
                                    .findFirst()
                                    .map(line -> "standard error: " + line)
                                    .orElse(null);
                }
                if (wrong != null) {
                    bad++;
                    violation(kind, i, mutant, wrong, taken);
                }
            }
        } finally {
            began = 0;
            System.setErr(err);
        }
        return new Figures(kind.name(), mutants, read, refused, bad, slowest, seconds(start));
    }

    /** What was printed. */
    private static final class Said extends java.io.OutputStream {
        private final StringBuilder text = new StringBuilder();

        @Override
        public void write(int b) {
            if (text.length() < 10_000) {
                text.append((char) b);
            }
        }
    }

    private void violation(FuzzKinds.Kind kind, int number, byte[] mutant, String what, double s)
            throws IOException {
        // paths, numbers and quoted texts differ from mutant to mutant
        String alike = what.replace(work.resolve(kind.name()).toString(), "…");
        String key =
                kind.name()
                        + ": "
                        + Refusal.QUOTED
                                .matcher(alike)
                                .replaceAll("QUOTED")
                                .replaceAll("(?<![:\\d])-?\\d+", "N");
        key = key.substring(0, Math.min(160, key.length())).replaceAll("\\p{Cntrl}", "?");
        int count = violations.merge(key, 1, Integer::sum);
        if (count <= SAVED) {
            Path to = saved.resolve(kind.name() + "-" + number + "-" + kind.file());
            Files.write(to, mutant);
            Files.writeString(
                    saved.resolve("violations.txt"),
                    String.format(
                            Locale.ROOT,
                            "%s (%.2f s): %s%n",
                            to.getFileName(),
                            s,
                            what.substring(0, Math.min(1000, what.length()))),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        }
    }
}
