"""Step 2 of the voice net: cuts two-second pieces, makes their twins, and puts a piece and its twins through the same
channel (speed, filter, band limit, room, noise), before recode.py puts them through the same codec.

  python3 pool.py .cache/voice base ./fargan   # writes pieces-base.i16 and .json; `fargan` is what fargan.sh builds
  python3 pool.py .cache/voice families0       # copies of the pieces of every second recording by two of families.py each
  python3 pool.py .cache/voice families1       # and of the others; both may run at once

A piece and its twins share a number (`piece`): they say the same words through the same channel, so that loudness,
silence, words, speaker and codec tell nothing. What is drawn depends on the number alone, so that parts fit together
whenever they are made.
"""
import json
import os
import subprocess
import sys
import time
import numpy as np
import torch
from scipy.signal import fftconvolve, firwin, firwin2, resample_poly
import families
import learned
from vocoders import RATE, VOCODERS

LENGTH, MARGIN = 32000, 800
# What lies before and after a piece: the codec may move it by a little.
WHOLE = LENGTH + 2 * MARGIN
# Channels that each piece goes through.
DRAWS = 2


def spoken(x):
    """From and to of what is louder than a twentieth of the loudest; silence around speech tells a set, not a voice."""
    e = np.convolve(np.abs(x), np.ones(400) / 400, "same")
    k = np.flatnonzero(e > 0.05 * e.max())
    return (k[0], k[-1] + 1) if len(k) else (0, len(x))


def piece(x, at):
    """WHOLE samples from `at`, repeated from the start where the clip is too short."""
    return np.take(x, np.arange(at, at + WHOLE), mode="wrap").astype(np.float32)


def fargan(binary):
    """FARGAN as a function like those of vocoders.py; every second time its features went through DRED's codec."""

    def run(x, rng):
        gain, lead = rng.uniform(0.05, 0.12) / (x.std() + 1e-4), 3200
        whole = np.concatenate([x[:lead][::-1], x, np.zeros(960, np.float32)]) * gain
        pcm = np.clip(np.round(whole * 32767), -32767, 32767).astype("<i2").tobytes()
        coarse = [str(int(rng.integers(0, 14)))] if rng.random() < 0.5 else []
        out = subprocess.run([binary, *coarse], input=pcm, stdout=subprocess.PIPE, check=True).stdout
        # It lags by a frame and a half.
        y = np.frombuffer(out, "<i2").astype(np.float32)[lead + 240 :] / 32767 / gain
        return np.pad(y, (0, max(0, len(x) - len(y))))[: len(x)]

    return run


def channel(rng):
    """Draws one channel, as a function of the samples of a piece."""
    speed = int(rng.integers(88, 114)) if rng.random() < 0.4 else 100
    bends = rng.uniform(-9, 9, 6) if rng.random() < 0.6 else None
    corner = rng.uniform(3300, 7600) if rng.random() < 0.3 else None
    room = rng.uniform(0.05, 0.4) if rng.random() < 0.2 else None
    snr = rng.uniform(8, 45) if rng.random() < 0.6 else None
    slope, seed, gain, clip = rng.uniform(0, 1.2), int(rng.integers(1 << 30)), rng.uniform(0.03, 0.13), rng.random() < 0.04

    def apply(x):
        own = np.random.default_rng(seed)
        if speed != 100:
            x = np.take(resample_poly(x, 100, speed), np.arange(len(x)), mode="wrap")
        if bends is not None:
            x = np.convolve(x, firwin2(127, np.linspace(0, 1, 6), 10 ** (bends / 20)), "same")
        if room is not None:
            tail = own.normal(size=4000) * np.exp(-np.arange(4000) / (RATE * room / 6.9)) * 0.12
            tail[0] = 1
            x = fftconvolve(x, tail)[: len(x)]
        x = x / (np.sqrt((x**2).mean()) + 1e-5)
        if snr is not None:
            s = np.fft.rfft(own.normal(size=len(x)))
            s /= np.maximum(np.arange(len(s)), 20.0) ** (slope / 2)
            v = np.fft.irfft(s, len(x))
            x = x + v / v.std() * 10 ** (-snr / 20)
        if corner is not None:
            x = np.convolve(x, firwin(127, corner, fs=RATE), "same")
        x = x * gain / (x.std() + 1e-5)
        return np.clip(x, -0.35, 0.35) if clip else x

    return apply


