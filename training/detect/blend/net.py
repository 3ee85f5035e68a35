"""The net of the blend and twin detectors: MobileNetV2 to stride 16 (its batch norms are folded in on export), a seam map
at stride 8, and two logits pooled over the face, once evenly and once weighted by the seam map."""
import json
import struct
import subprocess

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

SIDE = 160
LEAST_DETAIL = 11
BLOCKS = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1)]


def detail_of(picture):
    """How much fine detail a picture of the net's size holds; src/detect/blend/looks.ts measures the same."""
    grey = picture.astype(np.float32) @ np.float32([.299, .587, .114])
    twice = 2 * grey[1:-1, 1:-1]
    bend = np.abs(twice - grey[1:-1, :-2] - grey[1:-1, 2:]) + np.abs(twice - grey[:-2, 1:-1] - grey[2:, 1:-1])
    return float(np.percentile(bend, 95)) / 2


class Conv(nn.Module):
    def __init__(self, i, o, k, stride, groups=1, act=True):
        super().__init__()
        self.c = nn.Conv2d(i, o, k, stride, k // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(o, eps=1e-3, momentum=.05)
        self.act = act

    def forward(self, x):
        x = self.norm(self.c(x))
        return F.relu6(x, inplace=True) if self.act else x


class Inverted(nn.Module):
    def __init__(self, i, o, stride, t):
        super().__init__()
        h = i * t
        self.same = stride == 1 and i == o
        self.e = Conv(i, h, 1, 1) if t != 1 else None
        self.d = Conv(h, h, 3, stride, h)
        self.p = Conv(h, o, 1, 1, 1, False)

    def forward(self, x):
        y = self.e(x) if self.e is not None else x
        y = self.p(self.d(y))
        return x + y if self.same else y


class BlendNet(nn.Module):
    """image [n, 3, 160, 160] RGB 0..1 -> seam logits [n, 1, 20, 20], logits [n, 2]: self-blend, own swap."""

    def __init__(self):
        super().__init__()
        self.stem = Conv(3, 32, 3, 2)
        blocks, i = [], 32
        for t, c, n, stride in BLOCKS:
            for k in range(n):
                blocks.append(Inverted(i, c, stride if k == 0 else 1, t))
                i = c
        self.blocks = nn.ModuleList(blocks)
        self.side8 = nn.Conv2d(32, 48, 1)
        self.side16 = nn.Conv2d(96, 48, 1)
        self.mix = nn.Conv2d(48, 48, 3, padding=1)
        self.seam = nn.Conv2d(48, 1, 1)
        self.wide = nn.Conv2d(96, 192, 1)
        self.hidden = nn.Linear(384 + 48 + 2, 64)
        self.out = nn.Linear(64, 2)
        self.drop = nn.Dropout(0.2)
        self.frozen = 0
        nn.init.constant_(self.seam.bias, -2.0)

    def forward(self, x):
        grad = torch.is_grad_enabled()
        with torch.set_grad_enabled(grad and self.frozen == 0):
            x = self.stem(x)
        f8 = None
        for k, block in enumerate(self.blocks):
            with torch.set_grad_enabled(grad and k >= self.frozen):
                x = block(x)
            if k == 5:
                f8 = x
        up = F.interpolate(self.side16(x), scale_factor=2, mode='nearest')
        mixed = F.relu(self.mix(F.relu(self.side8(f8) + up)))
        seam = self.seam(mixed)
        share = torch.sigmoid(seam)
        wide = F.relu(self.wide(x))
        look = F.avg_pool2d(share, 2) + 1e-3
        weighted = (wide * look).sum((2, 3)) / look.sum((2, 3))
        near = (mixed * share).sum((2, 3)) / (share.sum((2, 3)) + 0.1)
        most = torch.cat([share.amax((2, 3)), share.mean((2, 3))], 1)
        h = torch.cat([wide.mean((2, 3)), weighted, near, most], 1)
        return seam, self.out(self.drop(F.relu(self.hidden(self.drop(h)))))


def warm_start(net, packed):
    """Fills the trunk from the nsfwjs MobileNetV2 (see export-warm-start.mjs for the packed file)."""
    with open(packed, 'rb') as f:
        (n,) = struct.unpack('<I', f.read(4))
        head = json.loads(f.read(n))
        data = np.frombuffer(f.read(), np.float32)
    w = {h['name']: data[h['at']:h['at'] + int(np.prod(h['shape']))].reshape(h['shape']) for h in head}

    def put(conv, kernel, bn, depthwise=False):
        k = w[kernel].transpose(2, 3, 0, 1) if depthwise else w[kernel].transpose(3, 2, 0, 1)
        conv.c.weight.data = torch.tensor(np.ascontiguousarray(k))
        for target, source in ((conv.norm.weight, 'gamma'), (conv.norm.bias, 'beta'), (conv.norm.running_mean, 'moving_mean')):
            target.data = torch.tensor(w[f'{bn}/{source}'])
        conv.norm.running_var.data = torch.tensor(np.maximum(w[bn + '/moving_variance'], 1e-6))

    put(net.stem, 'Conv1/kernel', 'bn_Conv1')
    for k, b in enumerate(net.blocks):
        p = 'expanded_conv' if k == 0 else f'block_{k}'
        if b.e is not None:
            put(b.e, f'{p}_expand/kernel', f'{p}_expand_BN')
        put(b.d, f'{p}_depthwise/depthwise_kernel', f'{p}_depthwise_BN', True)
        put(b.p, f'{p}_project/kernel', f'{p}_project_BN')
    return net
