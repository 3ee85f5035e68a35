"""The voice net and what it looks at. `src/speech/voice-spectrum.ts` computes the same input."""
import torch
import torch.nn.functional as F
from torch import nn
from traces import traces

LENGTH, FRAME, FFT, HOP, BINS = 32000, 400, 512, 160, 256
FLOOR, SMOOTH = 16.1, 25
# The second look: short windows, which tell the pulses of a voice apart.
PULSE, PULSE_HOP, PULSE_BINS = 128, 40, 64
TRACES = 1424
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


class VoiceNet(nn.Module):
    """Both spectra to one logit each: larger is more like a vocoder. Several small nets on the same statistics, averaged."""

    def __init__(self, count=3, drop=0.5):
        super().__init__()
        self.register_buffer("mean", torch.zeros(TRACES))
        self.register_buffer("deviation", torch.ones(TRACES))
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Dropout(drop), nn.Linear(TRACES, 64), nn.ReLU(), nn.Dropout(drop), nn.Linear(64, 1)) for _ in range(count)
        )

    def judged(self, found):
        """Logits of each small net, [count, n], from statistics [n, TRACES]."""
        z = ((found - self.mean) / self.deviation).clamp(-4, 4)
        return torch.stack([head(z)[:, 0] for head in self.heads])

    def forward(self, spectra, pulsed):
        return self.judged(traces(spectra, pulsed)).mean(0)
