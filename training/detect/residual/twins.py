"""Pixel-aligned twins: a small convolutional autoencoder with five decoders, one a way of enlarging, trained on the real
pictures of a fold only, with an adversary so that the twins are as sharp as the originals.

    python3 training/detect/residual/twins.py <fold> <minutes>

Writes .cache/training/detect/residual/twins-<fold>.pt and goes on from it."""
import os
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from pictures import FOLDS, RESIZES, load, resize

UPSAMPLERS = ["transposed", "nearest", "shuffle", "bilinear", "transposed4"]


def conv(inputs, outputs, stride=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1), nn.LeakyReLU(0.1))


class Up(nn.Module):
    def __init__(self, how, inputs, outputs):
        super().__init__()
        self.how = how
        if how == "transposed":
            self.up = nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, 1)
        elif how == "transposed4":
            self.up = nn.ConvTranspose2d(inputs, outputs, 4, 2, 1)
        elif how == "shuffle":
            self.up = nn.Conv2d(inputs, outputs * 4, 3, 1, 1)
        else:
            self.up = nn.Conv2d(inputs, outputs, 3, 1, 1)

    def forward(self, x):
        if self.how == "shuffle":
            return F.leaky_relu(F.pixel_shuffle(self.up(x), 2), 0.1)
        if self.how == "nearest":
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        elif self.how == "bilinear":
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        return F.leaky_relu(self.up(x), 0.1)


class Twins(nn.Module):
    """Half-size latent: the averaged picture and 5 channels; RGB -1..1 in and out, even sides."""

    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(conv(3, 24), conv(24, 40, 2), conv(40, 40), nn.Conv2d(40, 5, 1))
        self.decoders = nn.ModuleList(
            nn.Sequential(conv(8, 40), conv(40, 40), Up(h, 40, 24), nn.Conv2d(24, 3, 3, 1, 1))
            for h in UPSAMPLERS
        )
        for decoder in self.decoders:
            nn.init.zeros_(decoder[-1].weight)

    def forward(self, x, which, noise=0.0):
        z, small = self.encode(x), F.avg_pool2d(x, 2)
        if noise:
            z = z + noise * torch.randn_like(z) * z.std()
        rough = F.interpolate(small, scale_factor=2, mode="bilinear", align_corners=False)
        return rough + self.decoders[which](torch.cat([z, small], 1))


def twin_of(net, pixels, which, noise=0.0):
    """A reconstruction of an H x W x 3 picture of any size."""
    h, w = pixels.shape[:2]
    x = torch.tensor(pixels).permute(2, 0, 1)[None].float() / 127.5 - 1
    x = F.pad(x, (0, -w % 2, 0, -h % 2), mode="replicate")
    with torch.no_grad():
        y = net(x, which, noise)[0, :, :h, :w]
    return ((y.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()


def main(fold, minutes):
    torch.set_num_threads(1)
    torch.manual_seed(5)
    rng = np.random.RandomState(5)
    out = f".cache/training/detect/residual/twins-{fold}.pt"
    real = [p for p in load(FOLDS[fold]["train"], faces=False) if not p.fake]
    by_source = {}
    for p in real:
        by_source.setdefault(p.source, []).append(p.pixels)
    sources = sorted(by_source)
    net, judge = Twins(), nn.Sequential(conv(3, 32, 2), conv(32, 48, 2), conv(48, 64), nn.Conv2d(64, 1, 3, 1, 1))
    on_net, on_judge = torch.optim.Adam(net.parameters(), 1e-3, (0.5, 0.99)), torch.optim.Adam(judge.parameters(), 2e-4, (0.5, 0.99))
    step = 0
    if os.path.exists(out):
        kept = torch.load(out)
        net.load_state_dict(kept["net"])
        judge.load_state_dict(kept["judge"])
        step = kept["step"]
    start = time.time()
    while time.time() - start < minutes * 60:
        batch = []
        while len(batch) < 16:
            pool = by_source[sources[rng.randint(len(sources))]]
            p = pool[rng.randint(len(pool))]
            scale = rng.uniform(max(64 / min(p.shape[:2]), 0.4), 1) if min(p.shape[:2]) > 64 else 1
            p = resize(p, round(p.shape[1] * scale), round(p.shape[0] * scale), RESIZES[rng.randint(len(RESIZES))])
            if min(p.shape[:2]) < 64:
                continue
            y, x = rng.randint(p.shape[0] - 63), rng.randint(p.shape[1] - 63)
            batch.append(p[y : y + 64, x : x + 64])
        x = torch.tensor(np.stack(batch)).permute(0, 3, 1, 2).float() / 127.5 - 1
        which = step % len(UPSAMPLERS)
        y = net(x, which, 0.02)
        near = F.l1_loss(y, x) + 0.5 * F.l1_loss(y[..., 1:] - y[..., :-1], x[..., 1:] - x[..., :-1]) + 0.5 * F.l1_loss(y[..., 1:, :] - y[..., :-1, :], x[..., 1:, :] - x[..., :-1, :])
        loss = near
        if step > 400:
            loss = near - 0.03 * judge(y).mean()
        on_net.zero_grad()
        loss.backward()
        for g in on_net.param_groups:
            g["lr"] = 1e-3 if step < 800 else 4e-4
        on_net.step()
        if step > 300:
            a, b = judge(x), judge(y.detach())
            d = F.relu(1 - a).mean() + F.relu(1 + b).mean()
            on_judge.zero_grad()
            d.backward()
            on_judge.step()
        step += 1
        if step % 100 == 0:
            sharp = ((y[..., 1:] - y[..., :-1]).abs().mean() / (x[..., 1:] - x[..., :-1]).abs().mean()).item()
            psnr = (10 * torch.log10(4 / ((y - x) ** 2).mean())).item()
            print(step, UPSAMPLERS[which], f"psnr {psnr:.1f} sharpness {sharp:.2f} {time.time() - start:.0f}s", flush=True)
            torch.save({"net": net.state_dict(), "judge": judge.state_dict(), "step": step}, out)
    torch.save({"net": net.state_dict(), "judge": judge.state_dict(), "step": step}, out)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
