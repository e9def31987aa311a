package io.github.mnist4j.cli;

import io.github.mnist4j.cli.console.Terminal;
import io.github.mnist4j.cli.options.Arguments;
import io.github.mnist4j.cli.options.ReaderOptions;
import io.github.mnist4j.models.DigitClassifier;
import io.github.mnist4j.serve.DigitServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Digits over HTTP, and a page to draw them on. */
@Command(
        name = "serve",
        description = {
            "Serve a page to draw digits on, and read digits over HTTP.",
            "Prints the page's address. Ctrl-C ends it, after the requests that are under way."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ServeCommand implements Callable<Integer> {
    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description =
                    "A model file, such as best.zip of a run. Default: the pretrained network")
    private @Nullable Path model;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "Port to listen at; 0 for any that is free. Default: ${DEFAULT-VALUE}")
    private int port = 8080;

    @Option(
            names = "--host",
            paramLabel = "NAME",
            description =
                    "Name or address to listen at; 0.0.0.0 lets other machines in, without a password."
                            + " Default: ${DEFAULT-VALUE}, this machine alone")
    private String host = "127.0.0.1";

    @Option(
            names = "--runs",
            paramLabel = "DIR",
            description = "Show the trainings and searches in this folder. Default: none")
    private @Nullable Path runs;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Small images read at a time. Default: one for each processor")
    private @Nullable Integer threads;

    @Option(
            names = "--max-upload",
            paramLabel = "SIZE",
            description = "Refuse longer uploads: 500KB, 10MB. Default: ${DEFAULT-VALUE}")
    private String maxUpload = "10MB";

    @Option(
            names = "--allow-origin",
            paramLabel = "ORIGIN",
            description =
                    "Let pages of another origin, such as https://digits.example, read the answers;"
                            + " * for all. Default: none")
    private @Nullable String allowOrigin;

    @Option(names = "--quiet", description = "No line on standard error for each request")
    private boolean quiet;

    @Override
    public Integer call() throws IOException, InterruptedException {
        long most = Arguments.bytes("max upload", maxUpload);
        try (DigitClassifier classifier = ReaderOptions.classifier(model)) {
            DigitServer.Builder builder =
                    DigitServer.builder(classifier).optHost(host).optPort(port).optMaxUpload(most);
            if (runs != null) {
                builder.optRuns(runs);
            }
            if (threads != null) {
                builder.optThreads(threads);
            }
            if (allowOrigin != null) {
                builder.optAllowOrigin(allowOrigin);
            }
            if (!quiet) {
                LogFile.access();
            }
            serve(builder);
        }
        return 0;
    }

    private static void serve(DigitServer.Builder builder)
            throws IOException, InterruptedException {
        var stopped = new CountDownLatch(1);
        try (DigitServer server = builder.start()) {
            Runtime.getRuntime()
                    .addShutdownHook(
                            new Thread(
                                    () -> {
                                        server.close();
                                        stopped.countDown();
                                    },
                                    "serve-stop"));
            if (server.isOpen()) {
                Terminal.tell(
                        "WARN  other machines can reach this server, and nobody is asked for a password");
            }
            Terminal.print(server.address().toString());
            if (System.out.checkError()) {
                throw new IOException("the address cannot be written to standard output");
            }
            stopped.await();
        }
    }
}
