"""MNIST4J against PyTorch in interleaved runs: ours, theirs, ours, theirs ... and the ratio of each pair.

    python bench/compare.py --data DIR [--rounds 5] [--python PATH] [step:cnn step:mlp ...]

Builds nothing: run `./mnist --help` once before. A ratio below 1 means that MNIST4J is faster. Prints a table in Markdown.
With --plain, each measure is also taken of DL4J's own layers (one round), to show what they were before.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ALL = ["step:cnn", "step:mlp", "epoch:cnn", "epoch:mlp", "pipeline:cnn", "inference:cnn", "inference:mlp",
       "latency:cnn", "latency:mlp"]

parser = argparse.ArgumentParser()
parser.add_argument("--data", default=os.environ.get("MNIST4J_DATA"))
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--python", default=sys.executable)
parser.add_argument("--plain", action="store_true")
parser.add_argument("measures", nargs="*", default=ALL)
options = parser.parse_args()


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def ours(what, model, *more):
    return run([os.path.join(ROOT, "mnist"), "bench", "--what", what, "--model", model, "--data", options.data, *more])


def theirs(what, model):
    return run([options.python, os.path.join(ROOT, "bench", "torch_bench.py"), what, model, options.data])


def span(values, digits):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


print("| measure | model | MNIST4J | PyTorch | ratio of times (min–max of pairs) |" + (" DL4J's own layers |" if options.plain else ""))
print("| --- | --- | --- | --- | --- |" + (" --- |" if options.plain else ""))
for measure in options.measures:
    what, model = measure.split(":")
    pairs = [(ours(what, model), theirs(what, model)) for _ in range(options.rounds)]
    before = ours(what, model, "--no-onednn") if options.plain and what != "pipeline" else None
    for key in ["ms", "p99_ms", "images_per_second"]:
        if key not in pairs[0][0]:
            continue
        a = [p[0][key] for p in pairs]
        b = [p[1][key] for p in pairs]
        faster_is_more = key == "images_per_second"
        ratios = [(y / z) if faster_is_more else (z / y) for z, y in zip(a, b)]
        unit = {"ms": "ms", "p99_ms": "ms, 99th percentile", "images_per_second": "images/s"}[key]
        digits = 0 if faster_is_more else 2
        row = f"| {what}, {unit} | {model} | {span(a, digits)} | {span(b, digits)} | **{span(ratios, 2)}** |"
        if options.plain:
            row += f" {before[key]:.{digits}f} |" if before else " |"
        print(row, flush=True)
