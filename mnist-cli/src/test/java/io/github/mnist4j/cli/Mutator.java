package io.github.mnist4j.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Makes damaged and lying files of whole ones; the same generator draws the same. */
final class Mutator {
    /** Whether a file has made its reader load a class or an object that the file chose. */
    static volatile boolean sprung;

    /** Loaded by whoever makes an object of a class that a file names. */
    static final class NamedTrap {
        static {
            sprung = true;
        }

        private NamedTrap() {}
    }

    /** Read by whoever reads serialised objects. */
    static final class SerialTrap implements Serializable {
        private static final long serialVersionUID = 1L;

        private void readObject(java.io.ObjectInputStream in) {
            sprung = true;
        }
    }

    private static final String TRAP = Mutator.class.getName() + "$NamedTrap";

    private static final String DEEP = 2000 + ""; // levels, far beyond any file of ours

    private static final List<String> TOKENS =
            List.of(
                    "null",
                    "true",
                    "false",
                    "-1",
                    "0",
                    "1",
                    "2",
                    "3.5",
                    "-0.0",
                    "1e309",
                    "-1e309",
                    "1e-400",
                    "1e18",
                    "NaN",
                    ".nan",
                    "-Infinity",
                    "\"NaN\"",
                    "2147483647",
                    "2147483648",
                    "-2147483648",
                    "9223372036854775807",
                    "9223372036854775808",
                    "1e1000000000",
                    "\"\"",
                    "[]",
                    "{}",
                    "[null]",
                    "[[]]",
                    "{\"\":null}",
                    "\"\\u0000\"",
                    "\"\\u202e\\n\\r\\t\"",
                    "\"../../outside\"",
                    "\"%s%n%d\"",
                    "'",
                    "\"",
                    "\\",
                    ",",
                    ":",
                    "*a",
                    "&a",
                    "!!javax.swing.JEditorPane [\"x\"]",
                    "!!" + TRAP + " {}",
                    "<<: *a",
                    "--- ",
                    "...",
                    "#",
                    "| \n  a",
                    "0x7f",
                    "1_000",
                    "017",
                    "12:30:45",
                    "\"" + TRAP + "\"",
                    "{\"@class\":\"" + TRAP + "\"}",
                    "{\"@class\":\"javax.swing.JEditorPane\",\"page\":\"file:/\"}",
                    "[\"" + TRAP + "\",{}]",
                    "\"@class\":\"" + TRAP + "\",",
                    "\"mlp:dense=8192,8192,8192,8192,8192,8192,8192,8192\"",
                    "\"cnn:channels=1024,1024,1024,1024:kernel=11:convolutions=4:dense=8192\"",
                    "\"java.lang.Runtime\"",
                    "१२३",
                    "\ud83d\ude00",
                    "\ufeff");

    private static final Pattern TOKEN =
            Pattern.compile(
                    "\"[^\"\\\\\\n]*+(?:\\\\.[^\"\\\\\\n]*+)*+\"|-?\\d+(?:\\.\\d+)?(?:[eE][-+]?\\d+)?|true|false|null|[A-Za-z][\\w-]*|[\\[\\]{},:]");

    private static final long[] EXTREMES = {
        0,
        1,
        -1,
        2,
        9,
        10,
        255,
        65535,
        65536,
        0x7fff,
        0x8000,
        1_000_000,
        1_000_000_000,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        Integer.MAX_VALUE - 7L,
        1L << 30,
        0x0fff_ffffL,
        0xffff_ffffL,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        Float.floatToIntBits(Float.NaN),
        Float.floatToIntBits(Float.POSITIVE_INFINITY)
    };

    private final Random random;

    Mutator(Random random) {
        this.random = random;
    }

    /** A few changes of bytes, and of words where it is a text. */
    byte[] mutate(byte[] seed, byte[] other, boolean text) {
        byte[] bytes = seed;
        int changes = 1 + (random.nextInt(3) == 0 ? random.nextInt(6) : 0);
        for (int i = 0; i < changes; i++) {
            bytes = text && random.nextInt(10) < 7 ? textChange(bytes) : byteChange(bytes, other);
        }
        return bytes;
    }

