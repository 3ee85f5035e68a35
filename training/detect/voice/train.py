"""Step 4 of the voice net: trains with some sources left out, scores them, and at the end trains on all.

  python3 train.py .cache/voice unimelgan 3 training/detect/scores   # leave a fold out, minutes
  python3 train.py .cache/voice all 8 .                              # the net that ships: voice.pt

Folds and what else is left out with them: `folds.py`. A batch holds pairs: a piece and one of its copies, through the
same channel and codec; beside the two answers, which of the two is larger is trained.
"""
import json
import os
import sys
import time
import numpy as np
import torch
import torch.nn.functional as F
from folds import FOLDS, keep, tested
from net import LENGTH, VoiceNet, spectrum

PAIRS = 32


def spectra_of(folder):
    """The spectra of all pieces, computed once for all folds."""
    path = f"{folder}/spectra.f16"
    if not os.path.exists(path):
        data = np.memmap(f"{folder}/coded.i16", "<i2", "r").reshape(-1, LENGTH)
        with open(path + ".part", "wb") as out, torch.no_grad():
            for at in range(0, len(data), 64):
                x = torch.from_numpy(data[at : at + 64].astype(np.float32) / 32767)
                out.write(spectrum(x)[:, 0].numpy().astype(np.float16).tobytes())
        os.rename(path + ".part", path)
    return np.memmap(path, np.float16, "r").reshape(-1, 197, 256)


class Pool:
    def __init__(self, folder, fold):
        items = json.load(open(f"{folder}/pieces.json"))
        self.spectra = spectra_of(folder)
        self.groups = {}
        for i, it in enumerate(items):
            if keep(it, fold):
                self.groups.setdefault(it["piece"], {"real": [], "twin": [], "fake": [], "source": it["source"]})[it["class"]].append(i)
        self.groups = [g for g in self.groups.values() if g["real"]]
        self.neural = [g for g in self.groups if g["fake"]]
        # One list a source, heard as often as the root of its size.
        self.places = {}
        for g in self.groups:
            self.places.setdefault(g["source"].split("-")[0] if g["source"].startswith("words") else g["source"], []).append(g)
        self.names = sorted(self.places)
        weight = np.sqrt([len(self.places[n]) for n in self.names])
        self.weight = weight / weight.sum()

    def batch(self, rng):
        rows = []
        for _ in range(PAIRS):
            if self.neural and rng.random() < 0.4:
                g = self.neural[rng.integers(len(self.neural))]
                other = g["fake"][rng.integers(len(g["fake"]))]
            else:
                place = self.places[self.names[rng.choice(len(self.names), p=self.weight)]]
                g = place[rng.integers(len(place))]
                other = g["twin"][rng.integers(len(g["twin"]))]
            rows.append((g["real"][0], other))
        index = [r for r, _ in rows] + [f for _, f in rows]
        return torch.from_numpy(self.spectra[index].astype(np.float32))[:, None]


def masked(x, rng):
    """Hides a band and a stretch of time, the same of both of a pair."""
    for i in range(PAIRS):
        if rng.random() < 0.6:
            width, at = rng.integers(8, 48), rng.integers(0, 250)
            x[i :: PAIRS, :, :, at : at + width] = 0
        if rng.random() < 0.3:
            width, at = rng.integers(10, 50), rng.integers(0, 190)
            x[i :: PAIRS, :, at : at + width] = 0
    return x


def train(folder, fold, minutes):
    torch.manual_seed(3)
    rng = np.random.default_rng(3)
    pool, net = Pool(folder, fold), VoiceNet()
    print(f"fold {fold}: {len(pool.groups)} pieces, {len(pool.neural)} with neural copies, places {dict(zip(pool.names, [len(pool.places[n]) for n in pool.names]))}")
    print(sum(p.numel() for p in net.parameters()), "weights", flush=True)
    opt = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=0.02)
    begin, step, sums, part = time.time(), 0, [], 0
    while part < 1:
        part = (time.time() - begin) / (60 * minutes)
        for group in opt.param_groups:
            group["lr"] = 2e-3 * min(1, step / 40 + 0.05) * (0.5 + 0.5 * np.cos(np.pi * min(1, part))) + 1e-5
        s = net(masked(pool.batch(rng), rng))
        real, fake = s[:PAIRS], s[PAIRS:]
        loss = F.softplus(real).mean() + F.softplus(-fake).mean() + F.softplus(real - fake).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        step += 1
        sums.append([loss.item(), (fake > real).float().mean().item()])
        if step % 50 == 0:
            l, a = np.mean(sums[-50:], 0)
            print(f"{fold} step {step} {time.time() - begin:.0f} s loss {l:.3f} pairs told apart {a:.3f}", flush=True)
    net.eval()
    return net


def windows(x):
    """Two-second windows a second apart over what is spoken; a shorter clip is repeated."""
    e = np.convolve(np.abs(x), np.ones(400) / 400, "same")
    k = np.flatnonzero(e > 0.05 * e.max())
    x = x[k[0] : k[-1] + 1] if len(k) else x
    if len(x) < LENGTH:
        return np.take(x, np.arange(LENGTH), mode="wrap")[None]
    return np.stack([x[a : a + LENGTH] for a in range(0, len(x) - LENGTH + 1, LENGTH // 2)])


def score(net, folder, fold):
    clips, rows = json.load(open(f"{folder}/clips.json")), []
    for level in ("clean", "web", "hard"):
        samples = np.memmap(f"{folder}/clips.f32" if level == "clean" else f"{folder}/clips-{level}.f32", np.float32, "r")
        for c in clips:
            if not tested(c, fold):
                continue
            x = windows(np.array(samples[c["offset"] : c["offset"] + c["length"]]))
            with torch.no_grad():
                s = net(spectrum(torch.from_numpy(x / (x.std(1, keepdims=True) + 1e-5) * 0.07).float())).numpy()
            rows.append({"id": c["id"], "source": c["source"], "class": c["class"], "generator": c["generator"], "group": c["group"], "level": level, "score": round(float(s.mean()), 4)})
    return rows


if __name__ == "__main__":
    folder, fold, minutes, out = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
    torch.set_num_threads(1)
    net = train(folder, fold, minutes)
    torch.save(net.state_dict(), f"{folder}/voice-{fold}.pt")
    if fold in FOLDS:
        rows = score(net, folder, fold)
        json.dump(rows, open(f"{out}/voice-{fold}.json", "w"), indent=0)
        from metrics import report

        report(rows, fold)
