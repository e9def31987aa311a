package io.github.mnist4j.serve.internal.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A file to which somebody appends lines: gives each line once. */
final class GrowingFile {
    /** Read at a time; no line is longer. */
    private static final int MOST = 1 << 20;

    private long at;
    private @Nullable Object identity;

    /**
     * What is new in the file.
     *
     * @param isAnother whether it has been replaced or cut off, so that it begins anew
     * @param lines whole ones
     */
    record News(boolean isAnother, List<String> lines) {}

    News next(Path file) throws IOException {
        var attributes = Files.readAttributes(file, BasicFileAttributes.class);
        Object key = attributes.fileKey();
        boolean another =
                attributes.size() < at || (identity != null && !Objects.equals(identity, key));
        identity = key;
        if (another) {
            at = 0;
        }
        byte[] bytes = new byte[(int) Math.min(MOST, attributes.size() - at)];
        int length = 0;
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            channel.position(at);
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
            length = buffer.position();
        }
        int end = length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        if (end == 0 && length == MOST) {
            at += length; // no line of ours is so long
        }
        at += end;
        String text = new String(bytes, 0, end, StandardCharsets.UTF_8);
        return new News(another, text.isEmpty() ? List.of() : Arrays.asList(text.split("\n")));
    }
}
