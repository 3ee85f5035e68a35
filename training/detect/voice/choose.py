"""The splits on which the voice net was chosen: no clip and no copy of a neural set is scored, so no fold was looked at.

  python3 choose.py .cache/voice

Each split leaves out a group of sources and a group of the vocoders of this folder, trains on the rest (the neural sets
among it) and scores the left-out pieces: copies of vocoders that were left out (unseen) and that were not (seen).
"""
import json
import sys
import numpy as np
import torch
from metrics import auc
from train import found, train

SOURCES = [("asterisk-fr", "asterisk-es", "fillets-nl", "words"), ("ravdess", "grid", "jfk", "ljspeech"), ("asterisk-en", "asterisk-it", "asterisk-ru", "fillets-cs")]
COPIES = [("learned", "griffin-lim"), ("lpc", "envelope-pulses", "noise-mel"), ("images", "blurred", "upper-phase", "phase-noise")]
SPLITS = [(0, 0), (1, 1), (2, 2), (1, 0), (2, 0), (0, 2)]

if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = sys.argv[1]
    items, x = json.load(open(f"{folder}/pieces.json")), found(folder)
    results = []
    for a, b in SPLITS:
        net = train(items, x, lambda it: not it["source"].startswith(SOURCES[a]) and not it["generator"].startswith(COPIES[b]), count=1)
        test = [i for i, it in enumerate(items) if it["source"].startswith(SOURCES[a])]
        with torch.no_grad():
            s = net.judged(x[test]).mean(0).numpy()
        kind = np.array([items[i]["generator"] for i in test])
        by = {g: auc(s[kind == "-"], s[kind == g]) for g in sorted(set(kind)) if g != "-"}
        pair = [np.mean([v for g, v in by.items() if g.startswith(COPIES[b]) == left]) for left in (True, False)]
        results.append(pair)
        print(f"without {SOURCES[a]} and {COPIES[b]}: unseen %.3f seen %.3f" % tuple(pair), flush=True)
    print("mean: unseen %.3f seen %.3f" % tuple(np.mean(results, 0)))
