"""The voice net: two seconds of samples to one logit. What it measures is part of the net and fixed; only the small
network behind it is trained.

Measured are 1,483 statistics over the frames of a window, loud and soft frames apart, none of which keeps words, and
from all of which the level is taken out (474 more, `edges` and `lines`, were tried and do not ship):
- long frames (25 ms), 32 bands: flatness, changes in time and in frequency, how far phases of neighbouring frames and of
  neighbouring bins agree, spread and skew of the fine structure, lines that stand all the time
- short frames (8 ms, each 2.5 ms), 8 bands: single pulses, their sharpness, and whether bands pulse together
- frames of 40 ms, 8 bands: how periodic each band is at the common pitch, and how the pitch moves
"""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

# SIZE statistics ship; MORE with what `edges` and `lines` add, which was tried.
LENGTH, LEVEL, SIZE, MORE = 32000, 0.07, 1483, 1957
FLOOR = 16.1


class Frames(nn.Module):
    """Fourier coefficients of windowed frames by convolution, which an exported net may hold: [n, 2, bins, frames]."""

    def __init__(self, frame, fft, hop, first, bins):
        super().__init__()
        self.hop, self.bins = hop, bins
        w = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frame) / frame)
        turn = 2 * np.pi / fft * np.outer(np.arange(first, first + bins), np.arange(frame))
        rows = np.concatenate([np.cos(turn) * w, -np.sin(turn) * w])[:, None]
        self.register_buffer("rows", torch.tensor(rows, dtype=torch.float32))

    def forward(self, x):
        if torch.onnx.is_in_onnx_export():
            s = F.conv1d(x[:, None], self.rows, stride=self.hop)
        else:  # The same, and several times as fast here.
            s = (x.unfold(1, self.rows.shape[2], self.hop) @ self.rows[:, 0].T).transpose(1, 2)
        return s[:, : self.bins], s[:, self.bins :]


