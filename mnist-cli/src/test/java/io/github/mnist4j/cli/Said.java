package io.github.mnist4j.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What a command said.
 *
 * @param exit its exit code
 * @param out its standard output
 * @param err its standard error
 */
record Said(int exit, String out, String err) {
    /** Runs a command in this process. */
    static Said mnist(String... arguments) {
        PrintStream oldOut = System.out;
        PrintStream oldErr = System.err;
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        int exit;
        try {
            exit = Mnist.execute(new Mnist(), arguments);
        } finally {
            System.setOut(oldOut);
            System.setErr(oldErr);
        }
        return new Said(
                exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
