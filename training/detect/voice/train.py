"""Step 4 of the voice net: trains with some sources left out, scores them, and at the end trains on all.

  python3 train.py .cache/voice dev 300 .                            # for choices: scores pieces, no clip of a fold
  python3 train.py .cache/voice unimelgan 900 training/detect/scores # leave a fold out, steps
  python3 train.py .cache/voice all 900 .                            # the net that ships: voice-all.pt

Folds and what else is left out with them: `folds.py`. A batch holds pairs: a piece and one of its copies, through the
same channel and codec. Trained are the answers themselves, which of a pair is larger, and which of any two of the batch
is larger: the last asks for one line through all speakers and microphones.
"""
import json
import os
import sys
import time
import numpy as np
import torch
import torch.nn.functional as F
from folds import DEV_COPIES, FOLDS, keep, left_out, tested
from metrics import auc, report
from net import BINS, LENGTH, PULSE_BINS, PULSE_ROWS, VoiceNet, pulses, spectrum

PAIRS, RATE, NEURAL, SEED = 32, 1.5e-3, 0.4, 3
SHAPES = {"spectra": (197, BINS), "pulses": (PULSE_ROWS, PULSE_BINS)}


def inputs(folder):
    """Both spectra of all pieces, computed once for all folds."""
    if not os.path.exists(f"{folder}/pulses.f16"):
        data = np.memmap(f"{folder}/coded.i16", "<i2", "r").reshape(-1, LENGTH)
        outs = {name: open(f"{folder}/{name}.part", "wb") for name in SHAPES}
        with torch.no_grad():
            for at in range(0, len(data), 64):
                x = torch.from_numpy(data[at : at + 64].astype(np.float32) / 32767)
                for name, look in (("spectra", spectrum), ("pulses", pulses)):
                    outs[name].write(look(x)[:, 0].numpy().astype(np.float16).tobytes())
        for name, out in outs.items():
            out.close()
            os.rename(f"{folder}/{name}.part", f"{folder}/{name}.f16")
    return [np.memmap(f"{folder}/{name}.f16", np.float16, "r").reshape(-1, *shape) for name, shape in SHAPES.items()]


def rows_of(looks, index):
    return [torch.from_numpy(look[index].astype(np.float32))[:, None] for look in looks]


class Pool:
    def __init__(self, folder, fold):
        self.items = json.load(open(f"{folder}/pieces.json"))
        self.looks = inputs(folder)
        groups = {}
        for i, it in enumerate(self.items):
            if keep(it, fold):
                groups.setdefault(it["piece"], {"real": [], "twin": [], "fake": [], "source": it["source"]})[it["class"]].append(i)
        self.groups = [g for g in groups.values() if g["real"] and g["twin"]]
        # Neural copies, one list a vocoder: each is heard as often as the root of its number.
        self.vocoders = self.lists((self.items[f]["generator"], (g["real"][0], f)) for g in self.groups for f in g["fake"])
        # Recordings, one list a source.
        self.places = self.lists((g["source"].split("-")[0] if g["source"].startswith("words") else g["source"], g) for g in self.groups)

    @staticmethod
    def lists(pairs):
        lists = {}
        for name, one in pairs:
            lists.setdefault(name, []).append(one)
        names = sorted(lists)
        weight = np.sqrt([len(lists[n]) for n in names])
        return [lists[n] for n in names], weight / weight.sum(), dict(zip(names, (len(lists[n]) for n in names)))

    @staticmethod
    def draw(lists, rng):
        own = lists[0][rng.choice(len(lists[0]), p=lists[1])]
        return own[rng.integers(len(own))]

    def batch(self, rng):
        rows = []
        for _ in range(PAIRS):
            if self.vocoders[0] and rng.random() < NEURAL:
                rows.append(self.draw(self.vocoders, rng))
            else:
                g = self.draw(self.places, rng)
                rows.append((g["real"][0], g["twin"][rng.integers(len(g["twin"]))]))
        return rows_of(self.looks, [r for r, _ in rows] + [f for _, f in rows])


