"""Makes a checkpoint that training can start from out of a net that ships, whose batch norms are folded in.

    python3 training/detect/residual/unfold.py models/residual-2.onnx shipped-stylegan1 --fold stylegan1

Means and spreads are measured on windows of the fold's training sources; scale and shift of every norm are then set so that
the net gives what it gave."""
import argparse
import json

import numpy as np
import onnx
import torch
import torch.nn as nn
from onnx import numpy_helper

from nets import Residual
from pictures import FOLDS, load
from train import CACHE, Sampler
from windows import SIZE


class Measured(nn.Module):
    """Stands in for a norm: adds the folded shift, and keeps mean and square of what comes in."""

    def __init__(self, shift):
        super().__init__()
        self.shift, self.mean, self.square, self.count = shift, 0, 0, 0

    def forward(self, x):
        self.mean, self.square = self.mean + x.mean((0, 2, 3)), self.square + x.square().mean((0, 2, 3))
        self.count += 1
        return x + self.shift[:, None, None]


def main():
    a = argparse.ArgumentParser()
    a.add_argument("model")
    a.add_argument("name")
    a.add_argument("--fold", required=True)
    a.add_argument("--batches", type=int, default=12)
    o = a.parse_args()
    torch.set_num_threads(1)
    graph = onnx.load(o.model).graph
    stored = {t.name: torch.tensor(numpy_helper.to_array(t)) for t in graph.initializer}
    convs = [n for n in graph.node if n.op_type == "Conv"]
    net = Residual().eval()
    layers = [net.stem] + [m for b in net.blocks for m in (b.expand, b.depth, b.project) if m] + [net.last]
    norms = [layer.norm for layer in layers]
    for layer, node in zip(layers, convs):
        layer.conv.weight.data = stored[node.input[1]].clone()
        layer.norm = Measured(stored[node.input[2]])
    net.head.weight.data = stored[convs[-1].input[1]].reshape(1, -1).clone()
    # export.py took the offset of the fold off.
    offset = json.load(open("training/detect/residual/offsets.json"))[f"synthesis-residual-{o.fold}"]
    net.head.bias.data = stored["net.head.bias"] + offset
    options = argparse.Namespace(fold=o.fold, size=SIZE, high=False, twins=0, dress=0, mild=0.5, whole=0.65)
    sampler = Sampler([p for p in load(FOLDS[o.fold]["train"]) if not p.held], options, np.random.RandomState(7))
    x, _ = sampler.batch(24)
    with torch.no_grad():
        before = net(x)
        for _ in range(o.batches):
            net(sampler.batch(24)[0])
        for layer, norm in zip(layers, norms):
            seen, layer.norm = layer.norm, norm
            mean = seen.mean / seen.count
            var = (seen.square / seen.count - mean.square()).clamp(min=1e-6)
            norm.running_mean, norm.running_var = mean, var
            norm.weight.data, norm.bias.data = (var + norm.eps).sqrt(), mean + seen.shift
        after = net(x)
    print(f"logits differ by {(before - after).abs().max():.1e} of a spread of {before.std():.2f}")
    state = net.state_dict()
    torch.save({"net": state, "mean": state, "step": 0, "options": vars(options)}, f"{CACHE}/{o.name}.pt")


if __name__ == "__main__":
    main()
