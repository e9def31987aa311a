package io.github.mnist4j.models.internal;

import io.github.mnist4j.models.json.JsonFile;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * A zip file that reads the same to everybody. A zip can be read by the directory at its end or by
 * the header before each entry, and a malicious file shows each reader something else. Here both
 * must agree in every field that matters, the entries must fill the file from its first byte to the
 * directory, and the directory must reach to the end: no byte is visible to one reader alone.
 *
 * <p>The file is read once, into memory; later changes on disk do not matter.
 */
public final class CheckedZip {
    /** As much as fits into an array. */
    static final long MOST_FILE_BYTES = Integer.MAX_VALUE - 64;

    private static final int LOCAL = 0x04034b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int END = 0x06054b50;
    private static final int DESCRIPTOR = 0x08074b50;
    private static final int LOCAL_LENGTH = 30;
    private static final int CENTRAL_LENGTH = 46;
    private static final int END_LENGTH = 22;
    private static final long IN_EXTRA = 0xFFFFFFFFL;

    private static final int HAS_DESCRIPTOR = 1 << 3;

    /**
     * The allowed flags: deflate's level, a descriptor, UTF-8 names. Others mean encryption and the
     * like.
     */
    private static final int FLAGS = 1 << 1 | 1 << 2 | HAS_DESCRIPTOR | 1 << 11;

    private static final int STORED = 0;
    private static final int DEFLATED = 8;

    private record Entry(
            String name, int flags, int method, long crc, long packed, long size, long offset) {}

    private final ByteBuffer content;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, Integer> starts = new LinkedHashMap<>();

