"""Step 4 of the voice net: trains with some sources left out, scores them, and at the end trains on all.

  python3 train.py .cache/voice measure                           # all parts and the clips, or the parts named
  python3 train.py .cache/voice choose                            # sources and vocoders left out among the training material
  python3 train.py .cache/voice unimelgan training/detect/scores  # leave a fold out and score it: looked at once
  python3 train.py .cache/voice all .                             # the nets that ship: voice-all.pt

The last two take one of VARIANTS as a further argument.

Folds and what else is left out with them: `folds.py`. A batch holds pairs: a piece and one of its copies, through the
same channel and codec; beside the two answers, which of the two is larger is trained.
"""
import glob
import json
import os
import sys
import time
import numpy as np
import torch
import torch.nn.functional as F
from folds import FOLDS, SETS, keep, kind, place, tested
from metrics import auc, report
from net import LENGTH, MORE, SIZE, Measures, VoiceNet

CONFIG = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "config.json")))


# Whether the copies by families.py take part, how many of the statistics, and settings. The first is what ships.
VARIANTS = {
    "base": (False, SIZE, {}),
    "base and families": (True, SIZE, {}),
    "base, edges and lines": (False, MORE, {}),
    "base and families, edges and lines": (True, MORE, {}),
    "the same, 128 units": (True, MORE, {"width": 128}),
}


def measures_of(path, windows, count):
    """What the net measures on windows (a function of from and to), computed once and kept at the path."""
    if not os.path.exists(path):
        measures = Measures(MORE)
        with open(path + ".part", "wb") as out, torch.no_grad():
            for at in range(0, count, 8):
                out.write(measures(torch.from_numpy(windows(at, min(count, at + 8)))).numpy().astype(np.float32).tobytes())
        os.rename(path + ".part", path)
    return torch.from_numpy(np.fromfile(path, np.float32)).reshape(count, -1)


def parts(folder, names=()):
    """Pieces, samples and what was measured so far (NaN: not yet) of each part of step 2, or of those named."""
    for path in sorted(glob.glob(f"{folder}/coded-*.i16")):
        part = path.split("coded-")[-1][:-4]
        if names and part not in names:
            continue
        items = json.load(open(f"{folder}/pieces-{part}.json"))
        name = f"{folder}/measures-{part}.npy"
        if not os.path.exists(name):
            new = np.lib.format.open_memmap(name + ".part", "w+", np.float32, (len(items), MORE))
            new[:, 0] = np.nan
            new.flush()
            os.rename(name + ".part", name)
        yield items, np.memmap(path, "<i2", "r").reshape(-1, LENGTH), np.load(name, mmap_mode="r+")


def measure(folder, names):
    """Measures what is not measured yet, the first channel of each piece first: a stop at any moment leaves a smaller pool.
    The second channel is measured for the sets alone: they are few recordings."""
    measures, begin, done = Measures(MORE), time.time(), 0
    for turn in range(2):
        for items, data, kept in parts(folder, names):
            todo = [i for i, it in enumerate(items) if it["piece"] % 2 == turn and (turn == 0 or it["source"] in SETS) and np.isnan(kept[i, 0])]
            todo.sort(key=lambda i: items[i]["source"] in SETS)
            for at in range(0, len(todo), 8):
                own = todo[at : at + 8]
                with torch.no_grad():
                    kept[own] = measures(torch.from_numpy(data[own].astype(np.float32) / 32767)).numpy()
                done += len(own)
                if done % 800 < 8:
                    print(turn, at, len(todo), f"{time.time() - begin:.0f} s", flush=True)
            kept.flush()


def pieces(folder):
    items, found = [], []
    for own, _, kept in parts(folder):
        ready = np.flatnonzero(~np.isnan(kept[:, 0]))
        items += [own[i] for i in ready]
        found.append(np.array(kept[ready]))
    return items, torch.from_numpy(np.concatenate(found))


