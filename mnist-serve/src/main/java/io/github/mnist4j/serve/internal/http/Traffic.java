package io.github.mnist4j.serve.internal.http;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.ToDoubleFunction;

/** What is counted, for Prometheus. */
public final class Traffic {
    private static final double[] SECONDS = {
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
    };

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Counter requests =
            Counter.builder()
                    .name("mnist_requests_total")
                    .help("Requests by route and status")
                    .labelNames("route", "status")
                    .register(registry);
    private final Histogram seconds =
            Histogram.builder()
                    .name("mnist_request_duration_seconds")
                    .help("From a request's header to the end of its answer")
                    .unit(Unit.SECONDS)
                    .classicOnly()
                    .classicUpperBounds(SECONDS)
                    .labelNames("route")
                    .register(registry);
    private final Counter digits =
            Counter.builder()
                    .name("mnist_digits_total")
                    .help("Digits read: sure ones and unsure ones")
                    .labelNames("answer")
                    .register(registry);
    private final CounterDataPoint sure = digits.labelValues("sure");
    private final CounterDataPoint unsure = digits.labelValues("unsure");
    private final Counter rejected =
            Counter.builder()
                    .name("mnist_rejected_total")
                    .help("Images without a digit")
                    .register(registry);
    private final Counter errors =
            Counter.builder()
                    .name("mnist_errors_total")
                    .help("Requests that failed by a fault of the server's")
                    .register(registry);

    /** A number that is asked for when the metrics are. */
    void gauge(String name, String help, ToDoubleFunction<String> value, String... lanes) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames("lane")
                .callback(
                        to -> {
                            for (String lane : lanes) {
                                to.call(value.applyAsDouble(lane), lane);
                            }
                        })
                .register(registry);
    }

    void request(String route, int status, long nanos) {
        requests.labelValues(route, Integer.toString(status)).inc();
        seconds.labelValues(route).observe(nanos / 1e9);
    }

    void error() {
        errors.inc();
    }

    /** A digit was read. */
    public void digit(boolean isSure) {
        (isSure ? sure : unsure).inc();
    }

    /** An image had no digit. */
    public void rejected() {
        rejected.inc();
    }

    /** In Prometheus's text format 0.0.4. */
    public Answer answer() {
        var out = new ByteArrayOutputStream();
        var writer = PrometheusTextFormatWriter.create();
        try {
            writer.write(out, registry.scrape());
        } catch (IOException e) {
            throw new UncheckedIOException(e); // to memory
        }
        return Answer.of(writer.getContentType(), out.toByteArray());
    }
}
