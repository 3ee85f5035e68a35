"""Step 3 of the voice net: puts the pieces through the codec that step 2 drew for them, and the clips themselves through
the two codecs that the verdict asks about (`web`: Opus at 24 kbit/s, `hard`: Opus at 12).

  python3 recode.py .cache/voice base        # a part of step 2; needs opusenc, opusdec and lame (Debian: opus-tools, lame)
  python3 recode.py .cache/voice clips       # the clips

Pieces of one codec are joined for encoding: a codec forgets within a few frames, and the cut leaves a margin.
"""
import json
import subprocess
import sys
import numpy as np
from scipy.io import wavfile
from pool import LENGTH, MARGIN, WHOLE
from vocoders import RATE


def through(samples, codec, rate, place, comp="10"):
    """Samples (int16) after a codec, as many as before."""
    plain, coded, back = (f"{place}.{end}" for end in ("wav", codec, "out.wav"))
    wavfile.write(plain, RATE, samples)
    kbit = str(rate // 1000)
    if codec == "opus":
        steps = [["opusenc", "--quiet", "--comp", comp, "--bitrate", kbit, plain, coded], ["opusdec", "--quiet", "--rate", str(RATE), coded, back]]
    else:
        steps = [["lame", "--quiet", "-b", kbit, "--resample", "16", plain, coded], ["lame", "--quiet", "--decode", coded, back]]
    for step in steps:
        subprocess.run(step, check=True, stdout=subprocess.DEVNULL)
    out = wavfile.read(back)[1]
    return np.pad(out, (0, max(0, len(samples) - len(out))))[: len(samples)]


def pieces(folder, part):
    pieces = json.load(open(f"{folder}/pieces-{part}.json"))
    data = np.memmap(f"{folder}/pieces-{part}.i16", "<i2", "r").reshape(-1, WHOLE)
    out = np.memmap(f"{folder}/coded-{part}.i16", "<i2", "w+", shape=(len(pieces), LENGTH))
    lists = {}
    for i, it in enumerate(pieces):
        lists.setdefault((it["codec"], it["rate"]), []).append(i)
    for (codec, rate), own in sorted(lists.items()):
        for at in range(0, len(own), 400):
            some = own[at : at + 400]
            x = np.array(data[some])
            if codec != "none":
                x = through(x.ravel(), codec, rate, f"{folder}/{part}", "3").reshape(-1, WHOLE)
            out[some] = x[:, MARGIN : MARGIN + LENGTH]
        print(codec, rate, len(own), flush=True)
    out.flush()


def clips(folder):
    clips = json.load(open(f"{folder}/clips.json"))
    clean = np.fromfile(f"{folder}/clips.f32", np.float32)
    whole = np.clip(np.round(clean * 32767), -32768, 32767).astype("<i2")
    for level, rate in (("web", 24000), ("hard", 12000)):
        (through(whole, "opus", rate, f"{folder}/clips").astype(np.float32) / 32767).tofile(f"{folder}/clips-{level}.f32")
    print(len(clips), "clips at web and hard")


if __name__ == "__main__":
    clips(sys.argv[1]) if sys.argv[2] == "clips" else pieces(*sys.argv[1:3])
