"""Six small neural vocoders, trained here, whose copies join the twins of the voice net.

  python3 learned.py material .cache/voice
  python3 learned.py train .cache/voice hifi 4.7    # minutes on one busy core; kinds: KINDS

What ships heard hifi (4.7 minutes), block8 (2.2), frames (3.8), block20 (3.2) and block32 (3.2); pulses had no time left.

Each is built as one family of neural vocoders: strided transposed convolutions with several kernels (HiFi-GAN), the same
driven by pulses at the pitch (as voice changers use), upsampling by repetition with periodic activations (BigVGAN),
inverted frames (Vocos), and three codecs of short blocks. Losses: spectra at several sizes, and two small discriminators.
The blocks see a narrow latent of the recording and keep its waveform, the frames start from the magnitude of the mel spectrum
and the phase of pulses: both make usable copies after few minutes. They hear only recordings of Debian packages (`material`). Two
checkpoints are kept: a worse vocoder is another vocoder.
"""
import glob
import json
import os
import sys
import time
import numpy as np
import torch
import torch.nn.functional as F
from scipy.signal import firwin
from torch import nn
from vocoders import excitation, mel_filters

LENGTH = 9600


def logmel(x, hop, n=1024, bands=80):
    s = torch.stft(x, n, hop, window=torch.hann_window(n), return_complex=True).abs() ** 2
    return torch.log(torch.from_numpy(mel_filters(bands, n)) @ s + 1e-5)[:, :, :-1]


