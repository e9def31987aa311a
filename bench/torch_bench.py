"""The PyTorch side of the benchmark: the same networks, recipes and measures as `./mnist bench`.

    python torch_bench.py step|epoch|pipeline|inference|latency mlp|cnn [DIR_WITH_IDX_FILES]

Prints one line of JSON. Needs: pip install torch torchvision numpy
"""

import gzip
import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn as nn

what, kind = sys.argv[1], sys.argv[2]
folder = sys.argv[3] if len(sys.argv) > 3 else os.environ.get("MNIST4J_DATA")
torch.manual_seed(1)


def read(name, header):
    for path, opener in [(os.path.join(folder, name), open), (os.path.join(folder, name + ".gz"), gzip.open)]:
        if os.path.exists(path):
            with opener(path, "rb") as f:
                return np.frombuffer(f.read()[header:], np.uint8)
    raise SystemExit(f"no {name} in {folder}")


pixels = read("train-images-idx3-ubyte", 16).reshape(-1, 28, 28)
labels = torch.tensor(read("train-labels-idx1-ubyte", 8).astype(np.int64))
x = torch.tensor((pixels[:, None] / 255.0 - 0.1307) / 0.3081, dtype=torch.float32)


def block(i, o):
    return [nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU()]


if kind == "cnn":
    batch = 128
    model = nn.Sequential(
        *block(1, 32), *block(32, 32), nn.MaxPool2d(2), nn.Dropout(0.25),
        *block(32, 64), *block(64, 64), nn.MaxPool2d(2), nn.Dropout(0.25),
        nn.Flatten(), nn.Linear(3136, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 10))
else:
    batch = 64
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(512, 256), nn.ReLU(), nn.Dropout(0.2), nn.Linear(256, 10))
if os.environ.get("CHANNELS_LAST") and kind == "cnn":
    model = model.to(memory_format=torch.channels_last)
optimizer = torch.optim.Adam(model.parameters(), 1e-3)
loss_function = nn.CrossEntropyLoss()


def step(a, b):
    loss = loss_function(model(a), b)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def loader():
    """torchvision's transforms on PIL images, as the tutorial has them, in the calling process."""
    from PIL import Image

    try:
        from torchvision import transforms
    except RuntimeError:
        # a torchvision built for CUDA beside a torch built for the CPU lacks its compiled operators; transforms of PIL
        # images use none of them, so a declaration is enough to get past the import
        library = torch.library.Library("torchvision", "DEF")
        for operator in ("nms", "qnms"):
            library.define(operator + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        for name in [m for m in sys.modules if m.startswith("torchvision")]:
            del sys.modules[name]
        from torchvision import transforms

    steps = [transforms.RandomRotation(10)] if kind == "cnn" else []
    transform = transforms.Compose(
        steps + [transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])

    class Digits(torch.utils.data.Dataset):
        def __len__(self):
            return len(pixels)

        def __getitem__(self, i):
            return transform(Image.fromarray(pixels[i])), int(labels[i])

    return torch.utils.data.DataLoader(Digits(), batch_size=batch, shuffle=True)


def milliseconds(seconds):
    return round(1000 * float(np.median(seconds)), 3)


result = {"side": "torch", "what": what, "model": kind, "threads": torch.get_num_threads()}
if what == "step":
    times = []
    for i in range(30 if kind == "cnn" else 400):
        k = torch.randint(0, len(x), (batch,))
        a, b = x[k], labels[k]
        start = time.perf_counter()
        step(a, b)
        times.append(time.perf_counter() - start)
    result["ms"] = milliseconds(times[len(times) // 5:])
elif what == "epoch":
    # per batch with the whole pipeline, over a part of an epoch
    count = 40 if kind == "cnn" else 300
    for i, (a, b) in enumerate(loader()):
        if i == count // 5:
            start = time.perf_counter()
        step(a, b)
        if i == count:
            break
    result["ms"] = round(1000 * (time.perf_counter() - start) / (count - count // 5 + 1), 3)
elif what == "pipeline":
    torch.set_num_threads(1)
    n = 0
    for i, (a, b) in enumerate(loader()):
        if i == 20:
            start = time.perf_counter()
        if i >= 20:
            n += len(a)
        if i == 150:
            break
    result["images_per_second"] = round(n / (time.perf_counter() - start))
else:
    model.eval()
    size = 1000 if what == "inference" else 1
    rounds = {"inference": 5 if kind == "cnn" else 100, "latency": 300}[what]
    times = []
    with torch.inference_mode():
        for i in range(rounds + rounds // 5):
            at = (i * size) % (len(x) - size)
            start = time.perf_counter()
            model(x[at:at + size]).softmax(1)
            times.append(time.perf_counter() - start)
    times = times[rounds // 5:]
    if what == "inference":
        result["images_per_second"] = round(size / float(np.median(times)))
    else:
        result["ms"] = milliseconds(times)
        result["p99_ms"] = round(1000 * float(np.percentile(times, 99)), 3)
print(json.dumps(result))