    private byte[] byteChange(byte[] bytes, byte[] other) {
        if (bytes.length == 0) {
            return random(1 + random.nextInt(20));
        }
        int at = place(bytes.length);
        return switch (random.nextInt(12)) {
            case 0, 1 -> {
                byte[] to = bytes.clone();
                to[at] ^= (byte) (1 << random.nextInt(8));
                yield to;
            }
            case 2 -> {
                byte[] to = bytes.clone();
                to[at] = new byte[] {0, (byte) 0xff, 0x7f, (byte) 0x80}[random.nextInt(4)];
                yield to;
            }
            case 3 -> Arrays.copyOf(bytes, random.nextInt(bytes.length));
            case 4 -> spliced(bytes, at, 0, part(bytes)); // a part once more
            case 5 -> spliced(bytes, at, 0, random(1 + random.nextInt(40)));
            case 6 -> spliced(bytes, at, 1 + random.nextInt(1 + bytes.length - at), new byte[0]);
            case 7 -> {
                byte[] rest = other.length == 0 ? other : part(other);
                yield spliced(bytes, at, random.nextInt(1 + bytes.length - at), rest);
            }
            case 8 -> { // two files' halves
                int from = other.length == 0 ? 0 : random.nextInt(other.length);
                yield spliced(
                        bytes,
                        at,
                        bytes.length - at,
                        Arrays.copyOfRange(other, from, other.length));
            }
            case 9 -> spliced(bytes, bytes.length, 0, random(1 + random.nextInt(9)));
            default -> overwritten(bytes, at);
        };
    }

