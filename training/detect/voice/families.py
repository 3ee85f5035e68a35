"""Neural vocoders of five kinds that are in use, trained here from the mel spectrum, all but two of them with a few numbers a
frame beside it that keep the lowest harmonics of the waveform. Their copies were tried as twins of the voice net; what ships
does not know them.

  python3 families.py train .cache/voice hifigan 6.2     # minutes on one core; kinds: KINDS; learned.py material comes first

Transposed convolutions with several kernels (HiFi-GAN), with stacks of widening ones (MelGAN), periodic activations between
which the rate is doubled and halved (BigVGAN), the first driven by a sine at the pitch (as voice changers use), and inverted
frames (Vocos). Those in use run at 22 or 24 kHz and are heard at 16: what their layers leave lies at other places. So these
are trained, and make copies, at rates from 16 to 24 kHz. Two checkpoints are kept.
"""
import glob
import os
import sys
import time
import numpy as np
import torch
import torch.nn.functional as F
from scipy.signal import resample_poly
from torch import nn
from learned import Block, Critic, descend, logmel, spectral
from vocoders import pitch

# Rate at which a vocoder hears and speaks, as a share of 16 kHz.
RATES = ((1, 1), (5, 4), (11, 8), (3, 2))
LENGTH = 8192


def shifted(x, k):
    """Samples k later (k may be negative), the ends repeated."""
    t = x.shape[2]
    return F.pad(x, (max(0, -k), max(0, k)), mode="replicate")[:, :, max(0, k) : max(0, k) + t]


class Smooth(nn.Module):
    """A periodic activation at twice the rate, so that what it adds above half the rate does not fold back. Both rates are
    joined by short half-band filters, built of shifts: filters for each channel are slow here."""

    def __init__(self, c):
        super().__init__()
        self.a = nn.Parameter(torch.zeros(1, c, 1))
        self.b = nn.Parameter(torch.zeros(1, c, 1))

    def forward(self, x):
        a, b = self.a.exp(), 1 / (self.b.exp() + 1e-6)
        even, odd = x, (x + shifted(x, 1)) * 0.5625 - (shifted(x, -1) + shifted(x, 2)) * 0.0625
        even, odd = (v + b * torch.sin(v * a) ** 2 for v in (even, odd))
        return even / 2 + (odd + shifted(odd, -1)) * 0.28125 - (shifted(odd, 1) + shifted(odd, -2)) * 0.03125


