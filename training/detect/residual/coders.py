"""One encoder and three decoders of different structure: photographs coded to one twelfth of their numbers and decoded
again, so that every pixel of the twin was drawn by a net.

    python3 training/detect/residual/coders.py <name> --fold stylegan1 --minutes 40

Trained on the genuine faces of one fold's training sources alone, without the held 15 %. The decoders take turns. Loss:
difference, features of the net that the detector starts from, a discriminator of patches and its features. Writes
.cache/training/detect/residual/<name>.pt every 300 steps and goes on from it. Prints, every 150 steps: difference, that of the
features, that of the discriminator's, what it says of originals and of twins."""
import argparse
import json
import os
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import spectral_norm

from nets import Residual, warm_start
from pictures import FOLDS, load

CACHE = ".cache/training/detect/residual"
# An eighth of the side, so many numbers each: 16 for 192.
STEP, CODE = 8, 16
WIDTHS = [160, 96, 56, 32]
KINDS = ["nearest", "shuffle", "style"]


class Pair(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, width):
        super().__init__()
        self.one, self.two = nn.Conv2d(width, width, 3, 1, 1), nn.Conv2d(width, width, 3, 1, 1)
        self.two.weight.data *= 0.1

    def forward(self, x):
        return x + self.two(F.leaky_relu(self.one(F.leaky_relu(x, 0.2)), 0.2))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(3, 32, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(32, 64, 4, 2, 1), Pair(64),
            nn.Conv2d(64, 128, 4, 2, 1), Pair(128), Pair(128), nn.LeakyReLU(0.2), nn.Conv2d(128, CODE, 1),
        )

    def forward(self, x):
        return torch.tanh(self.net(x * 2 - 1).float() / 2) * 2


class Enlarge(nn.Module):
    """Twice the side: to the nearest pixel and a convolution, or pixels out of channels."""

    def __init__(self, inputs, outputs, kind):
        super().__init__()
        self.shuffle = kind == "shuffle"
        self.conv = nn.Conv2d(inputs, 4 * outputs if self.shuffle else outputs, 3, 1, 1)

    def forward(self, x):
        x = F.leaky_relu(x, 0.2)
        return F.pixel_shuffle(self.conv(x), 2) if self.shuffle else self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))


class Plain(nn.Module):
    def __init__(self, kind):
        super().__init__()
        layers = [nn.Conv2d(CODE, WIDTHS[0], 3, 1, 1), Pair(WIDTHS[0])]
        for a, b in zip(WIDTHS, WIDTHS[1:]):
            layers += [Pair(a), Enlarge(a, b, kind)]
        last = WIDTHS[-1]
        self.net = nn.Sequential(*layers, nn.LeakyReLU(0.2), nn.Conv2d(last, last, 3, 1, 1), nn.LeakyReLU(0.2), nn.Conv2d(last, 3, 3, 1, 1))

    def forward(self, code):
        return self.net(code).float() * 0.5 + 0.5


class Styled(nn.Module):
    """A layer much as StyleGAN2 has it: channels weighed by the style, enlarged to nearest, convolved and smoothed; noise."""

    def __init__(self, inputs, outputs, up):
        super().__init__()
        self.up = up
        self.conv = nn.Conv2d(inputs, outputs, 3, 1, 1)
        self.noise = nn.Parameter(torch.tensor(0.02))
        self.affine = nn.Linear(96, inputs)
        smooth = torch.tensor([1.0, 2, 1])
        self.register_buffer("smooth", (smooth[:, None] * smooth / 16).expand(outputs, 1, 3, 3).clone())

    def forward(self, x, style):
        gain = 1 + self.affine(style).float()
        gain = gain * (gain.square().mean(1, keepdim=True) + 1e-4).rsqrt()
        x = x * gain[:, :, None, None].to(x.dtype)
        if self.up:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        x = self.conv(x)
        if self.up:
            x = F.conv2d(x, self.smooth, None, 1, 1, 1, x.shape[1])
        x = x + torch.randn(len(x), 1, *x.shape[2:]).to(x.dtype) * self.noise.to(x.dtype)
        return F.leaky_relu(x, 0.2)


