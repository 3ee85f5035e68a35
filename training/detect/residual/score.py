"""Scores what a fold left out, and prints the figures with bootstrap intervals.

    python3 training/detect/residual/score.py <name> [--levels clean,web,hard] [--limit 250] [--against] [--write]

--limit takes that many pictures of each source and class. --against prints by how much the AUC differs from that of the scores
that are stored, drawn over the same pictures. --write puts the scores of every picture into
training/detect/scores/synthesis-residual-<fold>.json, for calibration. Every call is a look at the test sources and adds a line to
training/detect/residual/looks.jsonl."""
import argparse
import json
import os
import subprocess
import time

import numpy as np
import torch

from export import graph_of
from pictures import FOLDS, GENERATORS, level, load, rebuilt
from train import CACHE, auc, hash_of
from windows import grid_of


def unnamed(id):
    """LFW's file names are people's names; a number stands for them."""
    return f"lfw/real/{hash_of(id):08x}" if id.startswith("lfw/") else id


def logits_of(name, pictures, at):
    """Logit of every window: len(pictures) x windows."""
    with open(f"{CACHE}/{name}.u8", "wb") as file:
        for p in pictures:
            file.write(grid_of(level(p.pixels, at, hash_of(p.id))).tobytes())
    paths = [f"{CACHE}/{name}.{end}" for end in ("onnx", "u8", "f32")]
    subprocess.run(["node", "scripts/run.mjs", "training/detect/residual/run-windows.ts", *paths], check=True)
    os.remove(paths[1])
    return np.fromfile(paths[2], np.float32).reshape(len(pictures), -1)


def boot(real, fake, count=400):
    rng = np.random.RandomState(3)
    draws = [auc(rng.choice(real, len(real)), rng.choice(fake, len(fake))) for _ in range(count)]
    return np.percentile(draws, [2.5, 97.5])


def gain(real, fake, before_real, before_fake, count=2000):
    """Difference of two nets' AUC on the same pictures, and its 95 % interval."""
    rng = np.random.RandomState(3)
    draws = []
    for _ in range(count):
        r, f = rng.randint(len(real), size=len(real)), rng.randint(len(fake), size=len(fake))
        draws.append(auc(real[r], fake[f]) - auc(before_real[r], before_fake[f]))
    return auc(real, fake) - auc(before_real, before_fake), *np.percentile(draws, [2.5, 97.5])


def rate(real, fake, share):
    """True positives at this share of false ones."""
    return (fake > np.quantile(real, 1 - share)).mean()


def main():
    a = argparse.ArgumentParser()
    a.add_argument("name")
    a.add_argument("--levels", default="clean,web,hard")
    a.add_argument("--limit", type=int)
    a.add_argument("--against", action="store_true")
    a.add_argument("--write", action="store_true")
    o = a.parse_args()
    torch.set_num_threads(1)
    kept, _, _ = graph_of(o.name, f"{CACHE}/{o.name}.onnx")
    fold = kept["options"]["fold"]
    pictures = load(FOLDS[fold]["test"], limit=o.limit)
    pictures += rebuilt(pictures).values()
    source = np.array([p.source for p in pictures])
    fake = np.array([p.fake for p in pictures])
    net = np.array([p.generator or "" for p in pictures])
    with open("training/detect/residual/looks.jsonl", "a") as log:
        log.write(json.dumps({"at": time.strftime("%H:%M"), "net": o.name, "step": kept["step"], "sources": FOLDS[fold]["test"], "levels": o.levels, "limit": o.limit}) + "\n")
    stored = f"training/detect/scores/synthesis-residual-{fold}.json"
    before = {(r["id"], r["level"]): r["score"] for r in json.load(open(stored))} if o.against else {}
    rows, paired = [], next(s for s in FOLDS[fold]["test"] if s in GENERATORS)
    limits = None
    for name in o.levels.split(","):
        s = logits_of(o.name, pictures, name)
        v, own = s.mean(1), source == paired
        r, made = v[own & ~fake], v[own & (net == fold)]
        low, high = boot(r, made)
        print(f"{o.name} {fold} {name}: AUC {auc(r, made):.3f} [{low:.3f} {high:.3f}] TPR at 5 % {rate(r, made, 0.05):.2f} at 1 % {rate(r, made, 0.01):.2f}", flush=True)
        if before:
            old = np.array([before.get((unnamed(p.id), name), np.nan) for p in pictures])
            known = own & ~np.isnan(old)
            r, f = known & ~fake, known & (net == fold)
            print("   on {} genuine and {} generated pictures {:+.3f} [{:+.3f} {:+.3f}] to what is stored".format(r.sum(), f.sum(), *gain(v[r], v[f], old[r], old[f])), flush=True)
        limits = limits or np.quantile(v[own & ~fake], 0.95)
        for other in FOLDS[fold]["test"]:
            r, twins = v[(source == other) & ~fake], v[(source == other) & fake & (net != fold)]
            print(f"   {name} {other}: real median {np.median(r):.2f}, above 0 {np.mean(r > 0):.3f}, above the 5 % line of clean {paired} {np.mean(r > limits):.3f}; AUC of {paired} fakes against it {auc(r, made):.3f}", flush=True)
            if len(twins) > 0:
                print(f"   {name} {other}: AUC of its rebuilt twins {auc(r, twins):.3f}", flush=True)
        for kind in sorted(set(net[fake])):
            print(f"   {name} {kind}: median {np.median(v[net == kind]):.2f} of {np.sum(net == kind)}", flush=True)
        for k, p in enumerate(pictures):
            # A rebuilt photograph is no generated face: it is printed above, and calibrates nothing.
            if p.generator not in (None, fold):
                continue
            rows.append({"id": unnamed(p.id), "group": unnamed(p.group), "source": p.source, "class": "fake" if p.fake else "real", "generator": p.generator, "level": name, "score": round(float(v[k]), 3)})
    if o.write:
        os.makedirs("training/detect/scores", exist_ok=True)
        with open(stored, "w") as file:
            json.dump(rows, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