def codec(rng):
    r = rng.random()
    if r < 0.3:
        return "none", 0
    if r < 0.75:
        return "opus", 1000 * int(rng.choice([12, 12, 16, 24, 24, 32, 48]))
    return "mp3", 1000 * int(rng.choice([16, 24, 32, 48, 64]))


def main(folder, part, binary):
    torch.set_num_threads(1)
    clips = json.load(open(f"{folder}/clips.json"))
    samples = np.memmap(f"{folder}/clips.f32", np.float32, "r")
    base = part == "base"
    crude = learned.load(folder)
    twins = {**VOCODERS, **crude, "fargan": fargan(binary)} if base else families.load(folder)
    kinds = sorted({k.split("-")[1] for k in crude})
    print("vocoders:", sorted(twins), flush=True)
    get = lambda c: np.array(samples[c["offset"] : c["offset"] + c["length"]])
    reals = [c for c in clips if c["class"] == "real"]
    fakes = [c for c in clips if c["class"] == "fake"]
    used, items, out, number, begin = set(), [], open(f"{folder}/pieces-{part}.i16.part", "wb"), 0, time.time()

    def write(x, tone, about):
        y = np.nan_to_num(tone(x))
        out.write(np.clip(np.round(y * 32767), -32768, 32767).astype("<i2").tobytes())
        items.append(about)

    def group(c, at, others, rng, alone=False):
        """A piece, its twins, and the vocoder set's own copies of the same words, through DRAWS channels."""
        nonlocal number
        x = piece(get(c), at)
        if alone:
            names = []
        elif base:
            names = [str(rng.choice(sorted(VOCODERS))), "fargan"]
            for kind in ("frames", rng.choice([k for k in kinds if k != "frames"])):
                names.append(str(rng.choice([k for k in twins if k.split("-")[:2] == ["learned", kind]])))
        else:
            # The better of both checkpoints more often.
            two = rng.choice(sorted({k.split("-")[1] for k in twins}), 2, replace=False)
            names = [f"learned-{kind}-{100 if rng.random() < 0.7 else 50}" for kind in two]
        made = [(name, twins[name](x, rng)) for name in names]
        if base:
            made += [(f["generator"], piece(get(f), min(at, max(0, f["length"] - WHOLE)))) for f in others]
        for draw in range(DRAWS):
            if draw and not base:
                number += 1
                continue
            own = np.random.default_rng([12, number])
            tone, (kind, rate) = channel(own), codec(own)
            about = {"piece": number, "codec": kind, "rate": rate, "source": c["source"], "group": c["group"]}
            if base:
                write(x, tone, {**about, "clip": c["id"], "class": "real", "generator": "-"})
            for k, (name, y) in enumerate(made):
                whose = {"clip": others[k - len(names)]["id"]} if k >= len(names) else {"clip": c["id"]}
                write(y, tone, {**about, **whose, "class": "fake" if k >= len(names) else "twin", "generator": name})
            number += 1

    for i, c in enumerate(reals):
        rng = np.random.default_rng([11, i])
        lo, hi = spoken(get(c))
        same = [f for f in fakes if f["group"] == c["group"]]
        count = 2 if hi - lo > 1.6 * LENGTH and c["source"] in ("unimelgan", "hifigan", "bigvgan", "ljspeech", "jfk", "grid") else 1
        for k in range(count):
            at = lo + int(rng.uniform(0, 1) * max(0, (hi - lo) / count - LENGTH) + k * (hi - lo) / count)
            few = [same[j] for j in rng.permutation(len(same))[:6]] if k == 0 else same[:6]
            used.update(f["id"] for f in few)
            if not base and i % 2 != int(part[-1]):
                number += DRAWS
                continue
            group(c, at, few, np.random.default_rng([13, i, k, *part.encode()]))
        if i % 100 == 0:
            print(f"{i}/{len(reals)} clips, {len(items)} pieces, {time.time() - begin:.0f} s", flush=True)
    # Copies whose sentence has no recording here: beside another recording of their set.
    rng = np.random.default_rng(14)
    for f in fakes if base else ():
        if f["id"] in used:
            continue
        same = [c for c in reals if c["source"] == f["source"]]
        c = same[int(rng.integers(len(same)))]
        group(c, spoken(get(c))[0], [f], rng, True)
    out.close()
    os.rename(f"{folder}/pieces-{part}.i16.part", f"{folder}/pieces-{part}.i16")
    json.dump(items, open(f"{folder}/pieces-{part}.json", "w"))
    print(f"{len(items)} pieces, {number} channels, {time.time() - begin:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:3], sys.argv[3] if len(sys.argv) > 3 else "")
