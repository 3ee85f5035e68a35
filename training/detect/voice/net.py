"""The voice net and what it looks at. `src/speech/voice-spectrum.ts` computes the same input."""
import torch
import torch.nn.functional as F
from torch import nn

LENGTH, FRAME, FFT, HOP, BINS = 32000, 400, 512, 160, 256
FLOOR, SMOOTH = 16.1, 25


def spectrum(x):
    """Samples [n, 32000] to log spectra [n, 1, 197, 256].

    Natural log of the power, no lower than 70 dB below the loudest cell; less the smoothed mean over time, which takes
    away the microphone, the room's colour and the loudness, and leaves lines that are finer than 25 bins (780 Hz).
    """
    s = torch.stft(x, FFT, HOP, FRAME, torch.hann_window(FRAME), center=False, return_complex=True)
    p = torch.log(s.abs()[:, 1:] ** 2 + 1e-9).transpose(1, 2)
    p = torch.maximum(p, p.amax((1, 2), keepdim=True) - FLOOR)
    mean = p.mean(1, keepdim=True)
    mean = F.avg_pool1d(F.pad(mean, (SMOOTH // 2, SMOOTH // 2), mode="replicate"), SMOOTH, 1)
    return ((p - mean) / 3)[:, None]


class Step(nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(a, a, 3, stride, 1, groups=a, bias=False),
            nn.BatchNorm2d(a),
            nn.Conv2d(a, b, 1, bias=False),
            nn.BatchNorm2d(b),
            nn.ReLU(),
        )
        self.same = a == b and stride == 1

    def forward(self, x):
        return x + self.net(x) if self.same else self.net(x)


class VoiceNet(nn.Module):
    """Log spectra [n, 1, 197, 256] to one logit each: larger is more like a vocoder."""

    def __init__(self, width=1.0, drop=0.2):
        super().__init__()
        c = [int(w * width) for w in (16, 32, 48, 64, 96)]
        self.body = nn.Sequential(
            nn.Conv2d(1, c[0], (7, 5), (4, 2), (3, 2), bias=False),
            nn.BatchNorm2d(c[0]),
            nn.ReLU(),
            Step(c[0], c[1], 2),
            Step(c[1], c[1], 1),
            Step(c[1], c[2], 2),
            Step(c[2], c[2], 1),
            Step(c[2], c[3], 2),
            Step(c[3], c[3], 1),
            Step(c[3], c[4], 1),
        )
        # Where in the spectrum matters, so the bands stay apart; time is averaged.
        self.bands = nn.Conv1d(c[4], 64, 3, 2, 1)
        self.head = nn.Sequential(nn.Dropout(drop), nn.Linear(64 * 8 * 2, 1))

    def forward(self, x):
        h = self.body(x)
        both = torch.cat([h.mean(2), h.amax(2)], 0)
        z = F.relu(self.bands(both)).flatten(1)
        mean, most = z.chunk(2, 0)
        return self.head(torch.cat([mean, most], 1))[:, 0]
