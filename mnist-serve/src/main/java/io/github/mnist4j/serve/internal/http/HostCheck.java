package io.github.mnist4j.serve.internal.http;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whether a request was meant for this server. A page of a stranger's can give its own name the
 * address 127.0.0.1 and then ask us as its own origin (DNS rebinding); but the name then stands in
 * the Host header. An address cannot be turned so.
 */
final class HostCheck {
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern LOOPBACK = Pattern.compile("127(\\.\\d{1,3}){3}|\\[?::1\\]?");

    private final String own;
    private final boolean loopback;

    /**
     * @param own the name or address that is listened at
     * @param loopback whether only this machine can reach it
     */
    HostCheck(String own, boolean loopback) {
        this.own = own.toLowerCase(Locale.ROOT);
        this.loopback = loopback;
    }

    /**
     * @param host the name in the request, without a port
     */
    boolean accepts(@Nullable String host) {
        if (host == null || host.isEmpty()) {
            return false;
        }
        String name = host.toLowerCase(Locale.ROOT);
        if (name.equals("localhost") || name.equals(own) || LOOPBACK.matcher(name).matches()) {
            return true;
        }
        boolean address = IPV4.matcher(name).matches() || name.indexOf(':') >= 0;
        return address && !loopback;
    }
}
