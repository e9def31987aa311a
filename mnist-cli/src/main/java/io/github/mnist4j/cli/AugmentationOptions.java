package io.github.mnist4j.cli;

import io.github.mnist4j.data.Augmentation;
import io.github.mnist4j.train.PlanSetting;
import io.github.mnist4j.train.TrainingPlan;

/** An {@link Augmentation} as a policy's name and single amounts. */
final class AugmentationOptions extends SettingOptions {
    AugmentationOptions() {
        super(setting -> setting.group() == PlanSetting.Group.AUGMENTATION);
    }

    /**
     * @param own what holds where nothing was given
     * @throws IllegalArgumentException for an unknown policy or an amount out of range
     */
    Augmentation apply(Augmentation own) {
        var builder = TrainingPlan.builder("mlp").optAugment(own);
        applyTo(builder);
        return builder.augment();
    }
}
