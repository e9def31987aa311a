package io.github.mnist4j.cli;

import io.github.mnist4j.cli.console.Terminal;
import io.github.mnist4j.cli.doctor.Doctor;
import io.github.mnist4j.cli.doctor.Finding;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what {@link Doctor} finds. */
@Command(
        name = "doctor",
        description =
                "Examine this machine: what training will run on, and what keeps it from running well.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
    @Option(names = "--json", description = "Print the findings as JSON")
    private boolean json;

    @Override
    public Integer call() {
        List<Finding> findings = Doctor.examine();
        if (json) {
            Terminal.printJson(findings);
        } else {
            for (Finding f : findings) {
                System.out.printf(
                        Locale.ROOT,
                        "%-8s %-8s %s%n",
                        f.subject(),
                        f.health() == Finding.Health.OK ? "ok" : f.health(),
                        f.finding());
                if (!f.fix().isEmpty()) {
                    System.out.printf(Locale.ROOT, "%-8s %-8s fix: %s%n", "", "", f.fix());
                }
            }
        }
        boolean broken = findings.stream().anyMatch(f -> f.health() == Finding.Health.PROBLEM);
        return broken ? Mnist.FAILED : 0;
    }
}
