"""The nets of the residual detector, and the warm start out of `models/explicit.onnx` (MobileNetV2, MIT).

Input: RGB 0..1, N x 3 x S x S. `Residual` gives one logit a window (> 0: synthetic)."""
import numpy as np
import onnx
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import numpy_helper

# expansion, channels, blocks, stride of the first block: MobileNetV2, Sandler et al. 2018, table 2
STAGES = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


class ConvNorm(nn.Module):
    """Convolution, batch norm and, unless told not to, ReLU6. Stride 2 pads right and below only, as Keras does."""

    def __init__(self, inputs, outputs, kernel, stride=1, groups=1, active=True):
        super().__init__()
        even = (kernel - 1) // 2 if stride == 1 else 0
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, even, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.05)
        self.uneven, self.active = stride == 2, active

    def forward(self, x):
        x = self.norm(self.conv(F.pad(x, (0, 1, 0, 1)) if self.uneven else x))
        return torch.clamp(x, 0, 6) if self.active else x


class Block(nn.Module):
    """Inverted residual."""

    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        self.skip = stride == 1 and inputs == outputs
        self.expand = ConvNorm(inputs, hidden, 1) if expansion > 1 else None
        self.depth = ConvNorm(hidden, hidden, 3, stride, hidden)
        self.project = ConvNorm(hidden, outputs, 1, active=False)

    def forward(self, x):
        y = self.project(self.depth(self.expand(x) if self.expand else x))
        return x + y if self.skip else y


def fine(x):
    """What is finer than some five pixels, at even contrast: light, colour and sharpness of a set are taken away."""
    smooth = F.avg_pool2d(F.avg_pool2d(x, 5, 1, 2, count_include_pad=False), 5, 1, 2, count_include_pad=False)
    detail = x - smooth
    strength = F.avg_pool2d((detail * detail).mean(1, keepdim=True), 17, 1, 8, count_include_pad=False).sqrt()
    return detail / (strength + 0.02) * 0.2 + 0.5


class Residual(nn.Module):
    """MobileNetV2 on what is fine in the window, or on all of it; mean over the window, one logit."""

    def __init__(self, drop=0.2, high=False):
        super().__init__()
        self.high = high
        self.stem = ConvNorm(3, 32, 3, 2)
        blocks, width = [], 32
        for expansion, channels, count, stride in STAGES:
            for k in range(count):
                blocks.append(Block(width, channels, stride if k == 0 else 1, expansion))
                width = channels
        self.blocks = nn.ModuleList(blocks)
        self.last = ConvNorm(width, 1280, 1)
        self.drop = nn.Dropout(drop)
        self.head = nn.Linear(1280, 1)

    def maps(self, x):
        """The last map, N x 1280 x S/32 x S/32."""
        x = self.stem(fine(x) if self.high else x)
        for block in self.blocks:
            x = block(x)
        return self.last(x)

    def forward(self, x):
        return self.head(self.drop(self.maps(x).mean((2, 3))))[:, 0]


def restored(kept):
    """The net of a checkpoint, with its averaged weights."""
    net = Residual(high=kept["options"].get("high", False))
    net.load_state_dict(kept["mean"])
    return net


def warm_start(net, path):
    """Copies the weights of the shipped picture classifier into `net`; its own classes are left behind."""
    graph = onnx.load(path).graph
    made = {o: n for n in graph.node for o in n.output}
    stored = {t.name: numpy_helper.to_array(t) for t in graph.initializer}

    def value(name):
        if name in stored:
            return stored[name]
        node = made[name]
        args = [value(i) for i in node.input]
        if node.op_type == "Constant":
            return numpy_helper.to_array(node.attribute[0].t)
        if node.op_type == "Cast":
            return args[0].astype(np.float32)
        if node.op_type == "Mul":
            return args[0] * args[1]
        if node.op_type == "Add":
            return args[0] + args[1]
        raise ValueError(node.op_type)

    convs = [value(n.input[1]) for n in graph.node if n.op_type == "Conv"]
    norms = [[value(i).ravel() for i in n.input[1:5]] for n in graph.node if n.op_type == "BatchNormalization"]
    assert len(convs) == len(norms) == 52, (len(convs), len(norms))
    layers = [net.stem] + [m for b in net.blocks for m in (b.expand, b.depth, b.project) if m] + [net.last]
    for layer, weight, (gamma, beta, mean, var) in zip(layers, convs, norms):
        weight = torch.tensor(np.ascontiguousarray(weight))
        assert layer.conv.weight.shape == weight.shape, (layer.conv.weight.shape, weight.shape)
        layer.conv.weight.data = weight
        for target, source in ((layer.norm.weight, gamma), (layer.norm.bias, beta), (layer.norm.running_mean, mean)):
            target.data = torch.tensor(source)
        layer.norm.running_var.data = torch.tensor(np.maximum(var, 1e-6))
    return net
