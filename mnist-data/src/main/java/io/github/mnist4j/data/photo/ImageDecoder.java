package io.github.mnist4j.data.photo;

import io.github.mnist4j.data.io.FileKind;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.spi.ImageReaderSpi;
import org.jspecify.annotations.Nullable;

/** Finds the decoder for a file and runs it under a {@link DecoderWatch}. */
final class ImageDecoder {
    /** ImageIO's names of the formats. */
    private static final Map<FileKind, String> FORMATS =
            Map.of(
                    FileKind.PNG, "png",
                    FileKind.JPEG, "jpeg",
                    FileKind.GIF, "gif",
                    FileKind.BMP, "bmp",
                    FileKind.TIFF, "tiff",
                    FileKind.WEBP, "webp");

    /** What TwelveMonkeys decodes: JPEG for the sake of CMYK. */
    private static final Set<FileKind> TWELVE_MONKEYS =
            Set.of(FileKind.JPEG, FileKind.TIFF, FileKind.WEBP);

    private static final ClassLoader LOADER = ImageDecoder.class.getClassLoader();

    private ImageDecoder() {}

    static boolean decodes(FileKind kind) {
        return FORMATS.containsKey(kind);
    }

    /**
     * Decodes a file's first image.
     *
     * @param header of the content
     * @param step the image consists of every {@code step}th pixel in each direction
     * @throws IOException or any exception or error that a decoder comes upon
     */
    static BufferedImage decode(byte[] content, ImageHeader header, int step) throws IOException {
        byte[] safe =
                switch (header.kind()) {
                    case PNG -> PngFile.withoutAncillaryChunks(content);
                    case WEBP -> WebpFile.withZerosBehind(content);
                    default -> content;
                };
        var watch = new DecoderWatch(header);
        try (var in = new MemoryImageInput(safe, watch)) {
            ImageReader reader = reader(header.kind());
            try {
                reader.addIIOReadProgressListener(watch);
                reader.setInput(in, false, true);
                if (reader.getWidth(0) != header.width()
                        || reader.getHeight(0) != header.height()) {
                    // then it does not read what was checked
                    throw ImageHeader.Refused.damaged("its parts differ in size");
                }
                ImageReadParam param = reader.getDefaultReadParam();
                if (step > 1) {
                    // whole steps only, so that no box on the image leads beyond the file's
                    param.setSourceRegion(
                            new Rectangle(
                                    whole(header.width(), step), whole(header.height(), step)));
                }
                param.setSourceSubsampling(step, step, 0, 0);
                return reader.read(0, param);
            } finally {
                reader.dispose();
            }
        }
    }

    private static int whole(int side, int step) {
        return side < step ? side : side - side % step;
    }

    /** The JDK's own decoder or, for what it does not read well, TwelveMonkeys'. */
    private static ImageReader reader(FileKind kind) throws IOException {
        String format = FORMATS.get(kind);
        @Nullable ImageReader other = null;
        for (var i = ImageIO.getImageReadersByFormatName(format); i.hasNext(); ) {
            ImageReader reader = i.next();
            if (isTwelveMonkeys(reader.getClass()) == TWELVE_MONKEYS.contains(kind)) {
                return reader;
            }
            other = reader;
        }
        // ImageIO looks once, by the loader of the thread that happens to ask first; where a
        // server or a plug-in has loaders of its own, that need not see our dependencies
        for (var spi : ServiceLoader.load(ImageReaderSpi.class, LOADER)) {
            if (isTwelveMonkeys(spi.getClass()) && List.of(spi.getFormatNames()).contains(format)) {
                return spi.createReaderInstance();
            }
        }
        if (other == null) {
            throw new ServiceConfigurationError("nothing on the class path decodes " + kind);
        }
        return other;
    }

    private static boolean isTwelveMonkeys(Class<?> decoder) {
        return decoder.getName().startsWith("com.twelvemonkeys.");
    }
}
