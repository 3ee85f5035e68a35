"""Step 5 of the voice net: voice-all.pt becomes models/voice.onnx and its card.

  python3 export.py .cache/voice ../../../models
"""
import glob
import hashlib
import json
import os
import sys
import torch
from net import LENGTH, Measures, VoiceNet

folder, models = sys.argv[1], sys.argv[2]


class Shipped(torch.nn.Module):
    """The mean of the nets on what is measured once."""

    def __init__(self, states, width):
        super().__init__()
        self.measures = Measures(len(states[0]["mean"]))
        self.nets = torch.nn.ModuleList([VoiceNet(len(s["mean"]), width) for s in states])
        for net, state in zip(self.nets, states):
            net.load_state_dict(state)

    def forward(self, samples):
        v = self.measures(samples)
        return sum(net(v) for net in self.nets)[:, None] / len(self.nets)


states = torch.load(f"{folder}/voice-all.pt")
shipped = Shipped(states, states[0]["body.1.weight"].shape[0]).eval()
path = f"{models}/voice.onnx"
torch.onnx.export(
    shipped,
    torch.randn(2, LENGTH) * 0.1,
    path,
    input_names=["samples"],
    output_names=["score"],
    dynamic_axes={"samples": {0: "n"}, "score": {0: "n"}},
    opset_version=13,
)
# What the trained net says of two signals that test/detect-sound.test.ts makes as well.
t = torch.arange(LENGTH, dtype=torch.float64) / 16000
turn, sway = 2 * torch.pi * (120 * t + 3 * torch.sin(4 * torch.pi * t)), 1 + torch.sin(6 * torch.pi * t)
signals = [0.1 * sway * sum(torch.sin(h * turn + h * h) / h for h in range(1, 31, k + 1)) for k in (0, 1)]
with torch.no_grad():
    scores = [round(v, 4) for v in shipped(torch.stack(signals).float())[:, 0].tolist()]
reference = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference.json")
open(reference, "w").write(json.dumps({"scores": scores}) + "\n")
data = open(path, "rb").read()
digest = hashlib.sha256(data).hexdigest()
items = [it for path in glob.glob(f"{folder}/pieces-*.json") for it in json.load(open(path))]
count = lambda kind: len({it["clip"] for it in items if it["class"] == kind})
card = {
    "id": "voice",
    "title": "Voice: vocoder or recording",
    "task": "whether two seconds of speech came out of a vocoder",
    "licence": "Apache-2.0",
    "source": {"script": "training/detect/voice/train.py"},
    "year": 2026,
    "vendor": "Likeness",
    "trainedOn": f"{count('real')} clips of recorded speech (vocoder demonstration sets, RAVDESS, LJSpeech, GRID, JFK; telephone prompts, game voices, spoken words and descriptions of Debian packages), {count('fake')} clips of neural vocoders, and copies of each recording by FARGAN, by small neural vocoders trained here and by signal processing; no clip is contained in the net",
    "sha256": digest,
    "bytes": os.path.getsize(path),
    "inputs": [{"name": "samples", "dtype": "float32", "dims": [-1, LENGTH], "means": "two seconds of one channel at 16 kHz; loudness does not matter"}],
    "outputs": [{"name": "score", "dtype": "float32", "dims": [-1, 1], "means": "logit: larger is more like a vocoder; not calibrated"}],
    "knownFailures": [
        "Vocoders and microphones that it has not heard shift its scores; see docs/detect-sound.md for how far.",
        "Telephone sound and codecs below 16 kbit/s.",
        "Music, singing and noise: it was trained on speech alone.",
    ],
}
json.dump(card, open(f"{models}/voice.json", "w"), indent=2)
open(f"{models}/voice.json", "a").write("\n")
print(digest, len(data))