    /** Most of what matters stands at the beginning of a file, and some at its end. */
    private int place(int length) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(Math.min(length, 64));
            case 1 -> length - 1 - random.nextInt(Math.min(length, 64));
            default -> random.nextInt(length);
        };
    }

    private byte[] overwritten(byte[] bytes, int at) {
        int width = 1 << random.nextInt(4);
        if (bytes.length < width) {
            return bytes;
        }
        int from = Math.min(random.nextBoolean() ? at : at / width * width, bytes.length - width);
        long value = EXTREMES[random.nextInt(EXTREMES.length)];
        ByteBuffer to = ByteBuffer.wrap(bytes.clone());
        to.order(random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        switch (width) {
            case 1 -> to.put(from, (byte) value);
            case 2 -> to.putShort(from, (short) value);
            case 4 -> to.putInt(from, (int) value);
            default -> to.putLong(from, value);
        }
        return to.array();
    }

    private byte[] part(byte[] bytes) {
        int from = random.nextInt(bytes.length);
        int most = random.nextInt(4) == 0 ? bytes.length - from : Math.min(64, bytes.length - from);
        return Arrays.copyOfRange(bytes, from, from + 1 + random.nextInt(Math.max(1, most)));
    }

    private byte[] random(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] spliced(byte[] bytes, int at, int without, byte[] with) {
        int end = Math.min(bytes.length, at + without);
        byte[] to = new byte[at + with.length + bytes.length - end];
        System.arraycopy(bytes, 0, to, 0, at);
        System.arraycopy(with, 0, to, at, with.length);
        System.arraycopy(bytes, end, to, at + with.length, bytes.length - end);
        return to;
    }

    private byte[] textChange(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        Matcher tokens = TOKEN.matcher(text);
        var spans = new ArrayList<int[]>();
        while (tokens.find()) {
            spans.add(new int[] {tokens.start(), tokens.end()});
        }
        if (spans.isEmpty()) {
            return (text + token()).getBytes(StandardCharsets.UTF_8);
        }
        int[] span = spans.get(random.nextInt(spans.size()));
        int[] to = spans.get(random.nextInt(spans.size()));
        String before = text.substring(0, span[0]);
        String own = text.substring(span[0], span[1]);
        String after = text.substring(span[1]);
        String changed =
                switch (random.nextInt(10)) {
                    case 0 -> before + after;
                    case 1 -> before + token() + own + after;
                    case 2 -> before + text.substring(to[0], to[1]) + after;
                    case 3 -> { // a list or an object as a whole
                        int end = end(text, span[0]);
                        yield end < 0
                                ? before + own + own + after
                                : before + token() + text.substring(end);
                    }
                    case 4 -> lines(text);
                    case 5 -> // a field twice, or moved
                            before + text.substring(Math.min(span[0], to[0]), to[1]) + own + after;
                    default -> before + token() + after;
                };
        return changed.getBytes(StandardCharsets.UTF_8);
    }

    private String lines(String text) {
        var lines = new ArrayList<>(List.of(text.split("\n", -1)));
        int line = random.nextInt(lines.size());
        switch (random.nextInt(4)) {
            case 0 -> lines.remove(line);
            case 1 -> lines.add(random.nextInt(lines.size()), lines.get(line));
            case 2 -> lines.add(line, "");
            default -> {
                String last = lines.get(line);
                lines.set(line, last.substring(0, random.nextInt(last.length() + 1)));
            }
        }
        return String.join("\n", lines);
    }

    /** Where what is opened here is closed again; -1 if nothing is. */
    private static int end(String text, int from) {
        int depth = 0;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
            if (depth <= 0) {
                return i > from ? i + 1 : -1;
            }
        }
        return -1;
    }

    private String token() {
        int deep = Integer.parseInt(DEEP);
        return switch (random.nextInt(60)) {
            case 0 -> "[".repeat(deep);
            case 1 -> "[".repeat(deep) + "]".repeat(deep);
            case 2 -> "{\"a\":".repeat(deep) + "1" + "}".repeat(deep);
            case 3 -> "\"" + "long ".repeat(20_000) + "\"";
            case 4 -> "9".repeat(20_000);
            case 5 -> "&a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b]";
            case 6 -> "1,".repeat(5_000) + "1";
            case 7 -> String.valueOf(random.nextLong());
            case 8 -> String.valueOf(random.nextGaussian());
            default -> TOKENS.get(random.nextInt(TOKENS.size()));
        };
    }

    /** An entry of a zip, with what its two headers say of it. */
    private static final class Entry {
        private String local;
        private String central;
        private byte[] content;
        private boolean stored;

        /** Only a reader that follows the local headers sees it. */
        private boolean hidden;

        /** As long as the headers say; -1 for the truth. */
        private long localSize = -1;

        private long centralSize = -1;
        private long packedSize = -1;
        private boolean wrongCrc;
        private boolean descriptor;
        private int offset; // in the file

        Entry(String name, byte[] content) {
            local = name;
            central = name;
            this.content = content;
        }

        Entry copy() {
            return new Entry(central, content);
        }
    }

    /**
     * A zip whose entries, names, order, sizes or directory are not what they were; its checksums
     * fit, so that it gets past them.
     *
     * @param stringsOf what the entries' texts are recognised by: their names' endings
     */
    byte[] mutateZip(byte[] seed, byte[] other, String... stringsOf) {
        if (random.nextInt(8) == 0) {
            return mutate(seed, other, false);
        }
        List<Entry> entries = entries(seed);
        int changes = 1 + (random.nextInt(3) == 0 ? random.nextInt(3) : 0);
        for (int i = 0; i < changes; i++) {
            change(entries, other, stringsOf);
        }
        byte[] zip = zip(entries);
        return random.nextInt(12) == 0 ? mutate(zip, other, false) : zip;
    }

    private void change(List<Entry> entries, byte[] other, String... stringsOf) {
        if (entries.isEmpty()) {
            entries.add(new Entry("configuration.json", random(20)));
            return;
        }
        int index = random.nextInt(entries.size());
        Entry entry = entries.get(index);
        switch (random.nextInt(24)) {
            case 0 -> entries.remove(index);
            case 1 -> entry.hidden = true;
            case 2 -> entries.add(random.nextInt(entries.size() + 1), hidden(entry));
            case 3 -> entries.add(entry.copy());
            case 4 -> {
                entry.local = name();
                entry.central = random.nextBoolean() ? entry.local : entry.central;
            }
            case 5 ->
                    entries.add(new Entry(name(), random.nextBoolean() ? serialised() : random(9)));
            case 6 -> {
                long lie = EXTREMES[random.nextInt(EXTREMES.length)];
                switch (random.nextInt(3)) {
                    case 0 -> entry.localSize = lie;
                    case 1 -> entry.centralSize = lie;
                    default -> entry.packedSize = lie;
                }
            }
            case 7 -> entry.wrongCrc = true;
            case 8 -> entry.descriptor = true;
            case 9 -> entry.stored = true;
            case 10 -> {
                if (random.nextInt(200) == 0) {
                    entry.content = new byte[1 << (20 + random.nextInt(7))]; // 1 to 64 MiB
                } else {
                    entry.content = new byte[random.nextInt(1 << 14)];
                }
            }
            case 11 -> {
                Entry from = entries.get(random.nextInt(entries.size()));
                entry.content = from.content;
            }
            default -> {
                boolean text =
                        Arrays.stream(stringsOf).anyMatch(entry.central::endsWith)
                                && random.nextInt(8) > 0;
                entry.content = mutate(entry.content, other, text);
            }
        }
    }

    private Entry hidden(Entry like) {
        var entry =
                switch (random.nextInt(3)) {
                    case 0 -> like.copy();
                    case 1 -> new Entry("preprocessor.bin", serialised());
                    default -> new Entry(name(), serialised());
                };
        entry.hidden = random.nextInt(4) > 0;
        return entry;
    }

    private String name() {
        return switch (random.nextInt(14)) {
            case 0 -> "preprocessor.bin";
            case 1 -> "normalizer.bin";
            case 2 -> "configuration.json";
            case 3 -> "coefficients.bin";
            case 4 -> "updaterState.bin";
            case 5 -> "noParams.marker";
            case 6 -> "../../outside";
            case 7 -> "";
            case 8 -> "a\u0000b\n\u001b[31m";
            case 9 -> "java.lang.Runtime";
            case 10 -> "x".repeat(60_000);
            case 11 -> "average.bin";
            case 12 -> "training.json";
            default -> "card.json";
        };
    }

    private byte[] serialised() {
        var bytes = new ByteArrayOutputStream();
        try {
            if (random.nextInt(4) == 0) { // a normaliser of a class of the file's choice
                var out = new java.io.DataOutputStream(bytes);
                out.writeUTF("NORMALIZER");
                out.writeInt(1);
                out.writeUTF("CUSTOM");
                out.writeUTF(TRAP);
                return bytes.toByteArray();
            }
            try (var out = new ObjectOutputStream(bytes)) {
                out.writeObject(new SerialTrap());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static List<Entry> entries(byte[] zip) {
        var entries = new ArrayList<Entry>();
        try (var in = new ZipInputStream(new ByteArrayInputStream(zip))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                entries.add(new Entry(entry.getName(), in.readAllBytes()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return entries;
    }

    /** By hand: the JDK's writers do not lie. */
    private static byte[] zip(List<Entry> entries) {
        var out = new Little();
        var directory = new Little();
        int listed = 0;
        for (Entry e : entries) {
            byte[] packed = e.stored ? e.content : deflated(e.content);
            var crc = new CRC32();
            crc.update(e.content);
            long sum = e.wrongCrc ? crc.getValue() ^ 1 : crc.getValue();
            int flags = e.descriptor ? 8 : 0;
            int method = e.stored ? 0 : 8;
            e.offset = out.size();
            byte[] name = e.local.getBytes(StandardCharsets.UTF_8);
            long size = e.localSize >= 0 ? e.localSize : e.content.length;
            long length = e.packedSize >= 0 ? e.packedSize : packed.length;
            out.int32(0x04034b50).int16(20).int16(flags | 0x800).int16(method).int32(0x00210000);
            out.int32(e.descriptor ? 0 : sum).int32(e.descriptor ? 0 : length);
            out.int32(e.descriptor ? 0 : size).int16(name.length).int16(0);
            out.bytes(name).bytes(packed);
            if (e.descriptor) {
                out.int32(0x08074b50).int32(sum).int32(length).int32(size);
            }
            if (!e.hidden) {
                byte[] listedName = e.central.getBytes(StandardCharsets.UTF_8);
                long told = e.centralSize >= 0 ? e.centralSize : e.content.length;
                directory.int32(0x02014b50).int16(20).int16(20).int16(flags | 0x800);
                directory.int16(method).int32(0x00210000).int32(sum).int32(packed.length);
                directory.int32(told).int16(listedName.length).int16(0).int16(0).int16(0);
                directory.int16(0).int32(0).int32(e.offset).bytes(listedName);
                listed++;
            }
        }
        int start = out.size();
        out.bytes(directory.array());
        out.int32(0x06054b50).int16(0).int16(0).int16(listed).int16(listed);
        return out.int32(out.size() - start - 12).int32(start).int16(0).array();
    }

    private static byte[] deflated(byte[] content) {
        var bytes = new ByteArrayOutputStream();
        var deflater = new Deflater(Deflater.BEST_SPEED, true);
        try (var out = new DeflaterOutputStream(bytes, deflater)) {
            out.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            deflater.end();
        }
        return bytes.toByteArray();
    }

    /** Little-endian numbers in a row. */
    private static final class Little {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Little int16(int value) {
            out.write(value);
            out.write(value >> 8);
            return this;
        }

        Little int32(long value) {
            return int16((int) value).int16((int) (value >> 16));
        }

        Little bytes(byte[] value) {
            out.writeBytes(value);
            return this;
        }

        int size() {
            return out.size();
        }

        byte[] array() {
            return out.toByteArray();
        }
    }
}
