package io.github.mnist4j.serve.internal.api;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import java.io.IOException;
import java.util.Arrays;

/**
 * Numbers in lists, nested or not, row by row: a tensor's data. As a tree they would take tens of
 * times their memory.
 */
final class FlatNumbers extends StdDeserializer<float[]> {
    private static final long serialVersionUID = 1L;

    FlatNumbers() {
        super(float[].class);
    }

    @Override
    public float[] deserialize(JsonParser parser, DeserializationContext context)
            throws IOException {
        float[] values = new float[Digits.AREA];
        int count = 0;
        int depth = 0;
        JsonToken token = parser.currentToken();
        do {
            if (token == JsonToken.START_ARRAY) {
                depth++;
            } else if (token == JsonToken.END_ARRAY) {
                depth--;
            } else if (token != null && token.isNumeric() && depth > 0) {
                if (count == values.length) {
                    values = Arrays.copyOf(values, 2 * count);
                }
                values[count++] = parser.getFloatValue();
            } else {
                return (float[]) context.handleUnexpectedToken(float[].class, parser);
            }
            if (depth > 0) {
                token = parser.nextToken();
            }
        } while (depth > 0);
        return Arrays.copyOf(values, count);
    }
}
