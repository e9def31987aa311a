package io.github.mnist4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.mnist4j.models.DigitClassifier;
import io.github.mnist4j.models.json.JsonFile;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.PointerInput;
import org.openqa.selenium.interactions.Sequence;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * The page in a real browser: Chromium, by chromedriver. With {@code -Dscreenshots=FOLDER} it takes
 * the documentation's pictures too.
 */
class BrowserTest {
    // fractions of the paper
    private static final double[][] SEVEN = {{.3, .2}, {.62, .2}, {.42, .85}};
    private static final double[][] FOUR_DOWN = {{.36, .15}, {.3, .55}, {.66, .55}};
    private static final double[][] FOUR_THROUGH = {{.58, .25}, {.55, .88}};
    private static final double[][] TWO = {
        {.2, .35},
        {.25, .22},
        {.4, .17},
        {.58, .22},
        {.63, .36},
        {.5, .55},
        {.3, .7},
        {.2, .83},
        {.45, .8},
        {.7, .82}
    };

    @TempDir static Path folder;

    private static DigitClassifier classifier;
    private static DigitServer server;
    private static Path runs;

    @BeforeAll
    static void start() throws IOException {
        assumeTrue(
                program("chromedriver").isPresent() && browser().isPresent(),
                "no chromium and chromedriver: apt-get install chromium chromium-driver");
        runs = Files.createDirectory(folder.resolve("runs"));
        classifier = DigitClassifier.pretrained();
        server = DigitServer.builder(classifier).optPort(0).optRuns(runs).start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
            classifier.close();
        }
    }

    private static Optional<File> browser() {
        return Stream.of("chromium", "chromium-browser", "google-chrome")
                .flatMap(name -> program(name).stream())
                .findFirst();
    }

    private static Optional<File> program(String name) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(directory -> new File(directory, name))
                .filter(File::canExecute)
                .findFirst();
    }

    /**
     * A browser of its own.
     *
     * @param phone whether it has a small screen that is touched
     */
    private static ChromeDriver open(boolean phone) throws IOException {
        var options = new ChromeOptions();
        options.setBinary(browser().orElseThrow());
        options.addArguments(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--window-size=1280,960",
                "--user-data-dir=" + Files.createTempDirectory(folder, "browser"));
        if (phone) {
            options.setExperimentalOption(
                    "mobileEmulation",
                    Map.of(
                            "deviceMetrics",
                            Map.of("width", 360, "height", 740, "pixelRatio", 2.0, "touch", true)));
        }
        var logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        logs.enable(LogType.PERFORMANCE, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        var service =
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(program("chromedriver").orElseThrow())
                        .build();
        var driver = new ChromeDriver(service, options);
        driver.manage().timeouts().scriptTimeout(Duration.ofSeconds(20));
        return driver;
    }

    /** What both kinds of browser are tested by. */
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    abstract static class Page {
        ChromeDriver driver;

        abstract boolean isPhone();

        @BeforeAll
        void openBrowser() throws IOException {
            driver = open(isPhone());
        }

        @AfterAll
        void closeBrowser() {
            driver.quit();
        }

        /** As somebody sees it who has never been here. */
        @BeforeEach
        void load() {
            driver.get(server.address().toString());
            script("localStorage.clear()");
            driver.get("about:blank"); // an address that differs in its # alone is not loaded anew
            if (!isPhone()) {
                driver.manage().window().setSize(new Dimension(1280, 960));
            }
            driver.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features", List.of()));
            driver.get(server.address().toString());
        }

        @AfterEach
        void theConsoleIsEmptyAndNothingElseWasAsked() throws IOException {
            assertThat(driver.manage().logs().get(LogType.BROWSER).getAll()).isEmpty();
            var elsewhere = new ArrayList<String>();
            for (var entry : driver.manage().logs().get(LogType.PERFORMANCE)) {
                JsonNode message =
                        JsonFile.parse(entry.getMessage(), "the log", 1, JsonNode.class, false)
                                .path("message");
                if (!message.path("method").asText().equals("Network.requestWillBeSent")) {
                    continue;
                }
                String url = message.path("params").path("request").path("url").asText();
                boolean ours = url.startsWith(server.address().toString());
                // the browser's own first page is none of ours
                if (!ours && !url.startsWith("data:") && !url.startsWith("chrome:")) {
                    elsewhere.add(url);
                }
            }
            assertThat(elsewhere).isEmpty();
        }

        WebElement find(String css) {
            return driver.findElement(By.cssSelector(css));
        }

        String text(String css) {
            return find(css).getText().replaceAll("\\s+", " ").strip();
        }

        Object script(String code, Object... arguments) {
            return driver.executeScript(code, arguments);
        }

        void await(String what, BooleanSupplier condition) {
            long until = System.nanoTime() + 20_000_000_000L;
            while (!condition.getAsBoolean()) {
                assertThat(System.nanoTime())
                        .as(what + "; it says: " + text("main"))
                        .isLessThan(until);
                try {
                    Thread.sleep(30);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        void awaitDigits(String expected) {
            await(
                    "the digits " + expected,
                    () -> text("#digits").replace(" ", "").equals(expected));
        }

        /**
         * Draws a stroke: x and y are fractions of the box {left, top, width, height} of the paper.
         */
        void draw(PointerInput.Kind kind, double[] box, double[]... points) {
            @SuppressWarnings("unchecked")
            var paper =
                    (Map<String, Number>)
                            script(
                                    "return document.getElementById('paper').getBoundingClientRect().toJSON()");
            var pointer = new PointerInput(kind, kind.name().toLowerCase(Locale.ROOT));
            var sequence = new Sequence(pointer, 0);
            boolean pen = kind == PointerInput.Kind.PEN;
            var properties = PointerInput.eventProperties();
            if (pen) {
                properties = properties.setPressure(0.6f);
            }
            boolean down = false;
            double[] from = points[0];
            for (double[] point : points) {
                int steps = down ? 6 : 1;
                for (int i = 1; i <= steps; i++) {
                    double x = from[0] + (point[0] - from[0]) * i / steps;
                    double y = from[1] + (point[1] - from[1]) * i / steps;
                    int clientX =
                            (int)
                                    (paper.get("left").doubleValue()
                                            + paper.get("width").doubleValue()
                                                    * (box[0] + x * box[2]));
                    int clientY =
                            (int)
                                    (paper.get("top").doubleValue()
                                            + paper.get("height").doubleValue()
                                                    * (box[1] + y * box[3]));
                    sequence.addAction(
                            pointer.createPointerMove(
                                    Duration.ofMillis(8),
                                    PointerInput.Origin.viewport(),
                                    clientX,
                                    clientY,
                                    properties));
                }
                if (!down) {
                    sequence.addAction(pointer.createPointerDown(0, properties));
                    down = true;
                }
                from = point;
            }
            sequence.addAction(pointer.createPointerUp(0));
            driver.perform(List.of(sequence));
        }

        static final double[] MIDDLE = {.25, .12, .5, .76};
        static final double[] LEFT = {.05, .15, .4, .7};
        static final double[] RIGHT = {.55, .15, .4, .7};

        /** Pixels of a canvas that are not transparent, as {count, mean of red, green and blue}. */
        List<Number> ink(String css) {
            @SuppressWarnings("unchecked")
            var all =
                    (List<Number>)
                            script(
                                    "const from=document.querySelector(arguments[0]);"
                                            + "const c=document.createElement('canvas');"
                                            + "c.width=from.width;c.height=from.height;"
                                            + "const x=c.getContext('2d',{willReadFrequently:true});"
                                            + "x.drawImage(from,0,0);"
                                            + "const d=x.getImageData(0,0,c.width,c.height).data;"
                                            + "let n=0,s=0;for(let i=0;i<d.length;i+=4)"
                                            + "if(d[i+3]>200){n++;s+=d[i]+d[i+1]+d[i+2]}"
                                            + "return [n,n?s/n/3:0]",
                                    css);
            return all;
        }

        /** What the screen shows, for the documentation. */
        void shoot(String name) throws IOException {
            await(
                    "the feature maps",
                    () -> !driver.findElements(By.cssSelector("#layers canvas")).isEmpty());
            // so that no button looks pressed
            script("document.activeElement.blur();return new Promise(f=>setTimeout(f,400))");
            Files.write(
                    Path.of(System.getProperty("screenshots"), name),
                    driver.getScreenshotAs(OutputType.BYTES));
        }

        void assertNothingIsWiderThanTheScreen() {
            assertThat(
                            script(
                                    "return document.documentElement.scrollWidth<=document.documentElement.clientWidth"))
                    .isEqualTo(true);
        }

        void assertTargetsAreLargeEnough() {
            @SuppressWarnings("unchecked")
            var small =
                    (List<Object>)
                            script(
                                    "return [...document.querySelectorAll('button,input,.button,summary,.brand,footer a')]"
                                            + ".filter(e=>e.offsetParent!==null)"
                                            + ".map(e=>[e.id||e.className||e.textContent,e.getBoundingClientRect()])"
                                            + ".filter(([n,r])=>r.height<43.9||r.width<43.9).map(([n,r])=>n+' '+r.width+'x'+r.height)");
            assertThat(small).isEmpty();
        }
    }

    @Nested
    class OnADesktop extends Page {
        @Override
        boolean isPhone() {
            return false;
        }

        @Test
        void aMouseDrawsASeven() {
            assertThat(text("#verdict")).isEqualTo("Nothing drawn yet");
            draw(PointerInput.Kind.MOUSE, MIDDLE, SEVEN);
            awaitDigits("7");
            assertThat(find("#result").getDomAttribute("data-state")).isEqualTo("sure");
            assertThat(text("#bars .best")).startsWith("7 ");
            assertThat(driver.findElements(By.cssSelector("#bars li"))).hasSize(10);
            // the 28x28 pixels are the seven, white on black
            assertThat(ink("#seen").get(1).doubleValue()).isBetween(10.0, 120.0);
            await(
                    "the feature maps",
                    () -> driver.findElements(By.cssSelector("#layers canvas")).size() == 48);
            assertThat(ink("#layers canvas").get(0).intValue()).isEqualTo(784);
            assertThat(find("#says").getDomAttribute("aria-live")).isEqualTo("polite");
        }

        @Test
        void aPenDrawsAFourInTwoStrokes() {
            draw(PointerInput.Kind.PEN, MIDDLE, FOUR_DOWN);
            draw(PointerInput.Kind.PEN, MIDDLE, FOUR_THROUGH);
            awaitDigits("4");
        }

        @Test
        void whatIsDrawnCanBeTakenBack() {
            draw(PointerInput.Kind.MOUSE, LEFT, SEVEN);
            awaitDigits("7");
            double before = ink("#paper").get(0).doubleValue();
            draw(PointerInput.Kind.MOUSE, RIGHT, TWO);
            awaitDigits("72");
            assertThat(driver.findElements(By.cssSelector("#picker button"))).hasSize(2);
            find("#undo").click();
            awaitDigits("7");
            assertThat(ink("#paper").get(0).doubleValue()).isEqualTo(before);
            find("#redo").click();
            awaitDigits("72");
            find("#paper").sendKeys(Keys.chord(Keys.CONTROL, "z"));
            awaitDigits("7");
            find("#clear").click();
            await("nothing", () -> text("#verdict").equals("Nothing drawn yet"));
            assertThat(ink("#paper").get(0).intValue()).isZero();
            assertThat(find("#clear").isEnabled()).isFalse();
            // clearing can be taken back too
            find("#paper").sendKeys(Keys.chord(Keys.CONTROL, "z"));
            awaitDigits("7");
            find("#paper").sendKeys(Keys.ESCAPE);
            await("nothing", () -> text("#verdict").equals("Nothing drawn yet"));
        }

        @Test
        void whatIsNoDigitIsNotReadAsOne() {
            double[][] scribble = new double[16][];
            for (int i = 0; i < scribble.length; i++) {
                scribble[i] =
                        new double[] {.5 + .45 * Math.sin(i * 2.4), .5 + .45 * Math.cos(i * 1.7)};
            }
            draw(PointerInput.Kind.MOUSE, MIDDLE, scribble);
            await(
                    "doubt",
                    () ->
                            List.of("none", "unsure")
                                    .contains(find("#result").getDomAttribute("data-state")));
            assertThat(text("#verdict")).containsAnyOf("No digit", "Not sure", "not sure");
        }

        @Test
        void aLateAnswerIsIgnored() {
            draw(PointerInput.Kind.MOUSE, LEFT, SEVEN);
            awaitDigits("7");
            // from here on the first answer comes after the second, and cannot be aborted
            script(
                    "const real=window.fetch;let n=0;window.late=0;"
                            + "window.fetch=async(u,o)=>{if(!String(u).includes('read'))return real(u,o);"
                            + "const first=n++===0;const r=await real(u,{...o,signal:undefined});"
                            + "if(first){await new Promise(f=>setTimeout(f,1500));window.late++}return r}");
            draw(PointerInput.Kind.MOUSE, RIGHT, TWO);
            awaitDigits("72");
            find("#clear").click();
            await("the late answer", () -> script("return window.late").equals(1L));
            script("return new Promise(f=>setTimeout(f,200))");
            assertThat(text("#verdict")).isEqualTo("Nothing drawn yet");
        }

        @Test
        void theDrawingIsSharpAtEverySize() {
            draw(PointerInput.Kind.MOUSE, MIDDLE, SEVEN);
            awaitDigits("7");
            driver.manage().window().setSize(new Dimension(900, 800));
            await(
                    "a smaller paper",
                    () ->
                            (boolean)
                                    script(
                                            "const p=document.getElementById('paper');"
                                                    + "return p.width===Math.round(p.getBoundingClientRect().width*devicePixelRatio)"
                                                    + "&&p.width<640"));
            assertThat(ink("#paper").get(0).intValue()).isGreaterThan(500);
            assertThat(text("#digits")).isEqualTo("7");
            assertNothingIsWiderThanTheScreen();
        }

        @Test
        void inTheDarkTheInkStaysDarkOnPaper() {
            driver.executeCdpCommand(
                    "Emulation.setEmulatedMedia",
                    Map.of(
                            "features",
                            List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
            await("the dark theme", () -> theme().equals("dark"));
            find("#theme").click();
            assertThat(theme()).isEqualTo("light");
            find("#theme").click();
            driver.navigate().refresh();
            assertThat(theme()).isEqualTo("dark");
            draw(PointerInput.Kind.MOUSE, MIDDLE, SEVEN);
            awaitDigits("7");
            assertThat(ink("#paper").get(1).doubleValue()).isLessThan(80);
            assertThat(brightness("#paper")).isGreaterThan(200);
            assertThat(brightness("body")).isLessThan(60);
        }

        private String theme() {
            return String.valueOf(script("return document.documentElement.dataset.theme"));
        }

        private double brightness(String css) {
            return ((Number)
                            script(
                                    "const c=getComputedStyle(document.querySelector(arguments[0])).backgroundColor;"
                                            + "const [r,g,b]=c.match(/[0-9.]+/g).map(Number);return (r+g+b)/3",
                                    css))
                    .doubleValue();
        }

        @Test
        void aPhotoIsReadAndItsTextIsThere() throws IOException {
            find("#tab-photo").click();
            find("#file").sendKeys(photo().toString());
            await("the text", () -> text("#photo-text").equals("74"));
            assertThat(text("#photo-status")).isEqualTo("2 digits in 1 line.");
            assertThat(driver.findElements(By.cssSelector("#photo-digits figure"))).hasSize(2);
            // an empty one
            Path empty = folder.resolve("empty.png");
            var blank = new BufferedImage(300, 200, BufferedImage.TYPE_BYTE_GRAY);
            blank.createGraphics().fillRect(0, 0, 300, 200);
            ImageIO.write(blank, "png", empty.toFile());
            find("#file").sendKeys(empty.toString());
            await("no digit", () -> text("#photo-status").equals("No digit found on this image."));
        }

        @Test
        void aFileThatIsNotAnImageIsRefusedInASentence() throws IOException {
            find("#tab-photo").click();
            for (String name : List.of("notes.txt", "movie.png", "nothing.jpg")) {
                Path file = folder.resolve(name);
                Files.writeString(file, name.startsWith("nothing") ? "" : "no image");
                find("#file").sendKeys(photo().toString());
                await("the text", () -> text("#photo-text").equals("74"));
                find("#file").sendKeys(file.toString());
                await(name, () -> text("#photo-status").startsWith("This is not an image"));
                assertThat(find("#photo-result").isDisplayed()).isFalse();
            }
        }

        @Test
        void anAddressThatSomebodyWroteOpensThePage() {
            driver.get("about:blank");
            driver.get(server.address() + "#draw/%E0%A4%A");
            await("the network's name", () -> text("#model").startsWith("Network"));
        }

        @Test
        void anImageIsPastedOrDropped() throws IOException {
            byte[] png = Files.readAllBytes(photo());
            String base64 = java.util.Base64.getEncoder().encodeToString(png);
            for (String event : List.of("paste", "drop")) {
                driver.get(server.address() + "#draw");
                script(
                        "const b=Uint8Array.from(atob(arguments[1]),c=>c.charCodeAt(0));"
                                + "const t=new DataTransfer();t.items.add(new File([b],'x.png',{type:'image/png'}));"
                                + "dispatchEvent(arguments[0]==='paste'"
                                + "?new ClipboardEvent('paste',{clipboardData:t,cancelable:true})"
                                + ":new DragEvent('drop',{dataTransfer:t,cancelable:true}))",
                        event,
                        base64);
                await("the text after a " + event, () -> text("#photo-text").equals("74"));
                assertThat(driver.getCurrentUrl()).endsWith("#photo");
            }
        }

        @Test
        void everythingIsReachedByTheKeyboard() {
            var reached = new ArrayList<String>();
            for (int i = 0; i < 14; i++) {
                driver.switchTo().activeElement().sendKeys(Keys.TAB);
                WebElement active = driver.switchTo().activeElement();
                reached.add(active.getDomAttribute("id"));
                assertThat(script("return getComputedStyle(arguments[0]).outlineStyle", active))
                        .as(active.getDomAttribute("id") + " shows that it has the focus")
                        .isEqualTo("solid");
                if ("width".equals(active.getDomAttribute("id"))) {
                    break;
                }
            }
            assertThat(reached).contains("tab-draw", "theme", "paper", "width");
            find("#tab-draw").sendKeys(Keys.ARROW_RIGHT);
            assertThat(driver.switchTo().activeElement().getDomAttribute("id"))
                    .isEqualTo("tab-photo");
            assertThat(find("#panel-photo").isDisplayed()).isTrue();
            find("#tab-photo").sendKeys(Keys.END);
            assertThat(find("#panel-runs").isDisplayed()).isTrue();
            assertThat(find("#panel-photo").isDisplayed()).isFalse();
        }

        @Test
        void curvesGrowWhileATrainingRuns() throws IOException {
            Path run = Files.createDirectory(runs.resolve("20261128-090000-cnn"));
            Path log = run.resolve("metrics.jsonl");
            Files.writeString(
                    run.resolve("plan.json"),
                    "{\"model\":\"cnn\",\"dataset\":\"MNIST\",\"epochs\":3}");
            Files.writeString(log, step(1, 50) + step(1, 100) + epoch(1));
            find("#tab-runs").click();
            await(
                    "the run",
                    () -> driver.findElements(By.cssSelector("#run-list button")).size() >= 1);
            find("#run-list button[data-name='20261128-090000-cnn']").click();
            await("one epoch", () -> text("#run-facts").contains("epochs 1/3"));
            assertThat(text("#run-facts")).contains("running", "90.00 %");
            Files.writeString(
                    log, step(2, 50) + step(2, 100) + epoch(2), StandardOpenOption.APPEND);
            await("two epochs", () -> text("#run-facts").contains("epochs 2/3"));
            String points = find("#loss .curve.validation").getDomAttribute("points");
            assertThat(points.split(" ")).hasSize(2);
            assertThat(driver.findElements(By.cssSelector("#accuracy .curve"))).hasSize(2);
            ImageIO.write(
                    new BufferedImage(40, 40, BufferedImage.TYPE_BYTE_GRAY),
                    "png",
                    run.resolve("confusion.png").toFile());
            Files.writeString(run.resolve("report.json"), "{\"testAccuracy\":0.9876}");
            await("the end", () -> text("#run-facts").contains("test 98.76 %"));
            await(
                    "the confusion matrix",
                    () ->
                            (boolean)
                                    script(
                                            "const i=document.querySelector('#run-images img');"
                                                    + "return !!i&&i.naturalWidth===40"));
            assertNothingIsWiderThanTheScreen();
        }

        @Test
        void trialsAreSortedByAnyColumn() throws IOException {
            Path search = Files.createDirectory(runs.resolve("20261128-080000-search"));
            Files.writeString(search.resolve("search.json"), "{}");
            Files.writeString(
                    search.resolve("trials.jsonl"),
                    trial(1, 0.9, 0.01) + trial(2, 0.97, 0.002) + trial(3, 0.95, 0.1));
            driver.get(server.address() + "#runs/20261128-080000-search");
            await(
                    "the trials",
                    () -> driver.findElements(By.cssSelector("#trials tbody tr")).size() == 3);
            assertThat(numbers()).containsExactly("2", "3", "1");
            find("#trials button[data-column='values.learningRate']").click();
            assertThat(numbers()).containsExactly("2", "1", "3");
            find("#trials button[data-column='values.learningRate']").click();
            assertThat(numbers()).containsExactly("3", "1", "2");
            assertThat(find("#trials th[aria-sort]").getDomAttribute("aria-sort"))
                    .isEqualTo("descending");
            assertThat(text("#trials tr.best td")).isEqualTo("2");
        }

        private List<String> numbers() {
            return driver.findElements(By.cssSelector("#trials tbody tr td:first-child")).stream()
                    .map(WebElement::getText)
                    .toList();
        }

        @Test
        @EnabledIfSystemProperty(named = "screenshots", matches = ".+")
        void picture() throws IOException {
            driver.manage().window().setSize(new Dimension(1280, 1290));
            draw(PointerInput.Kind.MOUSE, LEFT, FOUR_DOWN);
            draw(PointerInput.Kind.MOUSE, LEFT, FOUR_THROUGH);
            draw(PointerInput.Kind.MOUSE, RIGHT, TWO);
            awaitDigits("42");
            shoot("serve-desktop.png");
        }
    }

    @Nested
    class OnAPhone extends Page {
        @Override
        boolean isPhone() {
            return true;
        }

        @Test
        void aFingerDrawsFortyTwoAndThePageStays() {
            draw(PointerInput.Kind.TOUCH, LEFT, FOUR_DOWN);
            draw(PointerInput.Kind.TOUCH, LEFT, FOUR_THROUGH);
            draw(PointerInput.Kind.TOUCH, RIGHT, TWO);
            awaitDigits("42");
            assertThat(script("return scrollY+scrollX")).isEqualTo(0L);
            assertThat(
                            script(
                                    "return getComputedStyle(document.getElementById('paper')).touchAction"))
                    .isEqualTo("none");
        }

        @Test
        void aGestureThatTheSystemTakesLeavesNoInk() {
            script(
                    "const p=document.getElementById('paper'),b=p.getBoundingClientRect();"
                            + "const e=(t,x)=>p.dispatchEvent(new PointerEvent(t,{pointerId:7,pointerType:'touch',"
                            + "isPrimary:true,bubbles:true,clientX:b.left+x,clientY:b.top+50}));"
                            + "e('pointerdown',50);e('pointermove',120);e('pointercancel',120);");
            await("no ink", () -> text("#verdict").equals("Nothing drawn yet"));
            assertThat(find("#undo").isEnabled()).isFalse();
        }

        @Test
        void itFitsAndCanBeTouched() {
            for (String tab : List.of("draw", "photo", "runs")) {
                find("#tab-" + tab).click();
                await(tab, () -> find("#panel-" + tab).isDisplayed());
                assertNothingIsWiderThanTheScreen();
                assertTargetsAreLargeEnough();
                assertThat(find("#undo").isDisplayed()).isEqualTo(tab.equals("draw"));
            }
            assertThat(find("#camera").getDomAttribute("capture")).isEqualTo("environment");
        }

        @Test
        @EnabledIfSystemProperty(named = "screenshots", matches = ".+")
        void picture() throws IOException {
            find("#theme").click();
            draw(PointerInput.Kind.TOUCH, MIDDLE, SEVEN);
            awaitDigits("7");
            shoot("serve-phone.png");
        }
    }

    private static String step(int epoch, int batch) {
        return "{\"epoch\":"
                + epoch
                + ",\"batch\":"
                + batch
                + ",\"iteration\":1,\"loss\":0.7,\"learningRate\":0.001}\n";
    }

    private static String epoch(int epoch) {
        return "{\"epoch\":"
                + epoch
                + ",\"trainLoss\":0.5,\"trainAccuracy\":0.85,\"validationLoss\":0.4,"
                + "\"validationAccuracy\":0.9,\"learningRate\":0.001,\"seconds\":1.0}\n";
    }

    private static String trial(int number, double accuracy, double rate) {
        return "{\"number\":"
                + number
                + ",\"values\":{\"learningRate\":"
                + rate
                + "},\"history\":[{\"validationAccuracy\":"
                + accuracy
                + ",\"validationLoss\":0.1}],\"outcome\":\"DONE\",\"began\":0,\"ended\":2}\n";
    }

    /** A seven and a four, written with a broad pen. */
    private static Path photo() throws IOException {
        var image = new BufferedImage(600, 300, BufferedImage.TYPE_INT_RGB);
        var g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setColor(new Color(240, 238, 230));
        g.fillRect(0, 0, 600, 300);
        g.setColor(new Color(30, 30, 60));
        g.setStroke(new BasicStroke(14, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        g.draw(path(40, SEVEN));
        g.draw(path(320, FOUR_DOWN));
        g.draw(path(320, FOUR_THROUGH));
        g.dispose();
        Path file = folder.resolve("photo.png");
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    private static Path2D path(int left, double[][] points) {
        var path = new Path2D.Double();
        path.moveTo(left + 240 * points[0][0], 30 + 240 * points[0][1]);
        for (double[] point : points) {
            path.lineTo(left + 240 * point[0], 30 + 240 * point[1]);
        }
        return path;
    }
}
