"""Trains the residual net on one fold.

    python3 training/detect/residual/train.py <name> --fold stylegan2 --steps 700 --minutes 18
        [--start <other name>]

Writes .cache/training/detect/residual/<name>.pt after every 100 steps, goes on from it, and stops by itself after
--minutes; exit code 3 means that steps are left. Prints loss, and every 500 steps AUC on the held 15 % of the training
sources. The test sources of the fold are not read."""
import argparse
import glob
import json
import os
import sys
import time

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from nets import Residual, restored, warm_start
from pictures import FOLDS, RESIZES, draw_table, level, load, pass_on, rebuilt, resize
from windows import SIZE, cut, grid_of, random_how, random_window

CACHE = ".cache/training/detect/residual"
TWINS = ".cache/training/detect"
# Shares of the real sources in a batch; the first of each fold has generated counterparts.
SHARES = {"zoya": 4, "hard_sg2": 4, "facemask": 3, "lfw": 2, "grid": 1}


def auc(real, fake):
    """Probability that a generated picture scores above a real one."""
    both = np.r_[real, fake]
    ranks = np.empty(len(both))
    ranks[both.argsort(kind="stable")] = np.arange(1, len(both) + 1)
    for v, n in zip(*np.unique(both, return_counts=True)):
        if n > 1:
            ranks[both == v] = ranks[both == v].mean()
    return (ranks[len(real) :].sum() - len(fake) * (len(fake) + 1) / 2) / (len(real) * len(fake))


def tensor(batch):
    x = torch.tensor(np.stack(batch)).permute(0, 3, 1, 2).float() / 255
    return x.contiguous(memory_format=torch.channels_last)


def scores(net, pictures, name, size, windows=slice(None)):
    """Logit of every window: len(pictures) x windows."""
    net.eval()
    out = []
    with torch.no_grad():
        for p in pictures:
            out.append(net(tensor(list(grid_of(level(p.pixels, name, hash_of(p.id)), size)[windows]))).numpy())
    net.train()
    return np.stack(out)


def hash_of(text):
    h = 2166136261
    for c in text.encode():
        h = (h ^ c) * 16777619 & 0xFFFFFFFF
    return h


def folders_of(options):
    """Where the twins are: of upscaling nets, or of the decoders that are named."""
    return [f"redrawn/{d}" for d in options.decoders.split(",")] if options.decoders else ["rebuilt"]


