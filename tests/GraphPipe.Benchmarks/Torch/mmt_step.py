"""The multi-modal transformer of models/GraphPipe.Models in PyTorch, trained on one batch: the peer of the step benchmark.

Prints the median milliseconds of a training step as one JSON line. Arguments: branches layers hidden heads sequence features ffn classes
batch threads steps. PyTorch must run on OpenBLAS (Debian: libopenblas0-pthread): on the reference BLAS it is 20 times slower, and the ratio empty.
"""
import json
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    def __init__(self, hidden, heads):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(hidden, hidden) for _ in range(4))

    def forward(self, x):
        n, s, e = x.shape
        q, k, v = (f(x).view(n, s, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        p = torch.softmax(q @ k.transpose(-2, -1) / (e // self.heads) ** 0.5, -1)
        return self.o((p @ v).transpose(1, 2).reshape(n, s, e))


class Layer(nn.Module):
    def __init__(self, hidden, heads, ffn):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(hidden), nn.LayerNorm(hidden)
        self.attn = Attention(hidden, heads)
        self.fc1, self.fc2 = nn.Linear(hidden, ffn), nn.Linear(ffn, hidden)

    def forward(self, x):
        x = x + self.attn(self.ln1(x))
        return x + self.fc2(F.gelu(self.fc1(self.ln2(x))))


class Tower(nn.Module):
    def __init__(self, layers, hidden, heads, features, ffn):
        super().__init__()
        self.embed = nn.Linear(features, hidden)
        self.layers = nn.ModuleList(Layer(hidden, heads, ffn) for _ in range(layers))
        self.norm = nn.LayerNorm(hidden)

    def forward(self, x):
        x = self.embed(x)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x).mean(1)


class Mmt(nn.Module):
    def __init__(self, branches, layers, hidden, heads, features, ffn, classes):
        super().__init__()
        self.towers = nn.ModuleList(Tower(layers, hidden, heads, features, ffn) for _ in range(branches))
        self.fc1, self.fc2 = nn.Linear(branches * hidden, hidden), nn.Linear(hidden, classes)

    def forward(self, *xs):
        return self.fc2(torch.relu(self.fc1(torch.cat([t(x) for t, x in zip(self.towers, xs)], 1))))


def main():
    branches, layers, hidden, heads, sequence, features, ffn, classes, batch, threads, steps = map(int, sys.argv[1:])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = Mmt(branches, layers, hidden, heads, features, ffn, classes)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    xs = [torch.randn(batch, sequence, features) for _ in range(branches)]
    target = torch.randint(0, classes, (batch,))
    times = []
    for _ in range(steps + 2):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(*xs), target)
        loss.backward()
        optimizer.step()
        times.append((time.perf_counter() - start) * 1e3)
    parameters = sum(p.numel() for p in model.parameters())
    print(json.dumps({"step_ms": statistics.median(times[2:]), "min_ms": min(times[2:]), "parameters": parameters, "torch": torch.__version__}))


main()