    /**
     * @param allowed the names that may occur
     * @param most entries
     * @throws RefusedException if it is not such a file
     */
    public CheckedZip(byte[] bytes, Predicate<String> allowed, int most) throws IOException {
        content = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < END_LENGTH || (content.getInt(0) != LOCAL && content.getInt(0) != END)) {
            throw new RefusedException("it is not a zip file" + hint(bytes));
        }
        int end = bytes.length - END_LENGTH;
        if (content.getInt(end) != END || u16(end + 20) != 0) {
            throw new RefusedException("it is cut off, or something follows its last record");
        }
        int count = u16(end + 10);
        long directory = u32(end + 16);
        if (u16(end + 4) != 0
                || u16(end + 6) != 0
                || u16(end + 8) != count
                || directory + u32(end + 12) != end) {
            throw damaged("the record of its end does not fit the file");
        }
        if (count == 0 || count > most) {
            throw new RefusedException("it has " + count + " entries, 1 to " + most + " expected");
        }
        List<Entry> listed = directory((int) directory, end, count, allowed);
        listed.sort(Comparator.comparingLong(Entry::offset));
        long at = 0;
        for (int i = 0; i < listed.size(); i++) {
            long next = i + 1 < listed.size() ? listed.get(i + 1).offset : directory;
            checkLocal(listed.get(i), at, next);
            at = next;
        }
    }

    /**
     * @param file at most {@link #MOST_FILE_BYTES} long
     * @throws RefusedException if it is longer or does not fit into the heap
     */
    public static byte[] bytes(Path file) throws IOException {
        if (Files.notExists(file)) {
            throw new FileNotFoundException("it does not exist");
        }
        if (!Files.isRegularFile(file)) {
            throw new RefusedException("it is not a regular file");
        }
        long size = Files.size(file);
        if (size > MOST_FILE_BYTES) {
            throw new RefusedException("it is longer than 2 GiB");
        }
        Memory.requireHeap(size + (4 << 20));
        try (InputStream in = Files.newInputStream(file)) {
            // if it grows meanwhile, what is read is not a whole zip and is refused
            return in.readNBytes((int) size);
        }
    }

    private static String hint(byte[] bytes) {
        if (bytes.length == 0) {
            return ": it is empty";
        }
        String start =
                new String(bytes, 0, Math.min(64, bytes.length), StandardCharsets.ISO_8859_1)
                        .stripLeading()
                        .toLowerCase(java.util.Locale.ROOT);
        if (start.startsWith("<!doctype") || start.startsWith("<html")) {
            return ": it is a web page";
        }
        if (start.startsWith("\u001f\u008b")) {
            return ": it is packed by gzip";
        }
        return "";
    }

    private List<Entry> directory(int from, int end, int count, Predicate<String> allowed)
            throws IOException {
        var listed = new ArrayList<Entry>();
        int at = from;
        for (int i = 0; i < count; i++) {
            if (at > end - CENTRAL_LENGTH || content.getInt(at) != CENTRAL) {
                throw damaged("its directory is cut off");
            }
            int nameLength = u16(at + 28);
            int extra = u16(at + 30);
            int next = at + CENTRAL_LENGTH + nameLength + extra;
            if (next > end) {
                throw damaged("its directory is cut off");
            }
            String name = name(at + CENTRAL_LENGTH, nameLength);
            if (!allowed.test(name)) {
                throw new RefusedException(
                        "it has an entry " + JsonFile.printable(name) + " that does not belong");
            }
            var entry =
                    new Entry(
                            name,
                            u16(at + 8),
                            u16(at + 10),
                            u32(at + 16),
                            u32(at + 20),
                            u32(at + 24),
                            u32(at + 42));
            if ((entry.flags & ~FLAGS) != 0) {
                throw damaged(name, "is encrypted or of an unknown form");
            }
            if (entry.method != STORED && entry.method != DEFLATED) {
                throw damaged(name, "is packed by a method other than deflate");
            }
            if (entry.packed == IN_EXTRA || entry.size == IN_EXTRA || entry.offset == IN_EXTRA) {
                throw damaged(name, "is said to be longer than 4 GiB");
            }
            if (entry.method == STORED && entry.packed != entry.size) {
                throw damaged(name, "has two lengths");
            }
            if (u16(at + 32) != 0 || u16(at + 34) != 0) {
                throw damaged(name, "has a comment or is on another disk");
            }
            if (entries.put(name, entry) != null) {
                throw damaged(name, "appears twice");
            }
            listed.add(entry);
            at = next;
        }
        if (at != end) {
            throw damaged("something follows its directory");
        }
        return listed;
    }

    /** The header before an entry must agree with the directory, and leave no gap. */
    private void checkLocal(Entry entry, long at, long next) throws IOException {
        if (entry.offset != at || next > content.capacity() || at > next - LOCAL_LENGTH) {
            throw new RefusedException("it has bytes that its directory does not list");
        }
        int header = (int) at;
        int nameLength = u16(header + 26);
        int extraLength = u16(header + 28);
        long start = at + LOCAL_LENGTH + nameLength + extraLength;
        if (content.getInt(header) != LOCAL
                || start + entry.packed > next
                || u16(header + 6) != entry.flags
                || u16(header + 8) != entry.method
                || !name(header + LOCAL_LENGTH, nameLength).equals(entry.name)) {
            throw twoHeaders(entry);
        }
        long crc = u32(header + 14);
        long packed = u32(header + 18);
        long size = u32(header + 22);
        boolean later = (entry.flags & HAS_DESCRIPTOR) != 0;
        if (packed == IN_EXTRA || size == IN_EXTRA) {
            // Python's zipfile keeps room for long entries in every header that it streams
            int field = zip64(header + LOCAL_LENGTH + nameLength, extraLength);
            if (field < 0 || packed != size) {
                throw twoHeaders(entry);
            }
            size = content.getLong(field);
            packed = content.getLong(field + 8);
        }
        boolean blank = later && crc == 0 && packed == 0 && size == 0;
        if (!blank && (crc != entry.crc || packed != entry.packed || size != entry.size)) {
            throw twoHeaders(entry);
        }
        checkDescriptor(entry, (int) (start + entry.packed), (int) (next - start - entry.packed));
        starts.put(entry.name, (int) start);
    }

    /**
     * Between an entry's data and the next header there is nothing, or a descriptor that repeats
     * its figures.
     */
    private void checkDescriptor(Entry entry, int at, int length) throws IOException {
        if ((entry.flags & HAS_DESCRIPTOR) == 0) {
            if (length != 0) {
                throw new RefusedException("it has bytes that its directory does not list");
            }
            return;
        }
        boolean signed = length == 16 || length == 24;
        boolean wide = length == 20 || length == 24;
        if (!signed && !wide && length != 12) {
            throw new RefusedException("it has bytes that its directory does not list");
        }
        int figures = at + (signed ? 4 : 0);
        long packed = wide ? content.getLong(figures + 4) : u32(figures + 4);
        long size = wide ? content.getLong(figures + 12) : u32(figures + 8);
        if ((signed && content.getInt(at) != DESCRIPTOR)
                || u32(figures) != entry.crc
                || packed != entry.packed
                || size != entry.size) {
            throw twoHeaders(entry);
        }
    }

    /** The position of the two long lengths in a header's extra fields, or -1. */
    private int zip64(int at, int length) {
        int end = at + length;
        for (int field = at; field <= end - 4; field += 4 + u16(field + 2)) {
            if (u16(field) == 1) {
                return u16(field + 2) >= 16 && field + 20 <= end ? field + 4 : -1;
            }
        }
        return -1;
    }

    private String name(int at, int length) throws IOException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(content.duplicate().position(at).limit(at + length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new RefusedException("an entry's name is not UTF-8 text", e);
        } catch (IllegalArgumentException e) {
            throw new RefusedException("it is cut off in an entry's name", e);
        }
    }

    private int u16(int at) {
        return content.getShort(at) & 0xFFFF;
    }

    private long u32(int at) {
        return content.getInt(at) & 0xFFFFFFFFL;
    }

    private static RefusedException damaged(String how) {
        return new RefusedException("it is a damaged zip file: " + how);
    }

    private static RefusedException damaged(String name, String how) {
        return new RefusedException("its entry " + JsonFile.printable(name) + " " + how);
    }

    private static RefusedException twoHeaders(Entry entry) {
        return damaged(entry.name, "differs between its header and the directory");
    }

    public Set<String> names() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    public boolean has(String name) {
        return entries.containsKey(name);
    }

    /** The length of an entry according to the directory; {@link #open} fails if it is another. */
    public long size(String name) throws IOException {
        return entry(name).size;
    }

    private Entry entry(String name) throws IOException {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new RefusedException("it has no entry " + JsonFile.printable(name));
        }
        return entry;
    }

    /**
     * The whole entry.
     *
     * @param most bytes
     * @throws RefusedException if it is missing, longer or damaged
     */
    public byte[] bytes(String name, long most) throws IOException {
        if (size(name) > most) {
            throw damaged(name, "is longer than " + JsonFile.size(most));
        }
        Memory.requireHeap(size(name));
        try (InputStream in = open(name)) {
            return in.readAllBytes();
        }
    }

    /**
     * An entry's content. The stream ends normally only if length and checksum match the directory;
     * do not trust the content before that.
     */
    public InputStream open(String name) throws IOException {
        Entry entry = entry(name);
        var packed =
                new ByteArrayInputStream(
                        content.array(),
                        Objects.requireNonNull(starts.get(name)),
                        (int) entry.packed);
        if (entry.method == STORED) {
            return new Checked(packed, null, packed, entry);
        }
        var inflater = new Inflater(true);
        return new Checked(
                new InflaterInputStream(packed, inflater, 1 << 13), inflater, packed, entry);
    }

    private static final class Checked extends FilterInputStream {
        private final @Nullable Inflater inflater;
        private final ByteArrayInputStream packed;
        private final Entry entry;
        private final CRC32 crc = new CRC32();
        private long count;

        Checked(
                InputStream in,
                @Nullable Inflater inflater,
                ByteArrayInputStream packed,
                Entry entry) {
            super(in);
            this.inflater = inflater;
            this.packed = packed;
            this.entry = entry;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            int n;
            try {
                n = in.read(to, offset, length);
            } catch (ZipException | EOFException e) {
                var refused = damaged(entry.name, "is damaged: it cannot be unpacked");
                refused.initCause(e);
                throw refused;
            }
            if (n > 0) {
                count += n;
                crc.update(to, offset, n);
            }
            if (count > entry.size) {
                throw damaged(entry.name, "is longer than the directory says");
            }
            if (n < 0) {
                if (count != entry.size
                        || packed.available() > 0
                        || (inflater != null && inflater.getRemaining() > 0)) {
                    throw damaged(entry.name, "has another length than the directory says");
                }
                if (crc.getValue() != entry.crc) {
                    throw damaged(entry.name, "is damaged: its checksum is wrong");
                }
            }
            return n;
        }

        @Override
        public long skip(long n) throws IOException {
            return readNBytes((int) Math.min(n, 1 << 16)).length;
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        @Override
        public void close() throws IOException {
            super.close();
            if (inflater != null) {
                inflater.end();
            }
        }
    }
}