class Style(nn.Module):
    """StyleGAN2's synthesis with the code in place of its constant, and the style out of the code's mean and spread."""

    def __init__(self):
        super().__init__()
        self.style = nn.Sequential(nn.Linear(2 * CODE, 96), nn.LeakyReLU(0.2), nn.Linear(96, 96), nn.LeakyReLU(0.2))
        layers = [Styled(CODE, WIDTHS[0], False), Styled(WIDTHS[0], WIDTHS[0], False)]
        for a, b in zip(WIDTHS, WIDTHS[1:]):
            layers += [Styled(a, b, True), Styled(b, b, False)]
        self.layers = nn.ModuleList(layers)
        # Every size adds its part of the picture.
        self.colour = nn.ModuleList(nn.Conv2d(w, 3, 1) for w in WIDTHS)

    def forward(self, code):
        style = self.style(torch.cat([code.mean((2, 3)), code.std((2, 3))], 1))
        x, out = code, None
        for k, colour in enumerate(self.colour):
            for layer in self.layers[2 * k : 2 * k + 2]:
                x = layer(x, style)
            part = colour(x).float()
            out = part if out is None else part + F.interpolate(out, scale_factor=2, mode="bilinear", align_corners=False)
        return out * 0.5 + 0.5


class Judge(nn.Module):
    """Real or decoded, for every patch; with the features on the way."""

    def __init__(self):
        super().__init__()
        sizes = [(3, 32, 3, 1), (32, 64, 4, 2), (64, 96, 4, 2), (96, 128, 4, 2)]
        self.layers = nn.ModuleList(spectral_norm(nn.Conv2d(a, b, k, s, 1)) for a, b, k, s in sizes)
        self.last = spectral_norm(nn.Conv2d(128, 1, 3, 1, 1))

    def forward(self, x):
        x, features = x * 2 - 1, []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.last(x).float(), features


class Features(nn.Module):
    """The first layers of the picture classifier, down to an eighth of the side."""

    def __init__(self):
        super().__init__()
        net = warm_start(Residual(), "models/explicit.onnx").eval()
        self.layers = nn.ModuleList([nn.Sequential(net.stem, net.blocks[0]), *net.blocks[1:6]])
        for p in self.parameters():
            p.requires_grad = False

    def forward(self, x):
        out = []
        for layer in self.layers:
            x = layer(x)
            out.append(x)
        return out


def gap(ours, theirs):
    """Mean difference of features, in spreads of each."""
    return sum((a.float() - b.float()).abs().mean() / (b.float().std().detach() + 1e-3) for a, b in zip(ours, theirs)) / len(ours)


def decoder(kind):
    return Style() if kind == "style" else Plain(kind)


def coders(name):
    """Encoder and decoders of a checkpoint, averaged weights."""
    kept = torch.load(f"{CACHE}/{name}.pt")
    encoder, decoders = Encoder(), {k: decoder(k) for k in KINDS}
    for key, net in {"encoder": encoder, **decoders}.items():
        net.load_state_dict(kept["mean"][key])
        net.eval()
    return encoder, decoders, kept


