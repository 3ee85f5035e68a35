"""Step 5 of the voice net: voice.pt becomes models/voice.onnx and its card.

  python3 export.py .cache/voice ../../../models
"""
import hashlib
import json
import os
import sys
import torch
from net import VoiceNet

folder, models = sys.argv[1], sys.argv[2]
net = VoiceNet()
net.load_state_dict(torch.load(f"{folder}/voice-all.pt"))
net.eval()


class Shipped(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = net

    def forward(self, spectrum):
        return self.net(spectrum)[:, None]


path = f"{models}/voice.onnx"
torch.onnx.export(
    Shipped(),
    torch.zeros(2, 1, 197, 256),
    path,
    input_names=["spectrum"],
    output_names=["score"],
    dynamic_axes={"spectrum": {0: "n"}, "score": {0: "n"}},
    opset_version=13,
)
data = open(path, "rb").read()
digest = hashlib.sha256(data).hexdigest()
card = {
    "id": "voice",
    "title": "Voice: vocoder or recording",
    "task": "whether two seconds of speech came out of a vocoder",
    "licence": "Apache-2.0",
    "source": {"script": "training/detect/voice/train.py"},
    "year": 2026,
    "vendor": "Likeness",
    "trainedOn": "492 clips of recorded speech (vocoder demonstration sets, RAVDESS, LJSpeech, GRID, JFK, telephone prompts and game voices of Debian packages), 271 clips of neural vocoders, and two to three vocoded copies of each recording; no clip is contained in the net",
    "sha256": digest,
    "bytes": os.path.getsize(path),
    "inputs": [
        {
            "name": "spectrum",
            "dtype": "float32",
            "dims": [-1, 1, 197, 256],
            "means": "log spectrum of two seconds at 16 kHz less its smoothed mean over time; src/speech/voice-spectrum.ts",
        }
    ],
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
