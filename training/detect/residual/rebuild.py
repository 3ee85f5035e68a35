"""Pixel-aligned twins: every real face made smaller and enlarged again by an upscaling net, in place.

    node training/detect/residual/upscalers.mjs .cache/training/detect/upscalers
    python3 training/detect/residual/rebuild.py [sources]

The twin has the same person, framing, colours and light; only the fine detail was drawn by a net. Writes
.cache/training/detect/rebuilt/<source>.npz: ids, nets and pixels. The nets of one fold's sources are not those of the
other's, so that each fold is tested on nets it has not seen either."""
import json
import os
import subprocess
import sys

import numpy as np

from pictures import RESIZES, load, resize

OUT = ".cache/training/detect/rebuilt"
NETS = ".cache/training/detect/upscalers"
# Name and share; the last digit is the factor. Nets of the thick kind cost most.
ONE = {"slim-x2": 0.2, "slim-x4": 0.15, "medium-x2": 0.25, "medium-x3": 0.2, "medium-x4": 0.2}
OTHER = {"gans-x4": 0.35, "psnr-x2": 0.25, "thick-x4": 0.25, "thick-x3": 0.15}
FAMILY = {"zoya": ONE, "lfw": ONE, "grid": ONE, "hard_sg2": OTHER, "facemask": OTHER}
# What white is: the thick kind and gans were trained on 0..1.
WHITE = {"gans": "1", "psnr": "1", "thick": "1"}


def upscaled(net, small):
    """Runs a net on a list of squares."""
    base = f"{OUT}/{net}"
    with open(f"{base}.u8", "wb") as file:
        for p in small:
            file.write(p.tobytes())
    json.dump([len(p) for p in small], open(f"{base}.json", "w"))
    script = ["node", "scripts/run.mjs", "training/detect/residual/upscale.ts"]
    files = [f"{base}.json", f"{base}.u8", f"{base}.large"]
    subprocess.run([*script, f"{NETS}/{net}.onnx", WHITE.get(net.split("-")[0], "255"), *files], check=True)
    data, at, out = np.fromfile(files[2], np.uint8), 0, []
    for p in small:
        side = len(p) * int(net[-1])
        out.append(data[at : at + 3 * side * side].reshape(side, side, 3))
        at += 3 * side * side
    for path in files:
        os.remove(path)
    return out


def main(sources):
    os.makedirs(OUT, exist_ok=True)
    for source in sources:
        rng = np.random.RandomState(11)
        family = FAMILY[source]
        pictures = [p for p in load([source]) if not p.fake]
        nets = rng.choice(list(family), len(pictures), p=list(family.values()))
        pixels = [None] * len(pictures)
        for net in family:
            own = [k for k, n in enumerate(nets) if n == net]
            small = []
            for k in own:
                side = max(12, len(pictures[k].pixels) // int(net[-1]))
                small.append(resize(pictures[k].pixels, side, side, RESIZES[rng.randint(len(RESIZES))]))
            for k, large in zip(own, upscaled(net, small)):
                side = len(pictures[k].pixels)
                pixels[k] = large if len(large) == side else resize(large, side, side, RESIZES[-1])
            print(source, net, len(own), flush=True)
        made = np.empty(len(pixels), object)
        made[:] = pixels
        np.savez(f"{OUT}/{source}.npz", ids=np.array([p.id for p in pictures]), nets=nets, pixels=made)


if __name__ == "__main__":
    main(sys.argv[1].split(",") if len(sys.argv) > 1 else list(FAMILY))