class Crops:
    def __init__(self, pictures, side, seed):
        self.pixels = [p.pixels for p in pictures if len(p.pixels) >= side]
        self.side, self.rng = side, np.random.RandomState(seed)

    def batch(self, count):
        out = []
        for _ in range(count):
            p = self.pixels[self.rng.randint(len(self.pixels))]
            y, x = self.rng.randint(0, len(p) - self.side + 1, 2)
            part = p[y : y + self.side, x : x + self.side]
            out.append(part[:, ::-1] if self.rng.rand() < 0.5 else part)
        x = torch.tensor(np.stack(out)).permute(0, 3, 1, 2).float() / 255
        return x.contiguous(memory_format=torch.channels_last)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("name")
    a.add_argument("--fold", required=True)
    a.add_argument("--minutes", type=float, default=39)
    a.add_argument("--side", type=int, default=112)
    a.add_argument("--batch", type=int, default=8)
    a.add_argument("--rate", type=float, default=5e-4)
    a.add_argument("--judge-from", type=int, default=900, help="step from which the discriminator takes part")
    a.add_argument("--judge", type=float, default=0.4, help="weight of the discriminator")
    a.add_argument("--noise", type=float, default=0.05, help="added to the code in training")
    o = a.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(5)
    torch.set_flush_denormal(True)
    pictures = [p for p in load(FOLDS[o.fold]["train"]) if not p.fake and not p.held]
    nets = {"encoder": Encoder(), **{k: decoder(k) for k in KINDS}, "judge": Judge()}
    nets = {k: n.to(memory_format=torch.channels_last) for k, n in nets.items()}
    drawing = [p for k, n in nets.items() if k != "judge" for p in n.parameters()]
    rules = {"draw": torch.optim.Adam(drawing, o.rate, (0.5, 0.99)), "judge": torch.optim.Adam(nets["judge"].parameters(), o.rate, (0.5, 0.99))}
    path, step, spent = f"{CACHE}/{o.name}.pt", 0, 0.0
    mean = {k: {n: v.clone() for n, v in net.state_dict().items()} for k, net in nets.items() if k != "judge"}
    if os.path.exists(path):
        kept = torch.load(path)
        for k, n in nets.items():
            n.load_state_dict(kept["nets"][k])
        for k, r in rules.items():
            r.load_state_dict(kept["rules"][k])
        mean, step, spent = kept["mean"], kept["step"], kept["spent"]
    os.makedirs(CACHE, exist_ok=True)
    crops, look = Crops(pictures, o.side, 5 + step), Features()
    print(json.dumps(vars(o)), f"{len(crops.pixels)} faces, step {step}", flush=True)
    begin, log = time.time() - spent, []
    while True:
        # The rate follows the clock, for the time is what is given.
        done = min(1, (time.time() - begin) / (o.minutes * 60))
        for r in rules.values():
            r.param_groups[0]["lr"] = o.rate * (2 if r is rules["judge"] else 1) * min(1, (step + 1) / 100) * (0.03 + 0.97 * 0.5 * (1 + np.cos(np.pi * max(0, done * 1.5 - 0.5))))
        kind, x, judging = KINDS[step % len(KINDS)], crops.batch(o.batch), step >= o.judge_from
        with torch.autocast("cpu", dtype=torch.bfloat16):
            code = nets["encoder"](x)
            y = nets[kind](code + o.noise * torch.randn_like(code))
            # Of half of the crops, for these features cost as much as all else.
            half = slice(0, len(x) // 2)
            with torch.no_grad():
                theirs = look(x[half])
            seen = gap(look(y[half].clamp(-0.1, 1.1)), theirs)
            flat = (y - x).abs().mean()
            loss = 8 * flat + seen
            if judging:
                for p in nets["judge"].parameters():
                    p.requires_grad = False
                verdict, ours = nets["judge"](y)
                with torch.no_grad():
                    _, real = nets["judge"](x)
                match = gap(ours, real)
                loss = loss + o.judge * min(1, (step - o.judge_from) / 300) * (4 * match - verdict.mean())
        rules["draw"].zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(drawing, 5)
        rules["draw"].step()
        row = [flat.item(), seen.item(), 0, 0, 0]
        if judging:
            for p in nets["judge"].parameters():
                p.requires_grad = True
            with torch.autocast("cpu", dtype=torch.bfloat16):
                real, fake = nets["judge"](x)[0], nets["judge"](y.detach())[0]
                cost = F.relu(1 - real).mean() + F.relu(1 + fake).mean()
            rules["judge"].zero_grad(set_to_none=True)
            cost.backward()
            rules["judge"].step()
            row[2:] = [match.item(), real.mean().item(), fake.mean().item()]
        step += 1
        log.append(row)
        decay = min(0.998, (1 + step) / (10 + step))
        for k in ("encoder", kind):
            for n, v in nets[k].state_dict().items():
                # A decoder has its turn at every third step.
                mean[k][n].lerp_(v, 1 - (decay if k == "encoder" else decay**3))
        late = done >= 1
        if step % 150 == 0:
            print(step, " ".join(f"{v:.3f}" for v in np.mean(log[-150:], 0)), f"{time.time() - begin:.0f}s", flush=True)
        if step % 300 == 0 or late:
            kept = {"nets": {k: n.state_dict() for k, n in nets.items()}, "rules": {k: r.state_dict() for k, r in rules.items()}}
            torch.save({**kept, "mean": mean, "step": step, "spent": time.time() - begin, "options": vars(o)}, path)
        if late:
            break


if __name__ == "__main__":
    main()