class Pairs:
    """Draws pairs: sources by the root of their size, then a piece, then one of its copies by kind of vocoder."""

    def __init__(self, items, wanted, weights):
        self.groups, places = {}, {}
        for i, it in enumerate(items):
            if wanted(it):
                own = self.groups.setdefault(it["piece"], {"real": [], "copies": {}, "source": it["source"]})
                if it["class"] == "real":
                    own["real"].append(i)
                else:
                    own["copies"].setdefault(kind(it), []).append(i)
        self.groups = [g for g in self.groups.values() if g["real"] and g["copies"]]
        for g in self.groups:
            g["lists"] = [g["copies"][k] for k in sorted(g["copies"])]
            g["up to"] = np.cumsum([weights[k] for k in sorted(g["copies"])])
            places.setdefault(place(g["source"]), []).append(g)
        self.places = [places[n] for n in sorted(places)]
        w = np.sqrt([len(p) for p in self.places])
        self.share = w / w.sum()

    def draw(self, rng, count):
        real, copy = [], []
        for k in rng.choice(len(self.places), count, p=self.share).tolist():
            g = self.places[k][rng.integers(len(self.places[k]))]
            own = g["lists"][int(np.searchsorted(g["up to"], rng.random() * g["up to"][-1]))]
            real.append(g["real"][0])
            copy.append(own[rng.integers(len(own))])
        return real, copy


def train(items, measures, wanted, config, seed=0, say=False):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    pairs = Pairs(items, wanted, config["weights"])
    net = VoiceNet(measures.shape[1], config["width"], config["drop"])
    own = measures[[g["real"][0] for g in pairs.groups]]
    net.mean.copy_(own.mean(0))
    net.scale.copy_(own.std(0) * config["scale"] + 1e-4)
    opt = torch.optim.AdamW(net.parameters(), config["rate"], weight_decay=config["decay"])
    for step in range(config["steps"]):
        for group in opt.param_groups:
            group["lr"] = config["rate"] * (0.5 + 0.5 * np.cos(np.pi * step / config["steps"])) + 1e-6
        a, b = pairs.draw(rng, config["pairs"])
        x, y = measures[a], measures[b]
        if config["mix"]:
            # A copy's difference is laid on other recordings as well: what a vocoder does, on whatever voice.
            part = torch.rand(len(a), 1) * config["mix"]
            other = torch.randperm(len(a))
            x, y = x + part * (x[other] - x), y + part * (x[other] - x)
        s, t = net(x), net(y)
        loss = F.softplus(s).mean() + F.softplus(-t).mean() + config["between"] * F.softplus(s - t).mean()
        loss = loss + config["across"] * F.softplus(s[:, None] - t[None]).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        if say and (step + 1) % 100 == 0:
            print(f"step {step + 1} loss {loss.item():.3f} pairs told apart {(t > s).float().mean().item():.3f}", flush=True)
    net.eval()
    return net


def train_all(items, measures, wanted, config, say=False):
    return [train(items, measures, wanted, config, seed, say) for seed in range(config["nets"])]


def answer(nets, v):
    with torch.no_grad():
        return torch.stack([n(v) for n in nets]).mean(0).numpy()


