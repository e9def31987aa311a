package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.Command;

/** How commands end, whatever they do. */
class MnistTest {
    private final PrintStream oldOut = System.out;
    private final PrintStream oldErr = System.err;
    private String err;

    @Command(name = "work")
    private static final class Work implements Callable<Integer> {
        private final Callable<Integer> work;

        Work(Callable<Integer> work) {
            this.work = work;
        }

        @Override
        public Integer call() throws Exception {
            return work.call();
        }
    }

    private int execute(Callable<Integer> work) {
        var e = new ByteArrayOutputStream();
        System.setErr(new PrintStream(e, true, StandardCharsets.UTF_8));
        try {
            return Mnist.execute(new Work(work));
        } finally {
            err = e.toString(StandardCharsets.UTF_8);
        }
    }

    @AfterEach
    void restore() {
        System.setOut(oldOut);
        System.setErr(oldErr);
    }

    private void assertOneLine(String words) {
        assertThat(err.lines())
                .as(err)
                .singleElement()
                .asString()
                .startsWith("error: ")
                .contains(words);
    }

    private static int endless(int n) {
        return endless(n + 1) + 1;
    }

    @Test
    void errorsAreOneLineToo() {
        assertThat(
                        execute(
                                () -> {
                                    throw new OutOfMemoryError("Java heap space");
                                }))
                .isEqualTo(1);
        assertOneLine("not enough memory");
        assertThat(execute(() -> endless(0))).isEqualTo(1);
        assertOneLine("nested too deeply");
        assertThat(
                        execute(
                                () -> {
                                    throw new IllegalArgumentException("epochs is 0, 1 expected");
                                }))
                .isEqualTo(2);
        assertOneLine("epochs is 0, 1 expected");
        assertThat(execute(() -> 130)).isEqualTo(130);
        assertThat(err).isEmpty();
    }

    @Test
    void aThreadThatDiesFailsTheCommand() {
        assertThat(
                        execute(
                                () -> {
                                    var thread =
                                            new Thread(
                                                    () -> {
                                                        throw new IllegalStateException(
                                                                "the helper is gone");
                                                    });
                                    thread.start();
                                    thread.join();
                                    return 0;
                                }))
                .isEqualTo(1);
        assertOneLine("the helper is gone");
    }

    @Test
    void outputThatIsLostFailsTheCommand() {
        System.setOut(
                new PrintStream(
                        new OutputStream() {
                            @Override
                            public void write(int b) throws IOException {
                                throw new IOException("No space left on device");
                            }
                        }));
        assertThat(
                        execute(
                                () -> {
                                    System.out.println("0.99");
                                    return 0;
                                }))
                .isEqualTo(1);
        assertOneLine("standard output");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "trian | unknown command 'trian'; did you mean train?",
                "zz | unknown command 'zz'; the commands are train, evaluate, predict,",
                "train more | unexpected argument 'more'",
                "train --lerning-rate 1 | unknown option '--lerning-rate'; did you mean --learning-rate?",
                "predict --zz | unknown option '--zz'",
                "train --epochs | missing: --epochs=N",
                "export | missing: --out=FILE, MODEL",
                "train --seed 1 --seed 2 | option '--seed' (N) should be specified only once",
                "samples --count x | invalid value for option '--count': 'x' is not a whole number",
                "tune --seed 1x | invalid value for option '--seed': '1x' is not a whole number",
                "lr-find --from x | invalid value for option '--from': 'x' is not a number",
                "tune --score f1 | invalid value for option '--score': 'f1' is not one of accuracy, loss"
            })
    void aWrongCommandLineIsSaidInWords(String arguments, String words) {
        Said said = Said.mnist(arguments.split(" "));
        assertThat(said.exit()).isEqualTo(Mnist.USAGE);
        assertThat(said.err().lines().toList())
                .satisfies(lines -> assertThat(lines.get(0)).startsWith("error: " + words))
                .satisfies(lines -> assertThat(lines.get(1)).matches("try: mnist( \\S+)? --help"))
                .hasSize(2);
    }

    @Test
    void theLanguageIsTheCallersAgainAfterwards() {
        Locale before = Locale.getDefault(Locale.Category.FORMAT);
        Locale hindi = Locale.forLanguageTag("hi-IN-u-nu-deva");
        Locale.setDefault(Locale.Category.FORMAT, hindi);
        try {
            assertThat(
                            execute(
                                    () ->
                                            Locale.getDefault(Locale.Category.FORMAT)
                                                            .equals(Locale.ROOT)
                                                    ? 0
                                                    : 1))
                    .isZero();
            assertThat(Locale.getDefault(Locale.Category.FORMAT)).isEqualTo(hindi);
        } finally {
            Locale.setDefault(Locale.Category.FORMAT, before);
        }
    }
}
