"""Two runs beside each other: AUC of each left-out set and their mean, the difference with a bootstrap over sentences, and
what one line through all three sets gives.

  python3 compare.py old-scores new-scores       # folders with voice-<set>.json
"""
import json
import sys
import numpy as np
from metrics import auc

SETS = ("unimelgan", "hifigan", "bigvgan")


def load(folder, fold, level):
    return {r["id"]: r for r in json.load(open(f"{folder}/voice-{fold}.json")) if r["level"] == level}


def figures(old, new, keys):
    """AUC of both runs on the files of the drawn sentences."""
    out = []
    for run in (old, new):
        rows = [run[i] for i in keys]
        real = np.array([r["score"] for r in rows if r["class"] == "real"])
        fake = np.array([r["score"] for r in rows if r["class"] == "fake"])
        out.append(auc(real, fake) if len(real) and len(fake) else np.nan)
    return out


for level in ("clean", "web", "hard"):
    rng, draws = np.random.default_rng(0), []
    whole = []
    for fold in SETS:
        old, new = (load(folder, fold, level) for folder in sys.argv[1:3])
        groups = {}
        for i in sorted(set(old) & set(new)):
            groups.setdefault(new[i]["group"], []).append(i)
        names = sorted(groups)
        whole.append(figures(old, new, [i for g in names for i in groups[g]]))
        draws.append([figures(old, new, [i for k in rng.integers(0, len(names), len(names)) for i in groups[names[k]]]) for _ in range(1000)])
        gain = np.array(draws[-1])[:, 1] - np.array(draws[-1])[:, 0]
        low, high = np.nanpercentile(np.array(draws[-1])[:, 1], [2.5, 97.5])
        print("%s %s old %.3f new %.3f (%.3f-%.3f), difference %.3f to %.3f" % (fold, level, *whole[-1], low, high, *np.nanpercentile(gain, [2.5, 97.5])))
    mean = np.nanmean(np.array(draws), 0)
    print("mean %s old %.3f new %.3f, difference %.3f to %.3f" % (level, *np.mean(whole, 0), *np.nanpercentile(mean[:, 1] - mean[:, 0], [2.5, 97.5])))
    for name, folder in zip(("old", "new"), sys.argv[1:3]):
        rows = [r for fold in SETS for r in load(folder, fold, level).values()]
        real, fake = (np.array([r["score"] for r in rows if r["class"] == c]) for c in ("real", "fake"))
        print("one line %s %s AUC %.3f, at 5 %% false alarms %.2f" % (level, name, auc(real, fake), (fake > np.quantile(real, 0.95)).mean()))