class Snake(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a = nn.Parameter(torch.ones(1, c, 1))

    def forward(self, x):
        return x + torch.sin(self.a * x) ** 2 / (self.a.abs() + 0.05)


class Residual(nn.Module):
    def __init__(self, c, kernels, dilations, snake):
        super().__init__()
        self.act = Snake(c) if snake else nn.LeakyReLU(0.1)
        self.convs = nn.ModuleList([nn.ModuleList([nn.Conv1d(c, c, k, padding=d * (k // 2), dilation=d) for d in dilations]) for k in kernels])

    def forward(self, x):
        total = 0
        for branch in self.convs:
            h = x
            for conv in branch:
                h = h + conv(self.act(h))
            total = total + h
        return total / len(self.convs)


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.dw, self.norm = nn.Conv1d(c, c, 7, padding=3, groups=c), nn.LayerNorm(c)
        self.a, self.b = nn.Linear(c, 3 * c), nn.Linear(3 * c, c)

    def forward(self, x):
        h = self.norm(self.dw(x).transpose(1, 2))
        return x + self.b(F.gelu(self.a(h))).transpose(1, 2)


class Vocoder(nn.Module):
    """Samples and pulses in, samples out; what lies between is one of KINDS."""

    def __init__(self, ups, c, kernels=(3, 7), dilations=(1, 3), mel=True, latent=0, repeat=False, snake=False, pulses=False, bands=1, frames=0):
        super().__init__()
        self.hop, self.mel, self.bands, self.frames = int(np.prod(ups)) * bands if not frames else frames // 4, mel, bands, frames
        self.latent = latent
        if latent:
            # A block of samples and its neighbours through one matrix: learned within seconds, nearly invertible.
            self.code = nn.Conv1d(1, latent, 3 * self.hop, self.hop, self.hop)
        self.into = nn.Conv1d(80 * mel + latent, c, 7, padding=3)
        if frames:
            self.blocks, self.out = nn.Sequential(*[Block(c) for _ in range(4)]), nn.Conv1d(c, frames + 2, 1)
            w = mel_filters(80, frames)
            self.register_buffer("back", torch.from_numpy((w / np.maximum(w.sum(0, keepdims=True), 1e-9)).T.copy()))
            nn.init.zeros_(self.out.weight)
            nn.init.zeros_(self.out.bias)
            return
        self.ups, self.res, self.drive = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        left = int(np.prod(ups))
        for k in ups:
            b = max(16, c // 2)
            left //= k
            if repeat:
                self.ups.append(nn.Sequential(nn.LeakyReLU(0.1), nn.Upsample(scale_factor=k), nn.Conv1d(c, b, 2 * k + 1, padding=k)))
            else:
                self.ups.append(nn.Sequential(nn.LeakyReLU(0.1), nn.ConvTranspose1d(c, b, 2 * k, k, (k + 1) // 2, output_padding=k % 2)))
            self.res.append(Residual(b, kernels, dilations, snake))
            if pulses:
                self.drive.append(nn.Conv1d(1, b, 2 * left + 1, left, left) if left > 1 else nn.Conv1d(1, b, 7, padding=3))
            c = b
        self.last = nn.Conv1d(c, bands, 7, padding=3)
        if bands > 1:
            t, proto = np.arange(63) - 31, firwin(63, 1 / (2 * bands) * 1.1)
            rows = [2 * proto * np.cos((2 * k + 1) * np.pi / (2 * bands) * t - (-1) ** k * np.pi / 4) for k in range(bands)]
            self.register_buffer("bank", torch.tensor(np.stack(rows)[:, None], dtype=torch.float32))

    def melody(self, x):
        """The mel spectrum, for each of the steps at which the samples are built; at least 4 ms apart."""
        hop = self.hop if self.hop >= 64 else 160
        m = logmel(x, hop)
        return m if hop == self.hop else m.repeat_interleave(hop // self.hop, 2)

    def forward(self, x, pulses):
        given = [self.melody(x)] if self.mel else []
        if self.latent:
            z = self.code(x[:, None])
            z = z[:, :, : x.shape[1] // self.hop]
            z = z / (z.pow(2).mean((1, 2), keepdim=True).sqrt() + 1e-4)
            given.append(z + 0.05 * torch.randn_like(z) if self.training else z)
        count = min(g.shape[2] for g in given)
        h = self.into(torch.cat([g[:, :, :count] for g in given], 1))
        if self.frames:
            # Starts from the magnitude that the mel spectrum knows, and from the phase of the pulses.
            m, p = self.out(F.pad(self.blocks(h), (0, 1), mode="replicate")).chunk(2, 1)
            w = torch.hann_window(self.frames)
            e = torch.stft(pulses[:, : count * self.hop], self.frames, self.hop, window=w, return_complex=True)
            power = torch.exp(F.pad(given[0][:, :, :count], (0, 1), mode="replicate"))
            known = 0.5 * torch.log(self.back @ power + 1e-6) + 0.5 * float(np.log(self.frames / 1024))
            phase = torch.angle(e) + p
            s = torch.exp((known + m).clamp(max=6)) * torch.complex(torch.cos(phase), torch.sin(phase))
            return torch.istft(s, self.frames, self.hop, window=torch.hann_window(self.frames), length=count * self.hop)
        for i, (up, res) in enumerate(zip(self.ups, self.res)):
            h = up(h)
            if len(self.drive):
                d = self.drive[i](pulses[:, None])
                n = min(d.shape[2], h.shape[2])
                h = h[:, :, :n] + d[:, :, :n]
            h = res(h)
        y = self.last(F.leaky_relu(h, 0.1))
        if self.bands == 1:
            return torch.tanh(y[:, 0])
        wide = torch.zeros(y.shape[0], self.bands, y.shape[2] * self.bands)
        wide[:, :, :: self.bands] = y * self.bands
        return F.conv1d(wide, self.bank.transpose(0, 1).flip(2), padding=31)[:, 0]


KINDS = {
    "hifi": lambda: Vocoder((8, 5, 2, 2), 192),
    "pulses": lambda: Vocoder((8, 8, 4), 128, kernels=(3, 5), pulses=True),
    "frames": lambda: Vocoder((1,), 192, frames=512),
    "block8": lambda: Vocoder((2, 2, 2), 48, kernels=(3,), mel=False, latent=5),
    "block20": lambda: Vocoder((5, 4), 64, kernels=(3,), dilations=(1, 3, 9), latent=10, repeat=True, snake=True),
    "block32": lambda: Vocoder((8, 4), 96, kernels=(3, 7), latent=14),
}


class Critic(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.n = n
        self.convs = nn.ModuleList(
            [nn.Conv2d(1, 16, (5, 3), (2, 1), (2, 1)), nn.Conv2d(16, 16, (5, 3), (2, 2), (2, 1)), nn.Conv2d(16, 32, 3, (2, 2), 1)]
        )
        self.out = nn.Conv2d(32, 1, 3, padding=1)

    def forward(self, x):
        s = torch.stft(x, self.n, self.n // 4, window=torch.hann_window(self.n), return_complex=True).abs()
        h, kept = torch.log(s + 1e-3)[:, None], []
        for conv in self.convs:
            h = F.leaky_relu(conv(h), 0.1)
            kept.append(h)
        return self.out(h), kept


def spectral(y, x):
    loss = 0
    for n in (128, 512, 1024):
        w = torch.hann_window(n)
        a, b = (torch.stft(v, n, n // 4, window=w, return_complex=True).abs() + 1e-3 for v in (y, x))
        loss = loss + (a.log() - b.log()).abs().mean() + (a - b).norm() / b.norm()
    return loss / 3


def descend(net, g, loss, step, part):
    """One step of a generator: warmed up, then slower by what part of the time is over; gradients clipped."""
    for group in g.param_groups:
        group["lr"] = 1e-3 * min(1, step / 50 + 0.1) * (1 - 0.9 * min(1, part))
    g.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    g.step()


def train(folder, kind, minutes):
    torch.manual_seed(5)
    rng = np.random.default_rng(5)
    data = np.load(f"{folder}/vocoder-material.npz")
    x_all, e_all = data["x"], data["e"]
    net, critics = KINDS[kind](), nn.ModuleList([Critic(1024), Critic(256)])
    print(kind, sum(p.numel() for p in net.parameters()), "weights", flush=True)
    g = torch.optim.AdamW(net.parameters(), 1e-3, (0.8, 0.99))
    d = torch.optim.AdamW(critics.parameters(), 5e-4, (0.8, 0.99))
    begin, step, marks = time.time(), 0, [0.6, 1.0]
    while marks:
        rows = [(i, rng.integers(0, x_all.shape[1] - LENGTH)) for i in rng.integers(0, len(x_all), 6)]
        gain = rng.uniform(0.6, 1.4, (6, 1)).astype(np.float32)
        x = torch.from_numpy(np.stack([x_all[i, a : a + LENGTH] for i, a in rows]).astype(np.float32) * gain)
        e = torch.from_numpy(np.stack([e_all[i, a : a + LENGTH] for i, a in rows]).astype(np.float32))
        y = net(x, e)
        n = min(y.shape[1], x.shape[1])
        x, y = x[:, :n], y[:, :n]
        part = (time.time() - begin) / (60 * minutes)
        loss = spectral(y, x)
        if net.latent:
            loss = loss + 5 * (y - x).abs().mean()
        if part > 0.3:
            if step % 2 == 0:
                dl = 0
                for c in critics:
                    dl = dl + F.relu(1 - c(x)[0]).mean() + F.relu(1 + c(y.detach())[0]).mean()
                d.zero_grad()
                dl.backward()
                d.step()
            c = critics[step % 2]
            score, kept = c(y)
            with torch.no_grad():
                real = c(x)[1]
            loss = loss - 0.15 * score.mean() + 0.5 * sum((a - b).abs().mean() for a, b in zip(kept, real))
        descend(net, g, loss, step, part)
        step += 1
        if step % 50 == 0:
            print(f"{kind} step {step} {time.time() - begin:.0f} s loss {loss.item():.3f} spectral {spectral(y, x).item():.3f}", flush=True)
        if part >= marks[0]:
            torch.save(net.state_dict(), f"{folder}/vocoder-{kind}-{int(100 * marks.pop(0))}.pt")


def load(folder):
    """The kept checkpoints as functions like those of vocoders.py."""
    nets = {}
    for path in sorted(glob.glob(f"{folder}/vocoder-*.pt")):
        name = os.path.basename(path)[8:-3]
        net = KINDS[name.split("-")[0]]()
        net.load_state_dict(torch.load(path))
        net.eval()

        def run(x, rng, net=net):
            # Ending on a whole number of hops; a repeated end is cut off again.
            gain, whole = 0.08 / (x.std() + 1e-4), np.pad(x, (0, net.hop * 4), mode="reflect")
            whole = whole[: len(whole) // net.hop * net.hop]
            driven = net.frames or len(net.drive)
            e = excitation(whole, rng, False) * 0.08 if driven else whole
            with torch.no_grad():
                y = net(torch.from_numpy(whole[None] * gain).float(), torch.from_numpy(e[None]).float())[0].numpy() / gain
            y = np.pad(y, (0, max(0, len(x) - len(y))))[: len(x)]
            # Blocks keep the waveform, so that a part of what they do wrong is a better net's fault.
            part = rng.uniform(0.25, 1) if net.latent and rng.random() < 0.7 else 1
            return x + np.float32(part) * (y - x)

        nets[f"learned-{name}"] = run
    return nets


def material(folder):
    """What the vocoders hear: pieces of three seconds of the recordings that no test uses, and pulses at their pitch."""
    clips = json.load(open(f"{folder}/clips.json"))
    samples = np.memmap(f"{folder}/clips.f32", np.float32, "r")
    rng, xs, es = np.random.default_rng(4), [], []
    for c in clips:
        if not c["source"].startswith(("asterisk", "fillets", "words", "letters", "stamps")):
            continue
        x = np.array(samples[c["offset"] : c["offset"] + c["length"]])
        x = np.take(x, np.arange(max(48000, len(x) // 48000 * 48000)), mode="wrap")
        for a in range(0, len(x), 48000):
            v = x[a : a + 48000] * (0.08 / (x[a : a + 48000].std() + 1e-3))
            xs.append(np.clip(v, -1, 1).astype(np.float16))
            es.append((excitation(v, rng, False) * 0.08).astype(np.float16))
    np.savez(f"{folder}/vocoder-material.npz", x=np.stack(xs), e=np.stack(es))
    print(len(xs), "pieces of three seconds")


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1] == "material":
        material(sys.argv[2])
    else:
        train(sys.argv[2], sys.argv[3], float(sys.argv[4]))
