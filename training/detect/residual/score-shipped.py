"""Scores photographs that neither net was trained on as the product does, by the mean of both nets that ship.

    python3 training/detect/residual/score-shipped.py [crops folder]       crops.ts --stock

Writes training/detect/scores/synthesis-residual-shipped.json. What the nets call nothing is taken off already."""
import json
import os
import subprocess
import sys

import numpy as np

from pictures import LEVELS, core, level
from train import CACHE, hash_of
from windows import grid_of

folder = sys.argv[1] if len(sys.argv) > 1 else ".cache/training/stock-crops"
index = json.load(open(f"{folder}/index.json"))
points = np.fromfile(f"{folder}/points.f32", np.float32).reshape(-1, 478, 2)
rgb = np.memmap(f"{folder}/crops.rgb", np.uint8, "r")
os.makedirs(CACHE, exist_ok=True)
rows = []
for at in LEVELS:
    kept = [k for k, e in enumerate(index) if not e.get("duplicateOf")]
    with open(f"{CACHE}/shipped.u8", "wb") as file:
        for k in kept:
            entry, (low, high) = index[k], (points[k].min(0), points[k].max(0))
            side = entry["side"]
            pixels = np.array(rgb[entry["at"] : entry["at"] + side * side * 3]).reshape(side, side, 3)
            face = (*((low + high) / 2), (high - low).max())
            file.write(grid_of(level(core(pixels, face), at, hash_of(entry["id"]))).tobytes())
    logits = []
    for number in (1, 2):
        paths = [f"models/residual-{number}.onnx", f"{CACHE}/shipped.u8", f"{CACHE}/shipped.f32"]
        subprocess.run(["node", "scripts/run.mjs", "training/detect/residual/run-windows.ts", *paths], check=True)
        logits.append(np.fromfile(paths[2], np.float32).reshape(len(kept), -1).mean(1))
    for k, score in zip(kept, np.mean(logits, 0)):
        entry = index[k]
        rows.append({"id": entry["id"], "group": entry["group"], "source": entry["source"], "class": entry["class"], "generator": None, "level": at, "score": round(float(score), 3)})
    scores = np.array([r["score"] for r in rows if r["level"] == at])
    print(f"{at}: {len(kept)} pictures, median {np.median(scores):.2f}, above 0 {np.mean(scores > 0):.3f}", flush=True)
with open("training/detect/scores/synthesis-residual-shipped.json", "w") as file:
    json.dump(rows, file, indent=2)
    file.write("\n")
