package io.github.mnist4j.lite;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.mnist4j.lite.finder.Gray;
import io.github.mnist4j.lite.finder.Recognizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pixels are read where there is no AWT at all: java.base is the only module. */
class WithoutAwtTest {
    /** A program of a JVM without java.desktop. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) {
            if (ModuleLayer.boot().modules().size() != 1) {
                throw new AssertionError(ModuleLayer.boot().modules());
            }
            // says 1 of whatever has ink
            Recognizer one =
                    images -> {
                        float[] answers = new float[images.length / 784 * Recognizer.CLASSES];
                        for (int i = 0; i < images.length / 784; i++) {
                            boolean ink = false;
                            for (int p = 0; p < 784; p++) {
                                ink |= images[784 * i + p] > 0.5;
                            }
                            answers[Recognizer.CLASSES * i + (ink ? 1 : Recognizer.NONE)] = 1;
                        }
                        return answers;
                    };
            int[] argb = new int[100 * 100];
            Arrays.fill(argb, -1);
            float[] gray = new float[100 * 100];
            Arrays.fill(gray, 255);
            for (int y = 20; y < 80; y++) {
                for (int x = 48; x < 54; x++) {
                    argb[100 * y + x] = 0xFF000000;
                    gray[100 * y + x] = 0;
                }
            }
            try (DigitReader reader = LiteClassifier.builder(one).build()) {
                System.out.println(reader.classifyPixels(new byte[784]).isDigit());
                System.out.println(reader.classifyAllFloats(List.of(new float[784])).size());
                System.out.println(reader.classifyImage(100, 100, argb).digit());
                System.out.println(reader.readImage(new Gray(100, 100, gray)).get(0).box());
            }
        }
    }

    @Test
    void pixelsNeedJavaBaseAlone() throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--limit-modules",
                                "java.base",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Program.class.getName())
                        .redirectErrorStream(true)
                        .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(out).isZero();
        assertThat(out.lines())
                .containsExactly("0.0", "1", "1", "Box[x=48, y=20, width=6, height=60]");
    }
}