def bands(v, size):
    """Mean over groups of bins: [n, bins, t] to [n, bins / size, t]."""
    n, k, t = v.shape
    return v.reshape(n, k // size, size, t).mean(2)


def moments(v, w):
    """Mean and deviation over time under weights [n, 1, t]."""
    m = (v * w).sum(2) / w.sum(2)
    d = ((v - m[:, :, None]) ** 2 * w).sum(2) / w.sum(2)
    return m, (d + 1e-6).sqrt()


def loudness(power):
    """Weights of loud frames, by the frame's log power beside the window's."""
    e = torch.log(power.sum(1, keepdim=True) + 1e-7)
    z = (e - e.mean(2, keepdim=True)) / ((e - e.mean(2, keepdim=True)).pow(2).mean(2, keepdim=True).sqrt() + 0.1)
    return torch.sigmoid(3 * z) + 1e-3


def together(v, w):
    """Correlations between the rows of v [n, c, t] under weights, the upper triangle."""
    m = (v * w).sum(2, keepdim=True) / w.sum(2, keepdim=True)
    u = (v - m) * w.sqrt()
    u = u / (u.pow(2).sum(2, keepdim=True) + 1e-6).sqrt()
    c = u @ u.transpose(1, 2)
    at = [(i, j) for i in range(v.shape[1]) for j in range(i + 1, v.shape[1])]
    return torch.stack([c[:, i, j] for i, j in at], 1)


class Measures(nn.Module):
    """Samples [n, 32000] to SIZE or MORE statistics each."""

    def __init__(self, size=SIZE):
        super().__init__()
        self.more = size > SIZE
        self.long, self.short, self.pitch = Frames(400, 512, 160, 1, 256), Frames(128, 128, 40, 1, 64), Frames(640, 1024, 160, 1, 512)
        if self.more:
            self.sharp, self.wide = Frames(64, 64, 8, 1, 32), Frames(1024, 1024, 256, 1, 512)
            swing = 2 * np.pi * np.arange(1, 513) * 256 / 1024
            self.register_buffer("swing", torch.tensor(np.stack([np.cos(swing), np.sin(swing)])[:, None, :, None], dtype=torch.float32))
        shift = 2 * np.pi * np.arange(1, 257) * 160 / 512
        self.register_buffer("turn", torch.tensor(np.stack([np.cos(shift), np.sin(shift)])[:, None, :, None], dtype=torch.float32))
        lags = np.arange(40, 247)
        w = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(640) / 640)
        own = np.correlate(w, w, "full")[639:][lags] / (w**2).sum()
        cos = np.cos(2 * np.pi / 1024 * np.outer(np.arange(1, 513), lags)) / own
        self.register_buffer("lags", torch.tensor(cos.T.reshape(207, 8, 64).transpose(1, 0, 2).copy(), dtype=torch.float32))
        self.register_buffer("loglag", torch.tensor(np.log(lags), dtype=torch.float32)[None, :, None])
        self.register_buffer("prefer", torch.tensor(0.0004 * lags, dtype=torch.float32)[None, :, None])

    def forward(self, x):
        x = x - x.mean(1, keepdim=True)
        x = x / (x.pow(2).mean(1, keepdim=True).sqrt() + 1e-5) * LEVEL
        more = [*self.edges(x), *self.lines(x)] if self.more else []
        return torch.cat([*self.fine(x), *self.pulses(x), *self.periods(x), *more], 1)

    def fine(self, x):
        re, im = self.long(x)
        p = re**2 + im**2 + 1e-9
        loud = loudness(p)
        soft = 1.002 - loud
        top = p.amax((1, 2), keepdim=True)
        l = torch.log(torch.maximum(p, top * float(np.exp(-FLOOR))))
        pad = F.pad(l[:, None], (0, 0, 1, 1), mode="replicate")[:, 0]
        # Phase advance that a hop makes at each bin is taken off before neighbouring frames are compared.
        a, b, c, d = re[:, :, 1:], im[:, :, 1:], re[:, :, :-1], im[:, :, :-1]
        ur, ui = a * c + b * d, b * c - a * d
        vr, vi = ur * self.turn[0] + ui * self.turn[1], ui * self.turn[0] - ur * self.turn[1]
        near = (bands(vr, 8) ** 2 + bands(vi, 8) ** 2).sqrt() / (bands(p[:, :, 1:], 8) * bands(p[:, :, :-1], 8)).sqrt()
        r2, i2 = F.pad(re[:, 1:], (0, 0, 0, 1)), F.pad(im[:, 1:], (0, 0, 0, 1))
        across = (bands(re * r2 + im * i2, 8) ** 2 + bands(im * r2 - re * i2, 8) ** 2).sqrt() / bands(p, 8)
        rest = l - F.avg_pool2d(l[:, None], (9, 5), 1, (4, 2), count_include_pad=False)[:, 0]
        looks = [
            bands(l, 8) - torch.log(bands(p, 8)).clamp(min=-25),
            bands((l[:, :, 1:] - l[:, :, :-1]).abs(), 8),
            bands((l[:, :, 4:] - l[:, :, :-4]).abs(), 8),
            bands((pad[:, 2:] - 2 * l + pad[:, :-2]).abs(), 8),
            near,
            across,
            bands(rest**2, 8),
            bands(rest**3, 8),
        ]
        out = []
        for v in looks:
            w, u = loud[:, :, : v.shape[2]], soft[:, :, : v.shape[2]]
            out += [*moments(v, w), *moments(v, u)]
        for w in (loud, soft):
            m = (l * w).sum(2) / w.sum(2)
            line = m - F.avg_pool1d(F.pad(m[:, None], (6, 6), mode="replicate"), 13, 1)[:, 0]
            line = line.reshape(-1, 32, 8)
            out += [line.amax(2), line.abs().mean(2)]
        return out

    def edges(self, x):
        """Frames of 4 ms each half a millisecond, 8 bands: whether pulses begin at once in all of them and die out, or swell."""
        re, im = self.sharp(x)
        p = bands(re**2 + im**2 + 1e-9, 4)
        loud = F.avg_pool1d(loudness(p), 101, 1, 50)
        e = torch.log(torch.maximum(p, p.amax((1, 2), keepdim=True) * float(np.exp(-FLOOR))))
        fast = e - F.avg_pool1d(e, 25, 1, 12, count_include_pad=False)
        m, s = moments(fast, loud)
        z = ((fast - m[:, :, None]) / s[:, :, None]).clamp(-5, 5)
        over = lambda v: (v * loud[:, :, : v.shape[2]]).sum(2) / loud[:, :, : v.shape[2]].sum(2)
        out = [s, over(z**3), over(z**4) / 3]
        for k in (1, 2, 4, 8, 16, 32):
            a, b = z[:, :, :-k], z[:, :, k:]
            out += [over(a**2 * b - a * b**2), over(a * b)]
        for k in (1, 2, 4):
            out += [over(z[:, :-1, :-k] * z[:, 1:, k:]), over(z[:, :-1, k:] * z[:, 1:, :-k])]
        return [*out, together(fast, loud), together((fast[:, :, 2:] - fast[:, :, :-2]), loud[:, :, 2:])]

    def lines(self, x):
        """Frames of 64 ms, 16 bands: what lies between the harmonics, and how long their phases hold."""
        re, im = self.wide(x)
        p = re**2 + im**2 + 1e-9
        loud = loudness(p)
        l = torch.log(torch.maximum(p, p.amax((1, 2), keepdim=True) * float(np.exp(-FLOOR))))
        a, b, c, d = re[:, :, 1:], im[:, :, 1:], re[:, :, :-1], im[:, :, :-1]
        ur, ui = a * c + b * d, b * c - a * d
        vr, vi = ur * self.swing[0] + ui * self.swing[1], ui * self.swing[0] - ur * self.swing[1]
        near = (bands(vr, 32) ** 2 + bands(vi, 32) ** 2).sqrt() / (bands(p[:, :, 1:], 32) * bands(p[:, :, :-1], 32)).sqrt()
        rest = l - F.avg_pool2d(l[:, None], (17, 1), 1, (8, 0), count_include_pad=False)[:, 0]
        pad = F.pad(l[:, None], (0, 0, 1, 1), mode="replicate")[:, 0]
        looks = [
            bands(l, 32) - torch.log(bands(p, 32)).clamp(min=-25),
            bands((l[:, :, 1:] - l[:, :, :-1]).abs(), 32),
            bands((rest[:, :, 1:] * rest[:, :, :-1]), 32),
            bands((pad[:, 2:] - 2 * l + pad[:, :-2]).abs(), 32),
            near,
            bands(rest**2, 32),
            bands(rest**3, 32),
            bands(rest.abs(), 32) / (bands(rest**2, 32) + 1e-3).sqrt(),
        ]
        out = []
        for v in looks:
            out += moments(v, loud[:, :, : v.shape[2]])
        return out

    def pulses(self, x):
        re, im = self.short(x)
        p = re**2 + im**2 + 1e-9
        loud = loudness(p)
        loud = F.avg_pool1d(loud, 25, 1, 12)
        soft = 1.002 - loud
        l = torch.log(torch.maximum(p, p.amax((1, 2), keepdim=True) * float(np.exp(-FLOOR))))
        e = torch.log(bands(p, 8) + 1e-8)
        fast = e - F.avg_pool1d(e, 25, 1, 12, count_include_pad=False)
        step = fast[:, :, 1:] - fast[:, :, :-1]
        jump = fast[:, :, 4:] - fast[:, :, :-4]
        out = []
        for w in (loud, soft):
            m, s = moments(fast, w)
            z = (fast - m[:, :, None]) / s[:, :, None]
            out += [s, (z**3 * w).sum(2) / w.sum(2), (z**4 * w).sum(2) / w.sum(2) / 3]
            out += [moments(step, w[:, :, 1:])[1] / s, moments(jump, w[:, :, 4:])[1] / s]
            out += [*moments(bands((l[:, :, 1:] - l[:, :, :-1]).abs(), 8), w[:, :, 1:])]
            out += [*moments(bands((l[:, 1:] - l[:, :-1]).abs()[:, :56], 8), w)]
            out += [*moments(bands(l, 8) - torch.log(bands(p, 8) + 1e-9), w)]
        return [*out, together(fast, loud), together(step, loud[:, :, 1:]), together(fast, soft)]

    def periods(self, x):
        re, im = self.pitch(x)
        p = re**2 + im**2 + 1e-10
        n, _, t = p.shape
        loud = loudness(p)
        parts = p.reshape(n, 8, 64, t)
        r = torch.matmul(self.lags, parts)
        whole = r.sum(1) / p.sum(1, keepdim=True)
        w = torch.softmax(40 * (whole - self.prefer), 1)
        each = (r * w[:, None]).sum(2) / parts.sum(2)
        best = (whole * w).sum(1, keepdim=True)
        voiced = torch.sigmoid(12 * (best - 0.55)) * loud + 1e-4
        lag = (self.loglag * w).sum(1, keepdim=True)
        v = torch.cat([each, best], 1)
        moves = torch.cat([(lag[:, :, 1:] - lag[:, :, :-1]).abs(), (v[:, :, 1:] - v[:, :, :-1]).abs()], 1)
        return [*moments(v, voiced), *moments(moves, (voiced[:, :, 1:] * voiced[:, :, :-1]).sqrt()), voiced.mean(2), together(v, voiced)]


class VoiceNet(nn.Module):
    """Statistics [n, SIZE] to one logit each: larger is more like a vocoder."""

    def __init__(self, size, width=64, drop=0.5):
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("scale", torch.ones(size))
        self.body = nn.Sequential(nn.Dropout(drop / 2), nn.Linear(size, width), nn.GELU(), nn.Dropout(drop), nn.Linear(width, 1))

    def forward(self, v):
        return self.body(((v - self.mean) / self.scale).clamp(-4, 4))[:, 0]
