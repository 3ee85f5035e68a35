"""Figures from the scores of a fold: AUC with a bootstrap over sentences, and false alarms a source."""
import glob
import json
import sys
import numpy as np


def auc(real, fake):
    both = np.r_[real, fake]
    order = both.argsort()
    rank = np.empty(len(both))
    rank[order] = np.arange(1, len(both) + 1)
    return (rank[len(real) :].sum() - len(fake) * (len(fake) + 1) / 2) / (len(real) * len(fake))


def interval(rows, times=1000):
    """AUC and its 95 % interval; whole sentences are drawn."""
    groups = {}
    for r in rows:
        groups.setdefault(r["group"], []).append((r["class"] == "fake", r["score"]))
    keys, rng, values = sorted(groups), np.random.default_rng(0), []
    for _ in range(times):
        flat = np.array([p for k in rng.choice(keys, len(keys)) for p in groups[k]])
        y = flat[:, 0] > 0.5
        if y.any() and not y.all():
            values.append(auc(flat[~y, 1], flat[y, 1]))
    real = np.array([r["score"] for r in rows if r["class"] == "real"])
    fake = np.array([r["score"] for r in rows if r["class"] == "fake"])
    return auc(real, fake), np.percentile(values, 2.5), np.percentile(values, 97.5), len(real), len(fake)


def report(rows, fold):
    for level in ("clean", "web", "hard"):
        some = [r for r in rows if r["level"] == level]
        if any(r["class"] == "fake" for r in some):
            print("%s %s AUC %.3f (%.3f-%.3f), %d real, %d fake" % (fold, level, *interval(some)))
        for source in sorted({r["source"].split("-")[0] for r in some}):
            s = np.array([r["score"] for r in some if r["class"] == "real" and r["source"].split("-")[0] == source])
            if len(s):
                print("   real %s %s n %d median %.2f, above 0: %.3f, 95th %.2f" % (source, level, len(s), np.median(s), (s > 0).mean(), np.quantile(s, 0.95)))
        for g in sorted({r["generator"] for r in some if r["class"] == "fake"}):
            s = np.array([r["score"] for r in some if r["generator"] == g])
            print("   fake %s %s n %d median %.2f, above 0: %.2f" % (g, level, len(s), np.median(s), (s > 0).mean()))


if __name__ == "__main__":
    for path in sorted(glob.glob(sys.argv[1] + "/voice-*.json")):
        report(json.load(open(path)), path.split("voice-")[-1][:-5])
