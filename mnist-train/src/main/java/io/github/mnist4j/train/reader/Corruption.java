package io.github.mnist4j.train.reader;

import java.util.ArrayList;
import java.util.SplittableRandom;

/**
 * What happens to images of 28x28 pixels on their way: pencils, faint ink, noise, crossing lines.
 */
final class Corruption {
    private Corruption() {}

    /** Black and white; thinned to lines of one pixel (Zhang and Suen 1984), if so wished. */
    static void harden(float[] picture, boolean thin) {
        boolean[] ink = new boolean[picture.length];
        for (int i = 0; i < ink.length; i++) {
            boolean border = i % FineImage.SIDE == 0 || i % FineImage.SIDE == FineImage.SIDE - 1;
            ink[i] =
                    picture[i] > 0.45
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
            picture[i] = ink[i] ? 1 : 0;
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
        int neighbours = 0;
        int begins = 0;
        for (int k = 0; k < 8; k++) {
            neighbours += around[k] ? 1 : 0;
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
        return neighbours >= 2 && neighbours <= 6 && begins == 1 && side;
    }

    static float[] shifted(float[] picture, SplittableRandom random) {
        int dx = random.nextInt(5) - 2;
        int dy = random.nextInt(5) - 2;
        float[] to = new float[picture.length];
        for (int y = Math.max(0, -dy); y < Math.min(FineImage.SIDE, FineImage.SIDE - dy); y++) {
            for (int x = Math.max(0, -dx); x < Math.min(FineImage.SIDE, FineImage.SIDE - dx); x++) {
                to[(y + dy) * FineImage.SIDE + x + dx] = picture[y * FineImage.SIDE + x];
            }
        }
        return to;
    }

    /** Faint, noisy, blurred, on grey, crossed by a line: each now and then. */
    static void spoil(float[] picture, SplittableRandom random) {
        if (random.nextDouble() < 0.5) {
            return;
        }
        if (random.nextDouble() < 0.15) {
            FineImage.blur(picture, FineImage.SIDE, 1 + random.nextInt(2));
        }
        if (random.nextDouble() < 0.08) {
            FineImage.cross(picture, FineImage.SIDE, random, 1 + 0.6 * random.nextDouble());
        }
        if (random.nextDouble() < 0.35) {
            float ink = 0.3f + 0.7f * (float) random.nextDouble();
            float grey = random.nextInt(4) == 0 ? 0.4f * (float) random.nextDouble() : 0;
            float slope = grey * (float) FineImage.uniform(random) / FineImage.SIDE;
            for (int i = 0; i < picture.length; i++) {
                float paper = grey + slope * (i % FineImage.SIDE - FineImage.SIDE / 2);
                picture[i] = paper + (ink - Math.min(ink, paper)) * picture[i];
            }
        }
        if (random.nextDouble() < 0.4) {
            double deviation = 0.4 * random.nextDouble() * random.nextDouble() + 0.02;
            deviation = random.nextInt(3) == 0 ? 0.4 * random.nextDouble() : deviation;
            for (int i = 0; i < picture.length; i++) {
                picture[i] += (float) (deviation * random.nextGaussian());
            }
        }
        if (random.nextDouble() < 0.06) {
            double share = 0.25 * random.nextDouble();
            for (int i = 0; i < picture.length; i++) {
                if (random.nextDouble() < share) {
                    picture[i] = random.nextInt(2);
                }
            }
        }
        for (int i = 0; i < picture.length; i++) {
            picture[i] = Math.max(0, Math.min(1, picture[i]));
        }
    }
}
