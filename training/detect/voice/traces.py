"""What the voice net reads off its two looks: 1,424 statistics of two seconds, of loud and of soft frames apart.

Spread, lean and tails of each band, how fast it changes in time and frequency, how much of it repeats, and how far the
pulses of different bands go together. None of them knows words; convolutions that find their own features learned the
recordings by heart instead (docs/detect-sound.md)."""
import torch
import torch.nn.functional as F

BANDS = 16


def banded(v):
    """Means of 16 bands: [n, t, k] to [n, t, 16]."""
    n, t, k = v.shape
    return v.reshape(n, t, BANDS, k // BANDS).mean(3)


def later(v, lag):
    """The same cells `lag` rows later; the last rows stay where they are."""
    return torch.cat([v[:, lag:], v[:, -lag:]], 1)


def higher(v, lag):
    return torch.cat([v[:, :, lag:], v[:, :, -lag:]], 2)


def weights(level):
    """[n, t] loudness to weights [n, 2, t] of loud and of soft frames, each of sum one."""
    level = level - level.mean(1, keepdim=True)
    loud = torch.sigmoid(4 * level)
    both = torch.stack([loud, 1 - loud], 1) + 1e-3
    return both / both.sum(2, keepdim=True)


def gather(maps, w):
    """Weighted means over time: [n, 2, 16 * maps]."""
    return torch.matmul(w, torch.cat(maps, 2))


def shape(m1, m2, m3, m4):
    """Mean, log spread, lean and tails from means of x to x^4."""
    var = (m2 - m1 * m1).clamp(min=1e-4)
    sd = var.sqrt()
    c3 = m3 - 3 * m1 * m2 + 2 * m1 * m1 * m1
    c4 = (m4 - 4 * m1 * m3 + 6 * m1 * m1 * m2 - 3 * m1 * m1 * m1 * m1).clamp(min=1e-6)
    return [m1, sd.log(), c3 / (var * sd), c4.sqrt() / var]


def of_lines(s):
    w = weights(s.mean(2))
    f = s - F.avg_pool2d(s[:, None], (1, 25), 1, (0, 12), count_include_pad=False)[:, 0]
    f2, s2 = f * f, s * s
    maps = [banded(v) for v in (s, s2, s2 * s, s2 * s2, f, f2, f2 * f, f2 * f2)]
    maps += [banded(f * later(f, lag)) for lag in (1, 2, 3)]
    maps += [banded((s - later(s, lag)).abs()) for lag in (1, 2, 4)]
    maps += [banded((f - later(f, lag)).abs()) for lag in (1, 2)]
    maps += [banded((s - higher(s, lag)).abs()) for lag in (1, 2, 3)]
    maps += [banded((2 * higher(s, 1) - s - higher(s, 2)).abs())]
    m = gather(maps, w).chunk(len(maps), 2)
    out = shape(*m[:4]) + shape(*m[4:8])
    power = m[5].clamp(min=1e-3)
    out += [v / power for v in m[8:11]] + [(v + 1e-3).log() for v in m[11:]]
    # How much of a band repeats in frequency, frame by frame: the lines of a voice.
    lines = []
    for at in range(0, 200, 28):
        u = f[:, :, at : at + 56]
        u = u - u.mean(2, keepdim=True)
        e = (u * u).mean(2) + 1e-3
        best = torch.stack([(u[:, :, lag:] * u[:, :, :-lag]).mean(2) for lag in range(3, 13)], 0).amax(0) / e
        lines += [best, best * best, e.log()]
    out.append(torch.matmul(w, torch.stack(lines, 2)))
    stay = torch.matmul(w, f)
    n = len(s)
    out += [(stay.abs().reshape(n, 2, 16, 16).mean(3) + 1e-3).log(), stay.reshape(n, 2, 16, 16).amax(3)]
    return torch.cat(out, 2).flatten(1)


def of_pulses(p):
    slow = F.avg_pool2d(p[:, None], (13, 1), 1, (6, 0), count_include_pad=False)[:, 0]
    w = weights(slow.mean(2))
    q = p - slow
    q2, p2 = q * q, p * p
    maps = [banded(v) for v in (q, q2, q2 * q, q2 * q2, p, p2, p2 * p, p2 * p2)]
    maps += [banded(q * later(q, lag)) for lag in (2, 3, 4, 5)]
    maps += [banded(q * higher(q, lag)) for lag in (1, 2, 4, 8, 16)]
    maps += [banded((p - later(p, lag)).abs()) for lag in (1, 2, 3, 4)]
    m = gather(maps, w).chunk(len(maps), 2)
    out = shape(*m[:4]) + shape(*m[4:8])
    power = m[1].clamp(min=1e-3)
    out += [v / power for v in m[8:17]] + [(v + 1e-3).log() for v in m[17:]]
    return torch.cat(out, 2).flatten(1)


def traces(spectra, pulsed):
    return torch.cat([of_lines(spectra[:, 0]), of_pulses(pulsed[:, 0])], 1)
