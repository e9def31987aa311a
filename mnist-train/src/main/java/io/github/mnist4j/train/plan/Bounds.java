package io.github.mnist4j.train.plan;

/**
 * The range of a setting's numbers.
 *
 * @param least the lower end
 * @param aboveLeast whether the lower end is outside the range
 * @param most the upper end; infinite for none
 * @param belowMost whether the upper end is outside the range
 */
record Bounds(double least, boolean aboveLeast, double most, boolean belowMost) {
    boolean contain(double value) {
        return (aboveLeast ? value > least : value >= least)
                && (belowMost ? value < most : value <= most);
    }

    @Override
    public String toString() {
        if (most == Double.POSITIVE_INFINITY) {
            return aboveLeast
                    ? "more than " + PlanSetting.number(least)
                    : PlanSetting.number(least) + " or more";
        }
        return PlanSetting.number(least)
                + (belowMost ? " to below " : " to ")
                + PlanSetting.number(most);
    }
}
