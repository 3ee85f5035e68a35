"""Step 4 of the voice net: trains with some sources left out, scores them, and at the end trains on all.

  python3 train.py .cache/voice unimelgan ../scores   # leave a fold out
  python3 train.py .cache/voice all .                 # the net that ships: voice-all.pt

Folds and what else is left out with them: `folds.py`. A batch holds pairs: a piece and one of its copies, through the
same channel and codec. Trained are the answers themselves, which of a pair is larger, and which of any two of the batch
is larger: the last asks for one line through all speakers and microphones. All choices were made by `choose.py`.
"""
import json
import os
import sys
import time
import numpy as np
import torch
import torch.nn.functional as F
from folds import FOLDS, keep, tested
from metrics import auc, report
from net import LENGTH, VoiceNet, pulses, spectrum
from traces import traces

PAIRS, STEPS, RATE, NEURAL, SEED, COUNT = 128, 600, 2e-3, 0.4, 0, 3


def found(folder):
    """The statistics of all pieces, computed once for all folds."""
    path = f"{folder}/traces.npy"
    if not os.path.exists(path):
        data, out = np.memmap(f"{folder}/coded.i16", "<i2", "r").reshape(-1, LENGTH), []
        with torch.no_grad():
            for at in range(0, len(data), 8):
                x = torch.from_numpy(data[at : at + 8].astype(np.float32) / 32767)
                out.append(traces(spectrum(x), pulses(x)))
        np.save(path, torch.cat(out).numpy())
    return torch.from_numpy(np.load(path))


def pairs_of(items, wanted):
    """Pairs (recording, copy) of the pieces that may be trained on, and how often each is drawn."""
    own = [i for i, it in enumerate(items) if wanted(it)]
    real = {items[i]["piece"]: i for i in own if items[i]["class"] == "real"}
    pairs = [(real[items[i]["piece"]], i) for i in own if items[i]["class"] != "real" and items[i]["piece"] in real]
    # Twins: each source as often as the root of its number. Neural copies: one as often as another.
    place = [items[f]["source"].split("-")[0] if items[f]["source"].startswith("words") else items[f]["source"] for _, f in pairs]
    twin = np.array([items[f]["class"] == "twin" for _, f in pairs])
    count = {p: sum(twin[k] for k in range(len(pairs)) if place[k] == p) for p in set(place)}
    weight = np.array([count[p] ** -0.5 if t else 0 for p, t in zip(place, twin)])
    weight = (1 - NEURAL) * weight / weight.sum() + NEURAL * ~twin / max(1, (~twin).sum())
    return own, np.array(pairs), weight / weight.sum()


def losses(real, fake):
    own = F.softplus(real).mean() + F.softplus(-fake).mean()
    return own + F.softplus(real - fake).mean() + F.softplus(real[:, None] - fake[None]).mean()


def train(items, x, wanted, steps=STEPS, seed=SEED, count=COUNT, say=""):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    own, pairs, weight = pairs_of(items, wanted)
    net = VoiceNet(count)
    net.mean, net.deviation = x[own].mean(0), x[own].std(0) + 1e-6
    print(f"{say} seed {seed}: {len(own)} pieces, {len(pairs)} pairs, {sum(p.numel() for p in net.parameters())} weights", flush=True)
    opt = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1.0)
    begin, sums, total = time.time(), [], weight.cumsum()
    for step in range(steps):
        for group in opt.param_groups:
            group["lr"] = RATE * (1 - step / steps)
        k = np.searchsorted(total, rng.random(PAIRS)).clip(max=len(pairs) - 1)
        s = net.judged(x[np.r_[pairs[k, 0], pairs[k, 1]]])
        # Each small net has to tell them apart by itself.
        loss = sum(losses(one[:PAIRS], one[PAIRS:]) for one in s)
        opt.zero_grad()
        loss.backward()
        opt.step()
        both = s.detach().mean(0)
        sums.append([loss.item() / count, (both[PAIRS:] > both[:PAIRS]).float().mean().item(), auc(both[:PAIRS].numpy(), both[PAIRS:].numpy())])
        if say and step % 100 == 99:
            print("%s step %d %.0f s loss %.3f pairs told apart %.3f AUC %.3f" % (say, step + 1, time.time() - begin, *np.mean(sums[-100:], 0)), flush=True)
    return net.eval()


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
    folder, fold, out = sys.argv[1:4]
    torch.set_num_threads(1)
    items = json.load(open(f"{folder}/pieces.json"))
    net = train(items, found(folder), lambda it: keep(it, fold), say=fold)
    torch.save(net.state_dict(), f"{folder}/voice-{fold}.pt")
    if fold in FOLDS:
        rows = score(net, folder, fold)
        json.dump(rows, open(f"{out}/voice-{fold}.json", "w"), indent=0)
        report(rows, fold)
