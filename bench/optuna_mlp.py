"""Optuna's TPE with the median pruner over the space of space-optuna.yaml, each trial trained by PyTorch.

    python optuna_mlp.py --data DIR_WITH_IDX_FILES --minutes 10 --epochs 8 --seed 1

The validation images are those of `./mnist tune`, the data lies in memory as one tensor and is cut into batches there (no
DataLoader, which would take as long as the network). Prints one line of JSON. Needs: pip install torch numpy optuna
"""

import argparse
import gzip
import json
import os
import time

import numpy as np
import optuna
import torch
import torch.nn as nn
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--data", default=os.environ.get("MNIST4J_DATA"))
parser.add_argument("--minutes", type=float, default=10)
parser.add_argument("--epochs", type=int, default=8)
parser.add_argument("--seed", type=int, default=1)
options = parser.parse_args()


def read(name, header):
    path = os.path.join(options.data, name)
    opener = open if os.path.exists(path) else gzip.open
    with opener(path if opener is open else path + ".gz", "rb") as f:
        return np.frombuffer(f.read()[header:], np.uint8)


def stratified(labels, size, seed):
    """mnist-data's Split.stratified with java.util.SplittableRandom: the same images are held back."""
    mask64, state = (1 << 64) - 1, seed

    def next_int():
        nonlocal state
        state = (state + 0x9E3779B97F4A7C15) & mask64
        z = ((state ^ (state >> 33)) * 0x62A9D9ED799705F5) & mask64
        z = ((z ^ (z >> 28)) * 0xCB24D0A5C88C35B3) & mask64
        return z >> 32

    def bounded(bound):
        r = next_int()
        if bound & (bound - 1) == 0:
            return r & (bound - 1)
        u = r >> 1
        while u + bound - 1 - u % bound >= 1 << 31:
            u = next_int() >> 1
        return u % bound

    order = [0] * len(labels)
    for i in range(len(labels)):
        j = bounded(i + 1)
        order[i] = order[j]
        order[j] = i
    exact = size * np.bincount(labels, minlength=10) / len(labels)
    share = exact.astype(int)
    for c in np.argsort(-(exact - share), kind="stable")[: size - share.sum()]:
        share[c] += 1
    held = np.zeros(len(labels), bool)
    for i in order:
        if share[labels[i]] > 0:
            share[labels[i]] -= 1
            held[i] = True
    return held


labels = read("train-labels-idx1-ubyte", 8)
pixels = read("train-images-idx3-ubyte", 16).reshape(-1, 784)
held = stratified(labels, 5000, 1)
x = torch.tensor((pixels / 255.0 - 0.1307) / 0.3081, dtype=torch.float32)
y = torch.tensor(labels.astype(np.int64))
train_x, train_y = x[~held], y[~held]
validation_x, validation_y = x[held], y[held]
del x


def objective(trial):
    torch.manual_seed(1)
    layers = trial.suggest_int("layers", 1, 3)
    width = trial.suggest_int("width", 64, 1024, log=True)
    activation = {"relu": nn.ReLU, "tanh": nn.Tanh}[trial.suggest_categorical("activation", ["relu", "tanh"])]
    dropout = trial.suggest_float("dropout", 0, 0.5)
    rate = trial.suggest_float("learning-rate", 1e-4, 1e-2, log=True)
    schedule = trial.suggest_categorical("schedule", ["constant", "cosine", "onecycle"])
    batch = trial.suggest_categorical("batch-size", [32, 64, 128, 256])
    decay = trial.suggest_float("weight-decay", 1e-6, 1e-2, log=True)
    smoothing = trial.suggest_categorical("label-smoothing", [0, 0.05, 0.1])
    parts, size = [], 784
    for _ in range(layers):
        parts += [nn.Linear(size, width), activation(), nn.Dropout(dropout)]
        size = width
    model = nn.Sequential(*parts, nn.Linear(size, 10))
    # as in mnist-models: weights decay, biases do not
    weights = [p for p in model.parameters() if p.dim() > 1]
    biases = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": weights, "weight_decay": decay}, {"params": biases, "weight_decay": 0}], rate)
    steps = options.epochs * ((len(train_x) + batch - 1) // batch)
    scheduler = {
        "constant": lambda: None,
        "cosine": lambda: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps),
        "onecycle": lambda: torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps, cycle_momentum=False),
    }[schedule]()
    best = 0.0
    for epoch in range(options.epochs):
        model.train()
        for rows in torch.randperm(len(train_x)).split(batch):
            loss = F.cross_entropy(model(train_x[rows]), train_y[rows], label_smoothing=smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if scheduler:
                scheduler.step()
        model.eval()
        with torch.no_grad():
            accuracy = (model(validation_x).argmax(1) == validation_y).float().mean().item()
        best = max(best, accuracy)
        trial.report(best, epoch)
        # as in mnist-tune: after the last epoch there is nothing to save
        if epoch + 1 < options.epochs and trial.should_prune():
            raise optuna.TrialPruned()
    return best


optuna.logging.set_verbosity(optuna.logging.WARNING)
study = optuna.create_study(
    direction="maximize", sampler=optuna.samplers.TPESampler(seed=options.seed), pruner=optuna.pruners.MedianPruner())
start = time.time()
study.optimize(objective, timeout=60 * options.minutes)
print(json.dumps({
    "side": "optuna", "seed": options.seed, "validationAccuracy": study.best_value, "trials": len(study.trials),
    "pruned": sum(t.state == optuna.trial.TrialState.PRUNED for t in study.trials),
    "seconds": round(time.time() - start, 1), "values": study.best_params}))
