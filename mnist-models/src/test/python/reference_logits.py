"""The logits that PyTorch's reference networks give for weights and inputs made by a formula.

    python reference_logits.py > ../resources/reference-logits.json

Java makes the same weights and inputs by the same formula (ReferenceLogitsTest), so that neither has to be stored.
Needs: pip install torch numpy
"""

import json

import numpy as np
import torch
import torch.nn as nn

torch.set_num_threads(1)


def values(count, salt, scale):
    """Even numbers in [-scale, scale): the top of Knuth's multiplicative hash of the index."""
    i = np.arange(count, dtype=np.uint64)
    h = (i * np.uint64(2654435761) + np.uint64(salt) * np.uint64(40503)) % np.uint64(1 << 32)
    return ((2 * (h.astype(np.float64) / 2**32) - 1) * scale).astype(np.float32)


def block(i, o):
    return [nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU()]


MODELS = {
    "mlp": nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(512, 256), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(256, 10),
    ),
    "cnn": nn.Sequential(
        *block(1, 32), *block(32, 32), nn.MaxPool2d(2), nn.Dropout(0.25),
        *block(32, 64), *block(64, 64), nn.MaxPool2d(2), nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(3136, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(512, 10),
    ),
}

result = {}
for name, model in MODELS.items():
    salt = 0
    for layer in model:
        for key in ["weight", "bias", "running_mean", "running_var"]:
            tensor = getattr(layer, key, None)
            if tensor is None:
                continue
            salt += 1
            if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
                # scale and variance around 1, shift and mean around 0
                centre = 1.0 if key in ("weight", "running_var") else 0.0
                new = centre + values(tensor.numel(), salt, 0.3)
            else:
                fan_in = layer.weight[0].numel()
                new = values(tensor.numel(), salt, 2 / fan_in**0.5 if key == "weight" else 0.1)
            with torch.no_grad():
                tensor.copy_(torch.tensor(new).reshape(tensor.shape))
    x = torch.tensor(values(4 * 784, 99, 1.5)).reshape(4, 1, 28, 28)
    model.eval()
    with torch.no_grad():
        logits = model(x).tolist()
    result[name] = {
        "parameters": sum(p.numel() for p in model.parameters()),
        "logits": [[round(v, 6) for v in row] for row in logits],
    }
print(json.dumps(result, indent=1))
