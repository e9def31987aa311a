package io.github.mnist4j.data.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The kind of a file, by its first bytes, whatever its name says. It lets a message say what a file
 * is if it is not what was expected.
 */
public enum FileKind {
    EMPTY("empty"),
    WEB_PAGE("a web page"),
    LFS_POINTER("a pointer of Git LFS, not the file itself"),
    GZIP("a gzip file"),
    ZIP("a zip file"),
    BZIP2("a bzip2 file"),
    XZ("an xz file"),
    ZSTANDARD("a Zstandard file"),
    SEVEN_ZIP("a 7z file"),
    TAR("a tar file"),
    PNG("a PNG image"),
    JPEG("a JPEG image"),
    GIF("a GIF image"),
    BMP("a BMP image"),
    TIFF("a TIFF image"),
    WEBP("a WebP image"),
    HEIF("a HEIC or AVIF image"),
    SVG("an SVG image"),
    PDF("a PDF file"),
    IDX_IMAGES("an IDX file of images"),
    IDX_LABELS("an IDX file of labels"),
    NUMPY("a NumPy array"),
    HDF5("an HDF5 file"),
    SERIALIZED("a serialized Java object"),
    XML("an XML file"),
    JSON("a JSON file"),
    TEXT("a text file"),
    UNKNOWN("a file of unknown kind");

    /** The number of first bytes that tell a file's kind. */
    public static final int BYTES = 512;

    private final String words;

    FileKind(String words) {
        this.words = words;
    }

    /** Completes "it is …": "a web page", "a PNG image", "empty". */
    @Override
    public String toString() {
        return words;
    }

    /**
     * The kind of a file with these first bytes.
     *
     * @param head at least the first {@value #BYTES} bytes, or all of a shorter file
     */
    public static FileKind of(byte[] head) {
        if (head.length == 0) {
            return EMPTY;
        }
        // one char a byte, so that what follows reads like the formats' own descriptions
        String start =
                new String(head, 0, Math.min(head.length, BYTES), StandardCharsets.ISO_8859_1);
        FileKind binary = binary(start);
        return binary != UNKNOWN ? binary : text(start);
    }

    /** The kind of a file; {@link #UNKNOWN} if it cannot be read. */
    public static FileKind of(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return of(in.readNBytes(BYTES));
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    /**
     * Text to append to a message about a file that is not what was expected.
     *
     * @param head as in {@link #of(byte[])}
     * @param expected with its article: "an IDX file"
     * @return "; it is a web page, not an IDX file", or "" if nothing useful is known
     */
    public static String hint(byte[] head, String expected) {
        return of(head).hint(expected);
    }

    /** As {@link #hint(byte[], String)}, for the file's first bytes. */
    public static String hint(Path file, String expected) {
        return of(file).hint(expected);
    }

    private String hint(String expected) {
        return switch (this) {
            case UNKNOWN -> "";
            case EMPTY, LFS_POINTER -> "; it is " + words;
            default -> words.equals(expected) ? "" : "; it is " + words + ", not " + expected;
        };
    }

    private static FileKind binary(String s) {
        if (s.startsWith("\u001f\u008b")) {
            return GZIP;
        } else if (s.startsWith("PK\3\4") || s.startsWith("PK\5\6")) {
            return ZIP;
        } else if (s.startsWith("BZh")) {
            return BZIP2;
        } else if (s.startsWith("\u00fd7zXZ\0")) {
            return XZ;
        } else if (s.startsWith("\u0028\u00b5\u002f\u00fd")) {
            return ZSTANDARD;
        } else if (s.startsWith("7z\u00bc\u00af\u0027\u001c")) {
            return SEVEN_ZIP;
        } else if (s.startsWith("ustar", 257)) {
            return TAR;
        } else if (s.startsWith("\u0089PNG\r\n\u001a\n")) {
            return PNG;
        } else if (s.startsWith("\u00ff\u00d8\u00ff")) {
            return JPEG;
        } else if (s.startsWith("GIF87a") || s.startsWith("GIF89a")) {
            return GIF;
        } else if (s.startsWith("II*\0") || s.startsWith("MM\0*")) {
            return TIFF;
        } else if (s.startsWith("RIFF") && s.startsWith("WEBP", 8)) {
            return WEBP;
        } else if (s.startsWith("ftyphei", 4)
                || s.startsWith("ftypmif", 4)
                || s.startsWith("ftypavi", 4)) {
            return HEIF;
        } else if (s.startsWith("%PDF-")) {
            return PDF;
        } else if (s.startsWith("\0\0\u0008\3")) {
            return IDX_IMAGES;
        } else if (s.startsWith("\0\0\u0008\1")) {
            return IDX_LABELS;
        } else if (s.startsWith("\u0093NUMPY")) {
            return NUMPY;
        } else if (s.startsWith("\u0089HDF\r\n\u001a\n")) {
            return HDF5;
        } else if (s.startsWith("\u00ac\u00ed\0\5")) {
            return SERIALIZED;
        } else if (s.startsWith("BM") && s.length() >= 18 && s.startsWith("\0\0\0", 15)) {
            return BMP; // two letters alone begin many a text; the size of a header is small
        }
        return UNKNOWN;
    }

    private static FileKind text(String s) {
        String text = (s.startsWith("\u00ef\u00bb\u00bf") ? s.substring(3) : s).strip();
        boolean printable =
                s.chars()
                        .allMatch(
                                c ->
                                        (c >= ' ' && c != 0x7f)
                                                || c == '\n'
                                                || c == '\r'
                                                || c == '\t');
        if (!printable) {
            return UNKNOWN;
        }
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.startsWith("version https://git-lfs")) {
            return LFS_POINTER;
        } else if (lower.startsWith("<")) {
            if (lower.contains("<svg")) {
                return SVG;
            }
            boolean html =
                    lower.startsWith("<!doctype html")
                            || lower.contains("<html")
                            || lower.contains("<head")
                            || lower.contains("<body")
                            || lower.contains("<title")
                            || lower.contains("<script");
            return html ? WEB_PAGE : lower.startsWith("<?xml") ? XML : TEXT;
        } else if (lower.startsWith("{") || lower.startsWith("[")) {
            return JSON;
        }
        return TEXT;
    }
}