class Sampler:
    """Draws half real, half synthetic. A share of the synthetic ones are twins of the real ones beside them, on the same
    way through scaling and encoding and seen through the same window."""

    def __init__(self, pictures, options, rng):
        self.rng, self.options = rng, options
        self.every = pictures
        self.real, self.fake = {}, [p for p in pictures if p.fake]
        for p in pictures:
            if not p.fake:
                self.real.setdefault(p.source, []).append(p)
        self.twins = {}
        for folder in folders_of(options) if options.twins > 0 else []:
            for id, twin in rebuilt(pictures, folder).items():
                self.twins.setdefault(id, []).append(twin)
        self.sources = sorted(self.real)
        share = np.array([SHARES[s] for s in self.sources], float)
        self.share = share / share.sum()

    def way(self):
        """How a picture is passed on and looked at."""
        table = draw_table(self.rng, self.options.mild)
        return table, random_window(self.rng, self.options.whole), random_how(self.rng)

    def window(self, pixels, way):
        table, window, how = way
        return cut(pass_on(pixels, table), *window, how, self.options.size)

    def pick(self):
        pool = self.real[self.sources[self.rng.choice(len(self.sources), p=self.share)]]
        return pool[self.rng.randint(len(pool))]

    def dressed(self, pixels):
        """In a share of cases with the coarse part (light, colour, shape) of any other face, of either class: what is
        learned shall be in the fine part, for sets differ in the coarse one."""
        if self.rng.rand() >= self.options.dress:
            return pixels
        other = self.every[self.rng.randint(len(self.every))].pixels
        side, width = len(pixels), self.rng.uniform(0.008, 0.02)
        coarse = [cv2.GaussianBlur(p.astype(np.float32), (0, 0), width * side) for p in (pixels, resize(other, side, side, cv2.INTER_LINEAR))]
        return np.clip(pixels - coarse[0] + coarse[1], 0, 255).astype(np.uint8)

    def resampled(self, pixels):
        """Beside twins, in a quarter of cases smaller and enlarged again without a net: softness alone shall not mean synthetic."""
        if self.options.twins == 0 or self.rng.rand() > 0.25:
            return pixels
        side, how = len(pixels), RESIZES[2 + self.rng.randint(3)]
        small = max(12, int(side / self.rng.uniform(1.3, 4)))
        return resize(resize(pixels, small, small, RESIZES[self.rng.randint(len(RESIZES))]), side, side, how)

    def batch(self, count):
        x, y = [], []
        for _ in range(count // 2):
            real, way = self.pick(), self.way()
            x.append(self.window(self.dressed(self.resampled(real.pixels)), way))
            twins = self.twins.get(real.id) if self.rng.rand() < self.options.twins else None
            if twins:
                x.append(self.window((twins[self.rng.randint(len(twins))] if len(twins) > 1 else twins[0]).pixels, way))
            else:
                x.append(self.window(self.dressed(self.fake[self.rng.randint(len(self.fake))].pixels), self.way()))
            y += [0, 1]
        return tensor(x), torch.tensor(y).float()


def tell_held(step, net, pictures, o):
    """AUC on what never trains: generated pictures, and twins of every decoder, also of those that do not train."""
    s = scores(net, pictures, "web", o.size, slice(0, 2)).mean(1)
    r, f = [s[[i for i, p in enumerate(pictures) if p.fake == t]] for t in (False, True)]
    print(step, f"held: AUC {auc(r, f):.3f}", flush=True)
    for folder in sorted(glob.glob(f"{TWINS}/redrawn/*")) if o.decoders else []:
        twins = rebuilt([p for p in pictures if not p.fake], folder[len(TWINS) + 1 :])
        t = scores(net, list(twins.values()), "web", o.size, slice(0, 2)).mean(1)
        print(step, f"held: AUC of twins by {os.path.basename(folder)} {auc(r, t):.3f}", flush=True)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("name")
    a.add_argument("--fold", required=True)
    a.add_argument("--steps", type=int, default=1500)
    a.add_argument("--minutes", type=float, default=18)
    a.add_argument("--start", help="another run to take the first weights from; it must not have seen more sources")
    a.add_argument("--size", type=int, default=SIZE, help="side of a window")
    a.add_argument("--mild", type=float, default=0.5, help="share of pictures that are only made smaller and encoded")
    a.add_argument("--whole", type=float, default=0.65, help="share of windows that show nearly all of the face")
    a.add_argument("--high", action="store_true", help="look at fine detail only, at even contrast")
    a.add_argument("--dress", type=float, default=0, help="share of faces that get the coarse part of another")
    a.add_argument("--rate", type=float, default=6e-4)
    a.add_argument("--twins", type=float, default=0.5, help="share of the synthetic ones that are rebuilt twins")
    a.add_argument("--decoders", help="twins of these decoders (redraw.py) instead of the upscaling nets'")
    a.add_argument("--batch", type=int, default=24)
    o = a.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(7)
    rng = np.random.RandomState(7)
    start = time.time()
    pictures = load(FOLDS[o.fold]["train"])
    train, held = [p for p in pictures if not p.held], [p for p in pictures if p.held]
    paired = {p.source for p in pictures if p.fake}
    choose = [p for p in held if p.source in paired]
    choose = [p for f in (False, True) for p in [q for q in choose if q.fake == f][:150]]
    net = restored(torch.load(f"{CACHE}/{o.start}.pt")) if o.start else warm_start(Residual(high=o.high), "models/explicit.onnx")
    net = net.to(memory_format=torch.channels_last)
    mean = {k: v.clone() for k, v in net.state_dict().items()}
    rule = torch.optim.AdamW(net.parameters(), o.rate, weight_decay=0.02)
    path, step = f"{CACHE}/{o.name}.pt", 0
    if os.path.exists(path):
        kept = torch.load(path)
        net.load_state_dict(kept["net"])
        mean, step = kept["mean"], kept["step"]
        rule.load_state_dict(kept["rule"])
        rng = np.random.RandomState(7 + step)
    sampler = Sampler(train, o, rng)
    print(json.dumps(vars(o)), f"{len(train)} to train on, {len(held)} held, step {step}", flush=True)
    if step == 0 and o.start and o.decoders:
        tell_held(0, restored({"mean": mean, "options": vars(o)}), choose, o)
    losses = []
    while step < o.steps:
        for g in rule.param_groups:
            g["lr"] = o.rate * min(1, (step + 1) / 60) * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * step / o.steps)))
        x, y = sampler.batch(o.batch)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = net(x).float()
        loss = F.binary_cross_entropy_with_logits(logits, y * 0.94 + 0.03)
        rule.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2)
        rule.step()
        step += 1
        decay = min(0.995, (1 + step) / (10 + step))
        for k, v in net.state_dict().items():
            if v.dtype.is_floating_point:
                mean[k].mul_(decay).add_(v, alpha=1 - decay)
        losses.append(loss.item())
        late = time.time() - start > o.minutes * 60
        if step % 50 == 0:
            print(step, f"loss {np.mean(losses[-50:]):.3f} {time.time() - start:.0f}s", flush=True)
        if step % 100 == 0 or step == o.steps or late:
            torch.save({"net": net.state_dict(), "mean": mean, "rule": rule.state_dict(), "step": step, "options": vars(o)}, path)
        if step % 500 == 0 or step == o.steps:
            tell_held(step, restored({"mean": mean, "options": vars(o)}), choose, o)
        if late and step < o.steps:
            sys.exit(3)


if __name__ == "__main__":
    main()
