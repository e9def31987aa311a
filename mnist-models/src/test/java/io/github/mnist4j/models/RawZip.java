package io.github.mnist4j.models;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** Zip files byte by byte, so that they can lie. */
final class RawZip {
    /** Every field of one entry, twice: as its header has it and as the directory has it. */
    static final class Entry {
        final String name;
        final byte[] data;
        String localName;
        int flags;
        int localFlags;
        int method;
        int localMethod;
        long crc;
        long size;
        long packed;
        long localSize;
        byte[] localExtra = {};
        byte[] before = {};
        byte[] after = {};
        boolean listed = true;
        boolean there = true;

        Entry(String name, byte[] data) {
            this.name = name;
            this.data = data;
            localName = name;
            var check = new CRC32();
            check.update(data);
            crc = check.getValue();
            size = data.length;
            packed = data.length;
            localSize = size;
        }
    }

    final List<Entry> entries = new ArrayList<>();
    byte[] comment = {};
    byte[] tail = {};
    int countIsOff;
    int offsetIsOff;

    static RawZip of(Map<String, byte[]> content) {
        var zip = new RawZip();
        content.forEach((name, data) -> zip.entries.add(new Entry(name, data)));
        return zip;
    }

    Entry add(String name, byte[] data) {
        var entry = new Entry(name, data);
        entries.add(entry);
        return entry;
    }

    Entry get(String name) {
        return entries.stream().filter(e -> e.name.equals(name)).findFirst().orElseThrow();
    }

    byte[] bytes() {
        var out = new ByteArrayOutputStream();
        var directory = new ByteArrayOutputStream();
        int listed = 0;
        for (Entry e : entries) {
            out.writeBytes(e.before);
            int at = out.size();
            if (e.there) {
                byte[] name = e.localName.getBytes(StandardCharsets.UTF_8);
                out.writeBytes(
                        little(30)
                                .putInt(0x04034b50)
                                .putShort((short) 20)
                                .putShort((short) (e.flags ^ e.localFlags))
                                .putShort((short) (e.method ^ e.localMethod))
                                .putInt(0x00210000)
                                .putInt((int) e.crc)
                                .putInt((int) e.localSize)
                                .putInt((int) e.localSize)
                                .putShort((short) name.length)
                                .putShort((short) e.localExtra.length)
                                .array());
                out.writeBytes(name);
                out.writeBytes(e.localExtra);
                out.writeBytes(e.data);
            }
            out.writeBytes(e.after);
            if (e.listed) {
                listed++;
                byte[] name = e.name.getBytes(StandardCharsets.UTF_8);
                directory.writeBytes(
                        little(46)
                                .putInt(0x02014b50)
                                .putShort((short) 20)
                                .putShort((short) 20)
                                .putShort((short) e.flags)
                                .putShort((short) e.method)
                                .putInt(0x00210000)
                                .putInt((int) e.crc)
                                .putInt((int) e.packed)
                                .putInt((int) e.size)
                                .putShort((short) name.length)
                                .putShort((short) 0)
                                .putShort((short) 0)
                                .putShort((short) 0)
                                .putShort((short) 0)
                                .putInt(0)
                                .putInt(at)
                                .array());
                directory.writeBytes(name);
            }
        }
        int start = out.size();
        out.writeBytes(directory.toByteArray());
        out.writeBytes(
                little(22)
                        .putInt(0x06054b50)
                        .putInt(0)
                        .putShort((short) (listed + countIsOff))
                        .putShort((short) (listed + countIsOff))
                        .putInt(directory.size())
                        .putInt(start + offsetIsOff)
                        .putShort((short) comment.length)
                        .array());
        out.writeBytes(comment);
        out.writeBytes(tail);
        return out.toByteArray();
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The entries of a zip file that does not lie. */
    static Map<String, byte[]> content(byte[] zip) throws IOException {
        var content = new LinkedHashMap<String, byte[]>();
        try (var in = new ZipInputStream(new ByteArrayInputStream(zip))) {
            for (ZipEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
                content.put(e.getName(), in.readAllBytes());
            }
        }
        return content;
    }

    /** A zip file that does not lie, packed. */
    static byte[] packed(Map<String, byte[]> content) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(out)) {
            zip.setLevel(1);
            for (var entry : content.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
                zip.closeEntry();
            }
        }
        return out.toByteArray();
    }
}