def masked(looks, rng):
    """Hides a band, all above a corner and a stretch of time, the same of both of a pair and of both looks."""
    for i in range(PAIRS):
        cuts = []
        if rng.random() < 0.6:
            cuts.append((rng.integers(0, 60), rng.integers(2, 13)))
        if rng.random() < 0.15:
            cuts.append((rng.integers(26, 60), 64))
        for look, wide in zip(looks, (4, 1)):
            for at, width in cuts:
                look[i::PAIRS, :, :, wide * at : wide * (at + width)] = 0
        if rng.random() < 0.3:
            width, at = rng.integers(10, 50), rng.integers(0, 190)
            for look, fine in zip(looks, (1, 4)):
                look[i::PAIRS, :, fine * at : fine * (at + width)] = 0
    return looks


def losses(s):
    real, fake = s[:PAIRS], s[PAIRS:]
    own = F.softplus(real).mean() + F.softplus(-fake).mean()
    return own + F.softplus(real - fake).mean() + F.softplus(real[:, None] - fake[None]).mean()


def train(folder, fold, steps, seed=SEED):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    pool, net = Pool(folder, fold), VoiceNet()
    print(f"fold {fold} seed {seed}: {len(pool.groups)} pieces of {pool.places[2]}, neural copies {pool.vocoders[2]}")
    print(sum(p.numel() for p in net.parameters()), "weights", flush=True)
    opt = torch.optim.AdamW(net.parameters(), RATE, weight_decay=0.05)
    begin, sums = time.time(), []
    for step in range(steps):
        for group in opt.param_groups:
            group["lr"] = RATE * min(1, step / 40 + 0.05) * (0.5 + 0.5 * np.cos(np.pi * step / steps)) + 1e-5
        a, b = net.both(*masked(pool.batch(rng), rng))
        # Each look has to tell them apart by itself.
        loss = losses(a) + losses(b)
        opt.zero_grad()
        loss.backward()
        opt.step()
        both = (a + b).detach()
        sums.append([loss.item() / 2, (both[PAIRS:] > both[:PAIRS]).float().mean().item(), auc(both[:PAIRS].numpy(), both[PAIRS:].numpy())])
        if step % 50 == 49:
            print("%s step %d %.0f s loss %.3f pairs told apart %.3f AUC %.3f" % (fold, step + 1, time.time() - begin, *np.mean(sums[-50:], 0)), flush=True)
    net.eval()
    return net, pool


def develop(net, pool):
    """AUC on pieces whose source and whose copies were left out, for each look and their mean."""
    some = [i for i, it in enumerate(pool.items) if left_out(it, "dev") and (it["class"] == "real" or it["generator"].startswith(DEV_COPIES))]
    with torch.no_grad():
        out = [net.both(*rows_of(pool.looks, some[at : at + 64])) for at in range(0, len(some), 64)]
    a, b = (torch.cat(v).numpy() for v in zip(*out))
    kind = np.array([pool.items[i]["generator"].rsplit("-", 1)[0] if pool.items[i]["class"] == "twin" else "-" for i in some])
    source = np.array([pool.items[i]["source"].split("-")[0] for i in some])
    codec = np.array([pool.items[i]["codec"] for i in some])
    for name, s in (("lines", a), ("pulses", b), ("both", a + b)):
        print(name, "AUC", {k: round(auc(s[kind == "-"], s[kind == k]), 3) for k in sorted(set(kind)) if k != "-"},
              {p: round(auc(s[(kind == "-") & (source == p)], s[(kind != "-") & (source == p)]), 3) for p in sorted(set(source))},
              {p: round(auc(s[(kind == "-") & (codec == p)], s[(kind != "-") & (codec == p)]), 3) for p in sorted(set(codec))},
              "all %.3f" % auc(s[kind == "-"], s[kind != "-"]), flush=True)


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
                x = torch.from_numpy(x / (x.std(1, keepdims=True) + 1e-5) * 0.07).float()
                s = net(spectrum(x), pulses(x)).numpy()
            rows.append({"id": c["id"], "source": c["source"], "class": c["class"], "generator": c["generator"], "group": c["group"], "level": level, "score": round(float(s.mean()), 4)})
    return rows


if __name__ == "__main__":
    folder, fold, steps, out = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    net, pool = train(folder, fold, steps)
    torch.save(net.state_dict(), f"{folder}/voice-{fold}.pt")
    if fold == "dev":
        develop(net, pool)
    if fold in FOLDS:
        rows = score(net, folder, fold)
        json.dump(rows, open(f"{out}/voice-{fold}.json", "w"), indent=0)
        report(rows, fold)