class Branch(nn.Module):
    """Residual convolutions, each widening one followed by a plain one where `two` says so."""

    def __init__(self, c, k, dilations, act, two):
        super().__init__()
        self.acts = nn.ModuleList([act(c) for _ in dilations])
        self.wide = nn.ModuleList([nn.Conv1d(c, c, k, padding=d * (k // 2), dilation=d) for d in dilations])
        self.plain = nn.ModuleList([nn.Conv1d(c, c, k if two > 1 else 1, padding=k // 2 if two > 1 else 0) for _ in dilations]) if two else [None] * len(dilations)

    def forward(self, x):
        for act, wide, plain in zip(self.acts, self.wide, self.plain):
            h = wide(act(x))
            if plain is not None:
                h = plain(F.leaky_relu(h, 0.1))
            x = x + h
        return x


class Upsampler(nn.Module):
    """Mel spectrum (and a sine at the pitch) to samples by transposed convolutions."""

    def __init__(self, ups, c, kernels, dilations, smooth=False, two=0, sine=False, latent=32):
        super().__init__()
        self.hop, self.sine = int(np.prod(ups)), sine
        # What a few numbers a frame keep of the waveform: pitch and phase of the lowest harmonics are right after minutes.
        self.code = nn.Conv1d(1, latent, 3 * self.hop, self.hop, self.hop) if latent else None
        self.into = nn.Conv1d(80 + latent, c, 7, padding=3)
        act = Smooth if smooth else (lambda c: nn.LeakyReLU(0.1))
        self.ups, self.res, self.drive, left = nn.ModuleList(), nn.ModuleList(), nn.ModuleList(), self.hop
        for u in ups:
            left //= u
            self.ups.append(nn.ConvTranspose1d(c, c // 2, 2 * u, u, (u + 1) // 2, output_padding=u % 2))
            c //= 2
            self.res.append(nn.ModuleList([Branch(c, k, d, act, two) for k, d in zip(kernels, dilations)]))
            if sine:
                self.drive.append(nn.Conv1d(1, c, 2 * left, left, left // 2) if left > 1 else nn.Conv1d(1, c, 1))
        self.end, self.last = act(c), nn.Conv1d(c, 1, 7, padding=3)

    def forward(self, mel, sine, x):
        if self.code is not None:
            z = self.code(x[:, None])[:, :, : mel.shape[2]]
            z = z / (z.pow(2).mean((1, 2), keepdim=True).sqrt() + 1e-4)
            mel = torch.cat([mel, z + 0.1 * torch.randn_like(z)], 1)
        h = self.into(mel)
        for i, (up, res) in enumerate(zip(self.ups, self.res)):
            h = up(F.leaky_relu(h, 0.1))
            if self.sine:
                d = self.drive[i](sine[:, None])
                h = h + F.pad(d, (0, max(0, h.shape[2] - d.shape[2])))[:, :, : h.shape[2]]
            h = sum(r(h) for r in res) / len(res)
        return torch.tanh(self.last(self.end(h)))[:, 0]


class Inverted(nn.Module):
    """Vocos: frames of the mel spectrum to magnitude and phase, inverted."""

    def __init__(self, c, blocks, n, hop):
        super().__init__()
        self.hop, self.n, self.sine = hop, n, False
        self.into, self.blocks, self.norm = nn.Conv1d(80, c, 7, padding=3), nn.Sequential(*[Block(c) for _ in range(blocks)]), nn.LayerNorm(c)
        self.out = nn.Linear(c, n + 2)

    def forward(self, mel, sine, x):
        t = mel.shape[2]
        h = self.blocks(self.into(F.pad(mel, (0, 1), mode="replicate")))
        m, p = self.out(self.norm(h.transpose(1, 2))).transpose(1, 2).chunk(2, 1)
        s = torch.exp(m.clamp(max=5)) * torch.complex(torch.cos(p), torch.sin(p))
        return torch.istft(s, self.n, self.hop, window=torch.hann_window(self.n), length=t * self.hop)


KINDS = {
    "hifigan": lambda: Upsampler((8, 8, 4), 192, (3, 5, 7), ((1, 2), (2, 6), (3, 12))),
    "melgan": lambda: Upsampler((8, 8, 2, 2), 256, (3,), ((1, 3, 9),), two=1),
    "bigvgan": lambda: Upsampler((4, 4, 4, 4), 192, (3, 7), ((1, 3), (1, 3)), smooth=True),
    "sines": lambda: Upsampler((10, 5, 4), 192, (3, 5, 7), ((1, 2), (2, 6), (3, 12)), sine=True, latent=0),
    "vocos": lambda: Inverted(256, 6, 1024, 256),
}


class Periods(nn.Module):
    """A critic that sees every p-th sample in one column."""

    def __init__(self, p):
        super().__init__()
        self.p = p
        self.convs = nn.ModuleList([nn.Conv2d(a, b, (5, 1), (3, 1), (2, 0)) for a, b in ((1, 16), (16, 32), (32, 64), (64, 64))])
        self.out = nn.Conv2d(64, 1, (3, 1), padding=(1, 0))

    def forward(self, x):
        h, kept = x[:, : x.shape[1] // self.p * self.p].reshape(x.shape[0], 1, -1, self.p) * 4, []
        for conv in self.convs:
            h = F.leaky_relu(conv(h), 0.1)
            kept.append(h)
        return self.out(h), kept


class Samples(nn.Module):
    """A critic of the samples, strided and grouped (MelGAN)."""

    def __init__(self, scale):
        super().__init__()
        self.scale = scale
        self.convs = nn.ModuleList([nn.Conv1d(1, 16, 15, padding=7), nn.Conv1d(16, 64, 41, 4, 20, groups=4), nn.Conv1d(64, 128, 41, 4, 20, groups=8), nn.Conv1d(128, 128, 5, padding=2)])
        self.out = nn.Conv1d(128, 1, 3, padding=1)

    def forward(self, x):
        h, kept = F.avg_pool1d(x[:, None], self.scale) * 4, []
        for conv in self.convs:
            h = F.leaky_relu(conv(h), 0.2)
            kept.append(h)
        return self.out(h), kept


def at_rate(x, up, down):
    return resample_poly(x, up, down).astype(np.float32) if up != down else x


def sine_of(x, rng=None):
    """A sine at the pitch of x with its harmonics' sum left to the net, silent where there is none, and a little noise."""
    f0, _ = pitch(x)
    f = np.interp(np.arange(len(x)) / 160, np.arange(len(f0)), f0)
    f = np.where(f > 60, f, 0)
    s = np.where(f > 0, 0.1 * np.sin(2 * np.pi * np.cumsum(f) / 16000), 0)
    return (s + np.where(f > 0, 0.003, 0.03) * (rng or np.random.default_rng(len(x))).normal(size=len(x))).astype(np.float32)


def critics_of(kind):
    if kind == "melgan":
        return [Samples(2), Critic(512), Samples(4), Critic(1024)]
    return [Periods(2), Critic(1024), Periods(3), Critic(256), Periods(5), Critic(512), Periods(7)]


def train(folder, kind, minutes):
    torch.manual_seed(6)
    rng = np.random.default_rng(6)
    x_all = np.load(f"{folder}/vocoder-material.npz")["x"].astype(np.float32)
    # Each piece at one of the rates.
    rates = rng.integers(0, len(RATES), len(x_all))
    heard = [at_rate(x, *RATES[r]) for x, r in zip(x_all, rates)]
    net = KINDS[kind]()
    sines = [at_rate(sine_of(x), *RATES[r]) for x, r in zip(x_all, rates)] if net.sine else None
    critics = nn.ModuleList(critics_of(kind))
    print(kind, sum(p.numel() for p in net.parameters()), "weights", flush=True)
    g = torch.optim.AdamW(net.parameters(), 1e-3, (0.8, 0.99))
    d = torch.optim.AdamW(critics.parameters(), 5e-4, (0.8, 0.99))
    size, count = (16384, 8) if kind == "vocos" else (LENGTH, 8)
    size = size // net.hop * net.hop
    begin, step, marks = time.time(), 0, [0.5, 1.0]
    while marks:
        rows = [(i, rng.integers(0, len(heard[i]) - size)) for i in rng.integers(0, len(heard), count)]
        gain = rng.uniform(0.6, 1.4, (count, 1)).astype(np.float32)
        x = torch.from_numpy(np.stack([heard[i][a : a + size] for i, a in rows]) * gain)
        sine = torch.from_numpy(np.stack([sines[i][a : a + size] for i, a in rows])) if sines else None
        mel = logmel(x, net.hop)
        part = (time.time() - begin) / (60 * minutes)
        y = net(mel, sine, x)
        loss = spectral(y, x) + 2 * (logmel(y, 256) - logmel(x, 256)).abs().mean()
        if kind not in ("vocos", "sines"):
            loss = loss + 5 * (y - x).abs().mean()
        if part > 0.2:
            c = critics[step % len(critics)]
            dl = F.relu(1 - c(x)[0]).mean() + F.relu(1 + c(y.detach())[0]).mean()
            d.zero_grad()
            dl.backward()
            d.step()
            score, kept = c(y)
            with torch.no_grad():
                real = c(x)[1]
            loss = loss - 0.2 * min(1, 5 * (part - 0.2)) * score.mean() + sum((a - b).abs().mean() / (b.abs().mean() + 1e-3) for a, b in zip(kept, real)) / 4
        descend(net, g, loss, step, part)
        step += 1
        if step % 100 == 0:
            with torch.no_grad():
                far = spectral(net(mel, sine, x), x).item()
            print(f"{kind} step {step} {time.time() - begin:.0f} s loss {loss.item():.3f} spectral {far:.3f}", flush=True)
        if part >= marks[0]:
            torch.save(net.state_dict(), f"{folder}/family-{kind}-{int(100 * marks.pop(0))}.pt")


def load(folder):
    """The kept checkpoints as functions like those of vocoders.py."""
    nets = {}
    for path in sorted(glob.glob(f"{folder}/family-*.pt")):
        name = os.path.basename(path)[7:-3]
        net = KINDS[name.split("-")[0]]()
        net.load_state_dict(torch.load(path))
        net.eval()

        def run(x, rng, net=net, name=name):
            up, down = RATES[rng.integers(len(RATES))]
            gain = rng.uniform(0.06, 0.1) / (x.std() + 1e-4)
            whole = (np.pad(x, (0, 2048), mode="reflect") * gain).astype(np.float32)
            sine = at_rate(sine_of(whole, rng), up, down) if net.sine else None
            whole = at_rate(whole, up, down)
            whole = whole[: len(whole) // net.hop * net.hop]
            torch.manual_seed(int(rng.integers(1 << 30)))
            with torch.no_grad():
                given = torch.from_numpy(whole[None])
                y = net(logmel(given, net.hop), None if sine is None else torch.from_numpy(sine[None, : len(whole)]), given)
            y = at_rate(y[0].numpy() / gain, down, up)
            return np.pad(y, (0, max(0, len(x) - len(y))))[: len(x)]

        nets[f"learned-{name}"] = run
    return nets


if __name__ == "__main__":
    torch.set_num_threads(1)
    train(sys.argv[2], sys.argv[3], float(sys.argv[4]))
