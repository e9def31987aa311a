#!/usr/bin/env python3
"""Packs who wrote each of MNIST's training images into the resource of mnist-data.

    python3 bench/pack_writers.py qmnist-train-labels.tsv.gz \
        mnist-data/src/main/resources/io/github/mnist4j/data/mnist-writers.bin

The table is QMNIST's (Yadav and Bottou 2019; BSD license): a row for each training image in MNIST's order,
tab-separated: digit, series of NIST (0 to 3 employees, 4 students), writer, and more that is not needed here.

The resource, big-endian: number of writers as 16 bits, NIST's number of each writer as 16 bits, then for each image the
index of its writer in that list as 10 bits, the last byte filled up with zeros.
"""
import gzip
import sys

FIRST_STUDENT = 2100


def main(table, resource):
    with gzip.open(table, "rt") as lines:
        rows = [line.split("\t") for line in lines]
    writers = sorted({int(row[2]) for row in rows})
    assert len(writers) < 1024
    for row in rows:
        assert (row[1] == "4") == (int(row[2]) >= FIRST_STUDENT), row
    index = {writer: i for i, writer in enumerate(writers)}
    bits = 0
    for row in rows:
        bits = bits << 10 | index[int(row[2])]
    count = 10 * len(rows)
    bits <<= -count % 8
    with open(resource, "wb") as out:
        out.write(len(writers).to_bytes(2, "big"))
        for writer in writers:
            out.write(writer.to_bytes(2, "big"))
        out.write(bits.to_bytes((count + 7) // 8, "big"))


if __name__ == "__main__":
    main(*sys.argv[1:])
