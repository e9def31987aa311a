package io.github.mnist4j.cli.doctor;

/**
 * One thing the doctor looked at.
 *
 * @param subject what
 * @param health how good
 * @param finding what was found
 * @param fix what to do about it; empty if nothing is wrong
 */
public record Finding(String subject, Health health, String finding, String fix) {
    /** How good a finding is. */
    public enum Health {
        OK,
        /** Training works, but not as well as it could. */
        WARNING,
        /** Training does not work. */
        PROBLEM
    }

    static Finding ok(String subject, String finding) {
        return new Finding(subject, Health.OK, finding, "");
    }

    static Finding warning(String subject, String finding, String fix) {
        return new Finding(subject, Health.WARNING, finding, fix);
    }

    static Finding problem(String subject, String finding, String fix) {
        return new Finding(subject, Health.PROBLEM, finding, fix);
    }
}