def choose(folder, items, measures):
    """AUC on sources and vocoders that were both left out, for each variant on the same pieces; the sets that the folds test
    take no part."""
    ours = [i for i, it in enumerate(items) if it["source"] not in SETS and it["class"] != "fake"]
    items, measures = [items[i] for i in ours], measures[ours]
    sources = sorted({place(it["source"]) for it in items})
    side = lambda it: sources.index(place(it["source"])) % 2
    for name, (more, size, changes) in VARIANTS.items():
        config, rows, begin = {**CONFIG, "nets": 1, **changes}, {}, time.time()
        for gone in config["left out"]:
            for part in range(2):
                wanted = lambda it: side(it) != part and kind(it) not in gone and (more or kind(it) not in config["families"])
                nets = train_all(items, measures[:, :size], wanted, config)
                test = [i for i, it in enumerate(items) if side(it) == part and (it["class"] == "real" or kind(it) in gone)]
                s = answer(nets, measures[test, :size])
                real = np.array([v for v, i in zip(s, test) if items[i]["class"] == "real"])
                for k in gone:
                    rows.setdefault(k, []).append(auc(real, np.array([v for v, i in zip(s, test) if kind(items[i]) == k])))
        means = {k: float(np.mean(v)) for k, v in sorted(rows.items())}
        own = [v for k, v in means.items() if k in config["families"]]
        other = [v for k, v in means.items() if k not in config["families"]]
        print(f"{name}: unseen {np.mean(list(means.values())):.3f}, families {np.mean(own):.3f}, others {np.mean(other):.3f}", {k: round(v, 3) for k, v in means.items()}, f"{time.time() - begin:.0f} s", flush=True)


def windows(x):
    """Two-second windows a second apart over what is spoken; a shorter clip is repeated."""
    e = np.convolve(np.abs(x), np.ones(400) / 400, "same")
    k = np.flatnonzero(e > 0.05 * e.max())
    x = x[k[0] : k[-1] + 1] if len(k) else x
    if len(x) < LENGTH:
        return np.take(x, np.arange(LENGTH), mode="wrap")[None]
    return np.stack([x[a : a + LENGTH] for a in range(0, len(x) - LENGTH + 1, LENGTH // 2)])


def clip_measures(folder, level):
    """The clips that some fold tests, and what is measured on their windows."""
    samples = np.memmap(f"{folder}/clips.f32" if level == "clean" else f"{folder}/clips-{level}.f32", np.float32, "r")
    own, count, parts = [], {}, []
    for c in json.load(open(f"{folder}/clips.json")):
        count[c["source"]] = count.get(c["source"], 0) + 1
        if any(tested(c, fold) for fold in FOLDS) and (c["source"] in SETS or count[c["source"]] <= 20):
            parts.append(windows(np.array(samples[c["offset"] : c["offset"] + c["length"]])).astype(np.float32))
            own.append({**c, "windows": len(parts[-1])})
    x = np.concatenate(parts)
    return own, measures_of(f"{folder}/measures-{level}.f32", lambda a, b: x[a:b], len(x))


def score(nets, folder, fold, size):
    rows = []
    for level in ("clean", "web", "hard"):
        clips, v = clip_measures(folder, level)
        s, at = answer(nets, v[:, :size]), 0
        for c in clips:
            one, at = s[at : at + c["windows"]], at + c["windows"]
            if tested(c, fold):
                rows.append({"id": c["id"], "source": c["source"], "class": c["class"], "generator": c["generator"], "group": c["group"], "level": level, "score": round(float(one.mean()), 4)})
    return rows


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder, fold = sys.argv[1:3]
    if fold == "measure":
        measure(folder, sys.argv[3:])
        for level in () if sys.argv[3:] else ("clean", "web", "hard"):
            print(level, len(clip_measures(folder, level)[1]), "windows", flush=True)
        sys.exit()
    items, measures = pieces(folder)
    if fold == "choose":
        choose(folder, items, measures)
    else:
        more, size, changes = VARIANTS[sys.argv[4] if len(sys.argv) > 4 else "base"]
        wanted = lambda it: keep(it, fold) and (more or kind(it) not in CONFIG["families"])
        nets = train_all(items, measures[:, :size], wanted, {**CONFIG, **changes}, True)
        torch.save([n.state_dict() for n in nets], f"{folder}/voice-{fold}.pt")
        if fold in FOLDS:
            rows = score(nets, folder, fold, size)
            json.dump(rows, open(f"{sys.argv[3]}/voice-{fold}.json", "w"), indent=0)
            report(rows, fold)
