package io.github.mnist4j.cli.options;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * How many training images a search holds out.
 *
 * @param value a number of images, {@value #LEAST} or more, or their share, above 0 and below 1
 */
public record HeldOut(double value) {
    /** At least one of each digit. */
    public static final int LEAST = 10;

    /** By default at most one in this many training images is held out. */
    private static final int SHARE = 6;

    /** As many as were asked for. */
    int size(int images) {
        return value < 1 ? (int) Math.max(LEAST, Math.round(value * images)) : (int) value;
    }

    /**
     * As many as usual, or as a small set can spare.
     *
     * @param usual images
     */
    static int size(int usual, int images) {
        return Math.min(usual, Math.max(LEAST, images / SHARE));
    }

    static final class Converter implements ITypeConverter<HeldOut> {
        @Override
        public HeldOut convert(String text) {
            if (text.matches("[0-9]{1,9}") && Integer.parseInt(text) >= LEAST) {
                return new HeldOut(Integer.parseInt(text));
            }
            if (text.matches("0?\\.[0-9]{1,9}") && Double.parseDouble(text) > 0) {
                return new HeldOut(Double.parseDouble(text));
            }
            throw new TypeConversionException(
                    "'"
                            + text
                            + "' is neither a number of images, 10 or more, nor a share between 0 and 1");
        }
    }
}
