"""Two small learned vocoders, trained here, whose copies join the twins of the voice net.

  python3 learned.py train .cache/voice frames 9      # minutes of training
  python3 learned.py train .cache/voice upsampling 9

`frames` predicts magnitude and phase of each frame and inverts them (as Vocos, Siuzdak 2023); `upsampling` grows the
waveform by transposed convolutions (as MelGAN and HiFi-GAN). Both: mel spectrum in, losses on spectra at three sizes, and
two small discriminators on spectra. They see only recordings that no test uses (prompts, game voices). Checkpoints of
several ages are kept: a worse vocoder is another vocoder.
"""
import json
import sys
import time
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from vocoders import mel_filters

HOP, N = 128, 512


def logmel(x, bands=80):
    s = torch.stft(x, N, HOP, window=torch.hann_window(N), return_complex=True).abs() ** 2
    return torch.log(torch.from_numpy(mel_filters(bands, N)) @ s + 1e-5)


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.dw, self.norm = nn.Conv1d(c, c, 7, padding=3, groups=c), nn.LayerNorm(c)
        self.a, self.b = nn.Linear(c, 3 * c), nn.Linear(3 * c, c)

    def forward(self, x):
        h = self.norm(self.dw(x).transpose(1, 2))
        return x + self.b(F.gelu(self.a(h))).transpose(1, 2)


class Frames(nn.Module):
    def __init__(self, c=160, depth=4):
        super().__init__()
        self.into, self.blocks = nn.Conv1d(80, c, 7, padding=3), nn.Sequential(*[Block(c) for _ in range(depth)])
        self.out = nn.Conv1d(c, N + 2, 1)

    def forward(self, mel):
        m, p = self.out(self.blocks(self.into(mel))).chunk(2, 1)
        s = torch.exp(m.clamp(max=6)) * torch.complex(torch.cos(p), torch.sin(p))
        return torch.istft(s, N, HOP, window=torch.hann_window(N), length=(mel.shape[2] - 1) * HOP)


class Residual(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv1d(c, c, 3, padding=d, dilation=d) for d in (1, 3)])

    def forward(self, x):
        for conv in self.convs:
            x = x + conv(F.leaky_relu(x, 0.1))
        return x


class Upsampling(nn.Module):
    def __init__(self, c=128):
        super().__init__()
        layers = [nn.Conv1d(80, c, 7, padding=3)]
        for k in (8, 4, 4):
            layers += [nn.LeakyReLU(0.1), nn.ConvTranspose1d(c, c // 2, 2 * k, k, k // 2), Residual(c // 2)]
            c //= 2
        self.net = nn.Sequential(*layers, nn.LeakyReLU(0.1), nn.Conv1d(c, 1, 7, padding=3))

    def forward(self, mel):
        return torch.tanh(self.net(mel)[:, 0, : (mel.shape[2] - 1) * HOP])


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
    for n in (256, 512, 1024):
        w = torch.hann_window(n)
        a, b = (torch.stft(v, n, n // 4, window=w, return_complex=True).abs() + 1e-4 for v in (y, x))
        loss = loss + (a.log() - b.log()).abs().mean() + (a - b).norm() / b.norm()
    return loss / 3


NETS = {"frames": Frames, "upsampling": Upsampling}


def train(folder, kind, minutes):
    torch.manual_seed(5)
    rng = np.random.default_rng(5)
    clips = json.load(open(f"{folder}/clips.json"))
    samples = np.memmap(f"{folder}/clips.f32", np.float32, "r")
    own = [c for c in clips if c["source"].startswith(("asterisk", "fillets", "ktuberling"))]
    net, critics = NETS[kind](), nn.ModuleList([Critic(1024), Critic(256)])
    g = torch.optim.AdamW(net.parameters(), 8e-4, (0.8, 0.99))
    d = torch.optim.AdamW(critics.parameters(), 5e-4, (0.8, 0.99))
    begin, step, length, marks = time.time(), 0, 64 * HOP, [0.35, 0.6, 1.0]
    while marks:
        rows = []
        for c in rng.choice(own, 16):
            at = c["offset"] + rng.integers(0, max(1, c["length"] - length))
            v = np.array(samples[at : at + length])
            rows.append(v * rng.uniform(0.05, 0.12) / (v.std() + 1e-3))
        x = torch.from_numpy(np.stack(rows).astype(np.float32)).clamp(-1, 1)
        y = net(logmel(x))
        loss = spectral(y, x)
        if step > 250:
            dl = 0
            for c in critics:
                dl = dl + F.relu(1 - c(x)[0]).mean() + F.relu(1 + c(y.detach())[0]).mean()
            d.zero_grad()
            dl.backward()
            d.step()
            for c in critics:
                score, kept = c(y)
                with torch.no_grad():
                    real = c(x)[1]
                loss = loss - 0.1 * score.mean() + 0.5 * sum((a - b).abs().mean() for a, b in zip(kept, real))
        g.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        g.step()
        step += 1
        part = (time.time() - begin) / (60 * minutes)
        for group in g.param_groups:
            group["lr"] = 8e-4 * (1 - 0.9 * min(1, part))
        if step % 50 == 0:
            print(f"{kind} step {step} {time.time() - begin:.0f} s loss {loss.item():.3f}", flush=True)
        if part >= marks[0]:
            torch.save(net.state_dict(), f"{folder}/vocoder-{kind}-{int(100 * marks.pop(0))}.pt")


def load(folder):
    """The kept checkpoints as functions like those of vocoders.py."""
    import glob
    import os

    nets = {}
    for path in sorted(glob.glob(f"{folder}/vocoder-*.pt")):
        name = os.path.basename(path)[8:-3]
        net = NETS[name.split("-")[0]]()
        net.load_state_dict(torch.load(path))
        net.eval()

        def run(x, rng, net=net):
            with torch.no_grad():
                gain = 0.08 / (x.std() + 1e-4)
                y = net(logmel(torch.from_numpy(x[None] * gain).float()))[0].numpy() / gain
            return np.pad(y, (0, max(0, len(x) - len(y))))[: len(x)]

        nets[f"learned-{name}"] = run
    return nets


if __name__ == "__main__":
    torch.set_num_threads(1)
    train(sys.argv[2], sys.argv[3], float(sys.argv[4]))
