"""Ablation: ridge regression on features of the frozen warm-start net, one depth at a time and all together.

    python3 training/detect/residual/frozen.py <fold> [--draws 3] [--limit 250]

Prints AUC on the held 15 % of the training sources and, once each, on the sources left out (level web)."""
import argparse
import json
import time

import numpy as np
import torch

from nets import Residual, warm_start
from pictures import FOLDS, GENERATORS, draw_table, level, load, pass_on
from train import SHARES, auc, hash_of, tensor
from windows import cut, random_how, random_window

TAPS = (0, 2, 5, 9, 12, 16)


def features(net, crops):
    with torch.no_grad():
        last, pooled = net.maps(tensor(crops), TAPS)
        return [f.numpy() for f in pooled] + [last.mean((2, 3)).numpy()]


def main():
    a = argparse.ArgumentParser()
    a.add_argument("fold")
    a.add_argument("--draws", type=int, default=3)
    a.add_argument("--limit", type=int, default=250)
    o = a.parse_args()
    torch.set_num_threads(1)
    rng = np.random.RandomState(11)
    net = warm_start(Residual(), "models/explicit.onnx").to(memory_format=torch.channels_last).eval()
    pictures = load(FOLDS[o.fold]["train"])
    train = [p for p in pictures if not p.held]
    paired = {p.source for p in pictures if p.fake}
    held = [p for p in pictures if p.held and p.source in paired]
    test = load(FOLDS[o.fold]["test"], limit=o.limit)
    with open("training/detect/residual/looks.jsonl", "a") as log:
        log.write(json.dumps({"at": time.strftime("%H:%M"), "net": "frozen", "sources": FOLDS[o.fold]["test"], "levels": "web", "limit": o.limit}) + "\n")

    def run(list_, make):
        out = []
        for k in range(0, len(list_), 16):
            out.append(features(net, [make(p) for p in list_[k : k + 16]]))
        return [np.concatenate(f) for f in zip(*out)]

    drawn = [p for p in train for _ in range(o.draws)]
    x = run(drawn, lambda p: cut(pass_on(p.pixels, draw_table(rng)), *random_window(rng, "whole"), random_how(rng)))
    y = np.array([1.0 if p.fake else -1.0 for p in drawn])
    weight = np.array([(1.0 if p.fake else SHARES[p.source]) / sum(q.source == p.source and q.fake == p.fake for q in train) for p in drawn])
    for c in (1, -1):
        weight[y == c] /= weight[y == c].sum()
    at_web = lambda p: cut(level(p.pixels, "web", hash_of(p.id)), 0, 0, 1)
    h, t = run(held, at_web), run(test, at_web)
    hf, tf = np.array([p.fake for p in held]), np.array([p.fake for p in test])
    own = np.array([p.source in GENERATORS for p in test])
    for name, use in [(f"block {b}", [k]) for k, b in enumerate(TAPS)] + [("last", [6]), ("blocks 0-5", [0, 1, 2]), ("blocks 9-16", [3, 4, 5]), ("all", list(range(7)))]:
        xs, hs, ts = (np.concatenate([z[k] for k in use], 1) for z in (x, h, t))
        mean, dev = xs.mean(0), xs.std(0) + 1e-4
        xs, hs, ts = (np.clip(np.c_[(z - mean) / dev, np.ones(len(z))], -8, 8) for z in (xs, hs, ts))
        best = []
        for ridge in (0.03, 0.3, 3.0):
            w = weight * len(weight) / 2
            g = (xs * w[:, None]).T @ xs / len(xs)
            b = np.linalg.solve(g + ridge * np.eye(len(g)), (xs * w[:, None]).T @ y / len(xs))
            best.append((auc((hs @ b)[~hf], (hs @ b)[hf]), ridge, b))
        score, ridge, b = max(best, key=lambda v: v[0])
        s = ts @ b
        print(f"{o.fold} frozen {name}: held {score:.3f} (ridge {ridge}), left out {auc(s[own & ~tf], s[own & tf]):.3f}", flush=True)


if __name__ == "__main__":
    main()
