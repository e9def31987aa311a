package io.github.mnist4j.train.reader;

import java.util.ArrayList;
import java.util.SplittableRandom;

/**
 * What happens to images of 28x28 pixels on their way: pencils, faint ink, noise, crossing lines.
 */
final class Corruption {
    private Corruption() {}

    /** Black and white; thinned to lines of one pixel (Zhang and Suen 1984), if so wished. */
    static void harden(float[] image, boolean thin) {
        boolean[] ink = new boolean[image.length];
        for (int i = 0; i < ink.length; i++) {
            boolean border = i % FineImage.SIDE == 0 || i % FineImage.SIDE == FineImage.SIDE - 1;
            ink[i] =
                    image[i] > 0.45
                            && !(thin
                                    && (border
                                            || i < FineImage.SIDE
                                            || i >= FineImage.SIDE * (FineImage.SIDE - 1)));
        }
        boolean again = thin;
        while (again) {
            again = false;
            for (int pass = 0; pass < 2; pass++) {
                var gone = new ArrayList<Integer>();
                for (int i = FineImage.SIDE + 1; i < ink.length - FineImage.SIDE - 1; i++) {
                    if (ink[i] && isRemovable(ink, i, pass == 0)) {
                        gone.add(i);
                    }
                }
                gone.forEach(i -> ink[i] = false);
                again |= !gone.isEmpty();
            }
        }
        for (int i = 0; i < ink.length; i++) {
            image[i] = ink[i] ? 1 : 0;
        }
    }

    private static boolean isRemovable(boolean[] ink, int i, boolean first) {
        boolean[] around = {
            ink[i - FineImage.SIDE],
            ink[i - FineImage.SIDE + 1],
            ink[i + 1],
            ink[i + FineImage.SIDE + 1],
            ink[i + FineImage.SIDE],
            ink[i + FineImage.SIDE - 1],
            ink[i - 1],
            ink[i - FineImage.SIDE - 1]
        };
        int neighbors = 0;
        int begins = 0;
        for (int k = 0; k < 8; k++) {
            neighbors += around[k] ? 1 : 0;
            begins += !around[k] && around[(k + 1) % 8] ? 1 : 0;
        }
        boolean north = around[0];
        boolean east = around[2];
        boolean south = around[4];
        boolean west = around[6];
        boolean side =
                first
                        ? !(north && east && south) && !(east && south && west)
                        : !(north && east && west) && !(north && south && west);
        return neighbors >= 2 && neighbors <= 6 && begins == 1 && side;
    }

    static float[] shifted(float[] image, SplittableRandom random) {
        int dx = random.nextInt(5) - 2;
        int dy = random.nextInt(5) - 2;
        float[] to = new float[image.length];
        for (int y = Math.max(0, -dy); y < Math.min(FineImage.SIDE, FineImage.SIDE - dy); y++) {
            for (int x = Math.max(0, -dx); x < Math.min(FineImage.SIDE, FineImage.SIDE - dx); x++) {
                to[(y + dy) * FineImage.SIDE + x + dx] = image[y * FineImage.SIDE + x];
            }
        }
        return to;
    }

    /** Faint, noisy, blurred, on gray, crossed by a line: each now and then. */
    static void spoil(float[] image, SplittableRandom random) {
        if (random.nextDouble() < 0.5) {
            return;
        }
        if (random.nextDouble() < 0.15) {
            FineImage.blur(image, FineImage.SIDE, 1 + random.nextInt(2));
        }
        if (random.nextDouble() < 0.08) {
            FineImage.cross(image, FineImage.SIDE, random, 1 + 0.6 * random.nextDouble());
        }
        if (random.nextDouble() < 0.35) {
            float ink = 0.3f + 0.7f * (float) random.nextDouble();
            float gray = random.nextInt(4) == 0 ? 0.4f * (float) random.nextDouble() : 0;
            float slope = gray * (float) FineImage.uniform(random) / FineImage.SIDE;
            for (int i = 0; i < image.length; i++) {
                float paper = gray + slope * (i % FineImage.SIDE - FineImage.SIDE / 2);
                image[i] = paper + (ink - Math.min(ink, paper)) * image[i];
            }
        }
        if (random.nextDouble() < 0.4) {
            double deviation = 0.4 * random.nextDouble() * random.nextDouble() + 0.02;
            deviation = random.nextInt(3) == 0 ? 0.4 * random.nextDouble() : deviation;
            for (int i = 0; i < image.length; i++) {
                image[i] += (float) (deviation * random.nextGaussian());
            }
        }
        if (random.nextDouble() < 0.06) {
            double share = 0.25 * random.nextDouble();
            for (int i = 0; i < image.length; i++) {
                if (random.nextDouble() < share) {
                    image[i] = random.nextInt(2);
                }
            }
        }
        for (int i = 0; i < image.length; i++) {
            image[i] = Math.max(0, Math.min(1, image[i]));
        }
    }
}
