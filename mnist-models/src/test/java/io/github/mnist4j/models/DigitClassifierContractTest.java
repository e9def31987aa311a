package io.github.mnist4j.models;

import io.github.mnist4j.lite.DigitReader;

class DigitClassifierContractTest extends DigitReaderContract {
    @Override
    DigitReader open() {
        return DigitClassifier.pretrained();
    }
}
