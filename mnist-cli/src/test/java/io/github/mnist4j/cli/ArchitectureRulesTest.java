package io.github.mnist4j.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The arrows of docs/architecture.md. */
class ArchitectureRulesTest {
    private static final String ROOT = "io.github.mnist4j.";

    /** From the lowest to the highest; none knows one that comes later. */
    private static final String[] MODULES = {
        "onednn", "lite", "data", "models", "serve", "train", "tune", "cli"
    };

    /** Of a package, nested classes not counted; more are hard to keep in mind. */
    private static final long MOST_CLASSES = 15;

    /** Java wants the implementations of a sealed interface, here the ops, in one package. */
    private static final String SEALED = ROOT + "onednn.internal.op";

    private static JavaClasses all;

    @BeforeAll
    static void read() {
        all =
                new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .withImportOption(location -> !location.contains("testkit"))
                        .importPackages("io.github.mnist4j");
        assertThat(all.size()).isGreaterThan(150);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(ROOT + "(**)").should().beFreeOfCycles().check(all);
    }

    @Test
    void modulesPointInOneDirection() {
        for (int below = 1; below < MODULES.length; below++) {
            for (int above = below + 1; above < MODULES.length; above++) {
                noClasses()
                        .that()
                        .resideInAPackage(ROOT + MODULES[below] + "..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(ROOT + MODULES[above] + "..")
                        .check(all);
            }
        }
        noClasses()
                .that()
                .resideInAPackage(ROOT + "onednn..")
                .should()
                .dependOnClassesThat(
                        resideInAPackage("io.github.mnist4j..")
                                .and(
                                        com.tngtech.archunit.base.DescribedPredicate.not(
                                                resideInAPackage(ROOT + "onednn.."))))
                .check(all);
    }

    @Test
    void theCommandLineStaysInItsModule() {
        classes()
                .that()
                .resideOutsideOfPackage(ROOT + "cli..")
                .should()
                .onlyDependOnClassesThat()
                .resideOutsideOfPackages("picocli..", "me.tongfei..", "org.apache.logging.log4j..")
                .check(all);
    }

    @Test
    void onlyTheCommandLineServes() {
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + "serve..", ROOT + "cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT + "serve..", "org.eclipse.jetty..", "io.prometheus..")
                .check(all);
        // what its own users see is free of the server
        noClasses()
                .that()
                .resideInAPackage(ROOT + "serve")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.eclipse.jetty..", "io.prometheus..")
                .check(all);
    }

    @Test
    void whatIsInternalIsItsModulesOwn() {
        for (String module : MODULES) {
            noClasses()
                    .that()
                    .resideOutsideOfPackage(ROOT + module + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(ROOT + module + "..internal..")
                    .check(all);
        }
    }

    @Test
    void jsonIsReadAndWrittenInOnePlace() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "models.json..")
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ObjectMapper.class)
                .check(all);
    }

    @Test
    void readingDataNeedsNoNetwork() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "data..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.deeplearning4j.nn..", "org.deeplearning4j.util..")
                .check(all);
    }

    @Test
    void noPackageIsACrowd() {
        Map<String, Long> sizes =
                all.stream()
                        .filter(
                                c ->
                                        !c.isNestedClass()
                                                && !c.getSimpleName().equals("package-info"))
                        .collect(
                                Collectors.groupingBy(
                                        c -> c.getPackageName(), Collectors.counting()));
        assertThat(sizes)
                .allSatisfy(
                        (name, size) ->
                                assertThat(size)
                                        .as(name)
                                        .isLessThanOrEqualTo(
                                                name.equals(SEALED) ? 20 : MOST_CLASSES));
    }
}
