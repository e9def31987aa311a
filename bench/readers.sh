#!/usr/bin/env bash
# Start, memory and speed of mnist-lite, of mnist-models and of ONNX Runtime with the same network, in turn, on one thread each.
# Needs a built project (mvn -B package -DskipTests, which fetches ONNX Runtime), and MNIST in MNIST4J_DATA.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lite=$(ls mnist-lite/target/mnist-lite-*-SNAPSHOT.jar | tail -1)
# as a program has them that brings no logging backend
models=$(ls mnist-cli/target/lib/*.jar | grep -vE 'log4j|picocli|progressbar|jline|jetty|prometheus' | paste -sd:)
onnx=$(find "${MAVEN_REPO:-$HOME/.m2/repository}" -name 'onnxruntime-1*.jar' | sort -V | tail -1)
javac -d "$work" -cp "$models:$onnx" bench/readers/Readers.java
unzip -q -o mnist-models/target/mnist-models-*-SNAPSHOT.jar 'io/github/mnist4j/models/pretrained.zip' -d "$work"
./mnist export "$work/io/github/mnist4j/models/pretrained.zip" --to onnx --out "$work/model.onnx" > /dev/null
export OMP_NUM_THREADS=1
grep -m1 "model name" /proc/cpuinfo
java -version 2>&1 | head -1
for mode in first warm; do
  data=""
  [ $mode = warm ] && data=$MNIST4J_DATA
  for turn in $(seq "${TURNS:-5}"); do
    # shellcheck disable=SC2086
    java -XX:+UseSerialGC -Xshare:auto -cp "$work:$lite" Readers $mode lite $data
    # shellcheck disable=SC2086
    java -XX:+UseSerialGC -cp "$work:$models" Readers $mode models $data
    # shellcheck disable=SC2086
    java -XX:+UseSerialGC -cp "$work:$lite:$onnx" Readers $mode onnx $data "$work/model.onnx"
  done
done
