"""Pixel-aligned twins by coding and decoding (coders.py): the genuine faces of a fold's training sources, each drawn again by one
of the decoders, the held ones by all.

    python3 training/detect/residual/redraw.py <coders> --leave nearest [--sheet <file.png>]

A twin is given light, colour and sharpness of its original, so that what is left to learn is what the net drew. Writes
.cache/training/detect/redrawn/<decoder>/<source>.npz: ids, nets and pixels, as rebuild.py does. Prints how near and how sharp
the held twins are: signal to noise in dB, mean gradient and fine power (above a quarter of the sampling rate) over the
original's."""
import argparse
import os

import cv2
import numpy as np
import torch

from coders import STEP, coders
from pictures import FOLDS, load

OUT = ".cache/training/detect/redrawn"
# Mirrored all round, so that the edge of the square is drawn like its middle.
EDGE = 16
# Pixels from which on a twin has what its original has.
COARSE = 10
BANDS = 24


def evened(twin, original):
    """The twin with the strength of the original at every fineness, within limits, for softness is no trace of a net."""
    side = len(twin)
    f = np.fft.fftfreq(side)
    radius = np.hypot(f, f[:, None])
    band = (radius * 2 * BANDS).astype(int)
    power = [np.bincount(band.ravel(), (np.abs(np.fft.fft2(p.mean(2))) ** 2).ravel()) for p in (original, twin)]
    gain = np.sqrt(power[0] / (power[1] + 1e-6)).clip(0.7, 2.5)
    gain[:2] = 1
    by_radius = np.interp(radius, (np.arange(len(gain)) + 0.5) / (2 * BANDS), gain)
    return np.fft.ifft2(np.fft.fft2(twin, axes=(0, 1)) * by_radius[..., None], axes=(0, 1)).real


def redrawn(encoder, decode, pixels):
    """One square, as the decoder draws it, in the light, colour and sharpness of the original."""
    side = len(pixels)
    more = EDGE + -(side + 2 * EDGE) % STEP
    whole = cv2.copyMakeBorder(pixels, EDGE, more, EDGE, more, cv2.BORDER_REFLECT_101)
    x = torch.tensor(whole).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        y = decode(encoder(x.contiguous(memory_format=torch.channels_last)))[0].float().permute(1, 2, 0).numpy() * 255
    whole = whole.astype(np.float32)
    # A decoder's tint would be too easy to learn.
    y += cv2.GaussianBlur(whole, (0, 0), COARSE) - cv2.GaussianBlur(y, (0, 0), COARSE)
    y = evened(y, whole)[EDGE : EDGE + side, EDGE : EDGE + side]
    return np.clip(y, 0, 255).round().astype(np.uint8)


def gradient(pixels):
    g = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.abs(np.diff(g, axis=0)).mean() + np.abs(np.diff(g, axis=1)).mean()


def fine_power(pixels):
    g = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    window = np.hanning(len(g))
    power = np.abs(np.fft.fft2((g - g.mean()) * window * window[:, None])) ** 2
    f = np.fft.fftfreq(len(g))
    return power[np.hypot(f, f[:, None]) > 0.25].mean()


def measures(original, twin):
    error = np.mean((original.astype(float) - twin) ** 2)
    return 10 * np.log10(255**2 / error), gradient(twin) / gradient(original), fine_power(twin) / fine_power(original)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("coders")
    a.add_argument("--sheet", help="only a few of the held faces, side by side: original, then every decoder")
    a.add_argument("--leave", help="a decoder that draws held faces alone, to test by")
    o = a.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(9)
    encoder, decoders, kept = coders(o.coders)
    pictures = [p for p in load(FOLDS[kept["options"]["fold"]]["train"]) if not p.fake]
    print(o.coders, f"step {kept['step']}", flush=True)
    if o.sheet:
        held = [p for s in sorted({p.source for p in pictures}) for p in [q for q in pictures if q.source == s and q.held and len(q.pixels) > 140][:60:12]]
        rows, seen = [], {k: [] for k in decoders}
        for p in held:
            twins = {k: redrawn(encoder, d, p.pixels) for k, d in decoders.items()}
            for k, t in twins.items():
                seen[k].append(measures(p.pixels, t))
            rows.append(np.hstack([cv2.copyMakeBorder(x, 0, 200 - len(x), 0, 200 - len(x), cv2.BORDER_CONSTANT) for x in (p.pixels, *twins.values())]))
        half = (len(rows) + 1) // 2
        rows += [np.zeros_like(rows[0])] * (2 * half - len(rows))
        cv2.imwrite(o.sheet, np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])])[..., ::-1])
        for k, m in seen.items():
            print(k, "dB {:.1f}, gradient {:.2f}, fine power {:.2f}".format(*np.median(m, 0)), flush=True)
        return
    rng = np.random.RandomState(13)
    training = [k for k in decoders if k != o.leave]
    for source in sorted({p.source for p in pictures}):
        made = {k: {} for k in decoders}
        for p in [p for p in pictures if p.source == source]:
            for kind in decoders if p.held else [training[rng.randint(len(training))]]:
                made[kind][p.id] = redrawn(encoder, decoders[kind], p.pixels)
        held = {p.id: p.pixels for p in pictures if p.held}
        for kind, twins in made.items():
            os.makedirs(f"{OUT}/{kind}", exist_ok=True)
            pixels = np.empty(len(twins), object)
            pixels[:] = list(twins.values())
            np.savez(f"{OUT}/{kind}/{source}.npz", ids=np.array(list(twins)), nets=np.array([kind] * len(twins)), pixels=pixels)
            near = [measures(held[id], t) for id, t in twins.items() if id in held]
            print(source, kind, f"{len(twins)} twins; of {len(near)} held", "dB {:.1f}, gradient {:.2f}, fine power {:.2f}".format(*np.median(near, 0)), flush=True)


if __name__ == "__main__":
    main()
