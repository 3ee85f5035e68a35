"""The voice net and what it looks at. `src/speech/voice-spectrum.ts` computes the same input."""
import torch
import torch.nn.functional as F
from torch import nn

LENGTH, FRAME, FFT, HOP, BINS = 32000, 400, 512, 160, 256
FLOOR, SMOOTH = 16.1, 25
# The second look: short windows, which tell the pulses of a voice apart.
PULSE, PULSE_HOP, PULSE_BINS = 128, 40, 64
PULSE_ROWS = (LENGTH - PULSE) // PULSE_HOP + 1


def logpower(x, fft, hop, window):
    """Natural log of the power without the lowest bin, no lower than 70 dB below the loudest cell."""
    s = torch.stft(x, fft, hop, window, torch.hann_window(window), center=False, return_complex=True)
    p = torch.log(s.abs()[:, 1:] ** 2 + 1e-9).transpose(1, 2)
    return torch.maximum(p, p.amax((1, 2), keepdim=True) - FLOOR)


def spectrum(x):
    """Samples [n, 32000] to log spectra [n, 1, 197, 256].

    Less the smoothed mean over time, which takes away the microphone, the room's colour and the loudness, and leaves
    lines that are finer than 25 bins (780 Hz).
    """
    p = logpower(x, FFT, HOP, FRAME)
    mean = p.mean(1, keepdim=True)
    mean = F.avg_pool1d(F.pad(mean, (SMOOTH // 2, SMOOTH // 2), mode="replicate"), SMOOTH, 1)
    return ((p - mean) / 3)[:, None]


def pulses(x):
    """Samples [n, 32000] to log spectra [n, 1, 797, 64] of 8 ms every 2.5 ms, less their mean over time."""
    p = logpower(x, PULSE, PULSE_HOP, PULSE)
    return ((p - p.mean(1, keepdim=True)) / 3)[:, None]


class Step(nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU())
        self.same = a == b and stride == 1

    def forward(self, x):
        return x + self.net(x) if self.same else self.net(x)


class Branch(nn.Module):
    """Convolutions, then mean and spread over time of each band, then one logit."""

    def __init__(self, kernel, stride, steps, bands, drop):
        super().__init__()
        first = steps[0][0]
        pad = tuple(k // 2 for k in kernel)
        self.body = nn.Sequential(
            nn.Conv2d(1, first, kernel, stride, pad, bias=False), nn.BatchNorm2d(first), nn.ReLU(), *[Step(*s) for s in steps]
        )
        last = steps[-1][1]
        # Where in the spectrum matters, so the bands stay apart; time is averaged.
        self.bands = nn.Conv1d(2 * last, 64, 1)
        self.head = nn.Sequential(nn.Dropout(drop), nn.Linear(64 * bands, 1))

    def forward(self, x):
        h = self.body(x)
        mean = h.mean(2)
        spread = torch.sqrt(((h - mean[:, :, None]) ** 2).mean(2) + 1e-4)
        return self.head(F.relu(self.bands(torch.cat([mean, spread], 1))).flatten(1))[:, 0]


class VoiceNet(nn.Module):
    """Both spectra to one logit each: larger is more like a vocoder."""

    def __init__(self, drop=0.3):
        super().__init__()
        self.lines = Branch((7, 7), (4, 4), [(24, 32, 2), (32, 32, 1), (32, 64, 2), (64, 64, 1), (64, 96, (2, 1)), (96, 96, 1)], 16, drop)
        self.pulses = Branch((13, 5), (8, 2), [(24, 32, 2), (32, 48, 2), (48, 48, 1), (48, 64, (2, 1)), (64, 64, 1)], 8, drop)

    def both(self, spectra, pulsed):
        return self.lines(spectra), self.pulses(pulsed)

    def forward(self, spectra, pulsed):
        a, b = self.both(spectra, pulsed)
        return (a + b) / 2
