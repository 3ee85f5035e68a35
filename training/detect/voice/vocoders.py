"""Copies of real speech through vocoders that need no training: the twins of the voice net.

Each function takes mono samples at 16 kHz (float32) and a numpy Generator, and gives as many samples back: the same
words, pitch and timing, another waveform. They differ in what they throw away: phase (all of it, or only the upper
part), harmonic detail (mel bands), the excitation (pulses and noise through an envelope), the upper band.
"""
import numpy as np
from scipy.signal import lfilter, firwin, resample_poly

RATE = 16000


def stft(x, n, hop):
    pad = np.pad(x, (n // 2, n // 2 + hop), mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(pad, n)[::hop]
    return np.fft.rfft(frames * np.hanning(n + 1)[:-1].astype(np.float32), axis=1).astype(np.complex64)


def istft(s, n, hop, length):
    window = np.hanning(n + 1)[:-1].astype(np.float32)
    frames = np.fft.irfft(s, n, axis=1).astype(np.float32) * window
    total = (len(frames) - 1) * hop + n
    out, norm = np.zeros(total, np.float32), np.zeros(total, np.float32)
    # Overlap-add in strides of whole windows: no loop over frames.
    step = -(-n // hop)
    for k in range(step):
        f = frames[k::step]
        if len(f) == 0:
            continue
        at, width = k * hop, step * hop
        block = np.zeros((len(f), width), np.float32)
        block[:, :n] = f
        weight = np.zeros(width, np.float32)
        weight[:n] = window**2
        flat = block.ravel()[: total - at]
        out[at : at + len(flat)] += flat
        norm[at : at + len(flat)] += np.tile(weight, len(f))[: len(flat)]
    y = out / np.maximum(norm, 1e-3)
    y = y[n // 2 : n // 2 + length]
    return np.pad(y, (0, length - len(y)))


def mel_filters(bands, n, low=0.0, high=8000.0):
    to = lambda f: 2595 * np.log10(1 + f / 700)
    edges = 700 * (10 ** (np.linspace(to(low), to(high), bands + 2) / 2595) - 1)
    f = np.arange(n // 2 + 1) * RATE / n
    lo, mid, hi = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    w = np.clip(np.minimum((f - lo) / (mid - lo), (hi - f) / (hi - mid)), 0, None)
    return (w / np.maximum(w.sum(1, keepdims=True), 1e-6)).astype(np.float32)


def through_mel(power, bands, n, high=8000.0):
    """Power spectra after mel bands and back: each bin gets the weighted mean of the bands that hold it."""
    w = mel_filters(bands, n, 0, high)
    cover = w / np.maximum(w.sum(0, keepdims=True), 1e-9)
    return np.maximum((power @ w.T) @ cover, 1e-10)


def griffin_lim(mag, n, hop, length, steps, rng, momentum=0.99, start=None):
    angle = np.exp(2j * np.pi * rng.random(mag.shape)).astype(np.complex64) if start is None else start
    before = np.zeros_like(angle)
    for _ in range(steps):
        again = stft(istft(mag * angle, n, hop, length), n, hop)[: len(mag)]
        if len(again) < len(mag):
            again = np.pad(again, ((0, len(mag) - len(again)), (0, 0)))
        angle = again - (momentum / (1 + momentum)) * before
        angle /= np.abs(angle) + 1e-9
        before = again
    return istft(mag * angle, n, hop, length)


def griffin_lim_mel(x, rng):
    n = int(rng.choice([512, 800, 1024]))
    hop = n // 4
    bands = int(rng.choice([40, 64, 80, 80, 100, 128]))
    mag = np.sqrt(through_mel(np.abs(stft(x, n, hop)) ** 2, bands, n))
    return griffin_lim(mag, n, hop, len(x), int(rng.choice([4, 8, 16])), rng)


def griffin_lim_linear(x, rng):
    n = int(rng.choice([320, 512, 800, 1024]))
    hop = n // int(rng.choice([2, 4]))
    return griffin_lim(np.abs(stft(x, n, hop)), n, hop, len(x), int(rng.choice([1, 3, 8])), rng)


def upper_phase(x, rng):
    """True below a corner, estimated phase and mel detail above: what good neural vocoders get wrong."""
    n, hop = 512, 128
    s = stft(x, n, hop)
    corner = int(rng.uniform(1200, 5000) / RATE * n)
    bands = int(rng.choice([80, 100, 128]))
    smooth = np.sqrt(through_mel(np.abs(s) ** 2, bands, n))
    mag = np.abs(s).copy()
    blend = np.clip((np.arange(n // 2 + 1) - corner) / 12, 0, 1).astype(np.float32)
    mag = mag * (1 - blend) + smooth * blend
    angle = s / (np.abs(s) + 1e-9)
    noisy = np.exp(2j * np.pi * rng.random(s.shape)).astype(np.complex64)
    angle = np.where(blend[None] > 0.5, noisy, angle)
    for _ in range(int(rng.choice([0, 4, 10]))):
        again = stft(istft(mag * angle, n, hop, len(x)), n, hop)[: len(s)]
        fresh = again / (np.abs(again) + 1e-9)
        angle = np.where(blend[None] > 0.5, fresh, angle)
    return istft(mag * angle, n, hop, len(x))


def phase_noise(x, rng):
    """Jittered or coarsely rounded phase, the magnitude kept."""
    n = int(rng.choice([256, 512, 1024]))
    hop = n // 4
    s = stft(x, n, hop)
    rise = np.linspace(rng.uniform(0, 0.5), rng.uniform(0.6, 2.5), s.shape[1])[None]
    if rng.random() < 0.5:
        turn = rng.normal(size=s.shape) * rise
    else:
        step = 2 * np.pi / int(rng.choice([3, 4, 6, 8]))
        turn = np.round(np.angle(s) / step) * step - np.angle(s)
    return istft(s * np.exp(1j * turn), n, hop, len(x))


def noise_mel(x, rng):
    """Noise through the mel envelope: a whisper."""
    n, hop = 512, 128
    env = np.sqrt(through_mel(np.abs(stft(x, n, hop)) ** 2, int(rng.choice([40, 80, 128])), n))
    noise = stft(rng.normal(size=len(x)).astype(np.float32), n, hop)
    return istft(noise[: len(env)] / np.sqrt(n * 0.375) * env, n, hop, len(x))


def pitch(x, hop=160):
    """Pitch in Hz every 10 ms (0: unvoiced) and how periodic it is, by autocorrelation."""
    n = 640
    pad = np.pad(x, (n // 2, n // 2 + hop))
    f = np.lib.stride_tricks.sliding_window_view(pad, n)[::hop][: len(x) // hop + 1]
    f = (f - f.mean(1, keepdims=True)) * np.hanning(n)
    p = np.abs(np.fft.rfft(f, 2 * n, axis=1)) ** 2
    r = np.fft.irfft(p, axis=1)[:, :n]
    w = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(n), 2 * n)) ** 2)[:n]
    r = r / (r[:, :1] + 1e-9) / np.maximum(w / w[0], 0.05)
    lo, hi = RATE // 400, RATE // 65
    lag = lo + np.argmax(r[:, lo:hi] - 0.0004 * np.arange(lo, hi), axis=1)
    score = r[np.arange(len(r)), lag]
    energy = (f**2).mean(1)
    voiced = (score > 0.45) & (energy > 1e-4 * energy.max())
    return np.where(voiced, RATE / lag, 0.0), np.clip(score, 0, 1)


def excitation(x, rng, dispersed):
    """Pulses where voiced, noise elsewhere, at the pitch of x."""
    f0, strength = pitch(x)
    t = np.arange(len(x)) / 160
    f = np.interp(t, np.arange(len(f0)), np.where(f0 > 0, f0, 0))
    v = np.interp(t, np.arange(len(f0)), (f0 > 0).astype(float))
    f = np.where(v > 0.5, np.maximum(f, 60), 0)
    if rng.random() < 0.5:
        k = np.ones(800) / 800
        f = np.where(f > 0, np.convolve(f, k, "same") / np.maximum(np.convolve((f > 0).astype(float), k, "same"), 1e-3), 0)
    turns = np.cumsum(f / RATE)
    pulse = np.zeros(len(x))
    at = np.flatnonzero(np.diff(np.floor(turns)) > 0)
    pulse[at] = np.sqrt(RATE / np.maximum(f[at], 60))
    if dispersed:
        tail = rng.normal(size=32) * np.exp(-np.arange(32) / rng.uniform(2, 12))
        tail[0] += 1
        pulse = lfilter(tail / np.sqrt((tail**2).sum()), 1, pulse)
    noise = rng.normal(size=len(x))
    corner = rng.uniform(2000, 6500)
    low = firwin(63, corner, fs=RATE)
    voiced = np.convolve(pulse, low, "same") + noise - np.convolve(noise, low, "same")
    return np.where(v > 0.5, voiced, noise).astype(np.float32)


def lpc(x, rng):
    """Linear prediction, order 12 to 24, excited by pulses and noise (the classical source-filter vocoder)."""
    order, n, hop = int(rng.choice([12, 16, 20, 24])), 400, 160
    e = excitation(x, rng, rng.random() < 0.5)
    w = np.hanning(n)
    pad, epad = np.pad(x, (n // 2, n)), np.pad(e, (n // 2, n))
    out, norm = np.zeros(len(pad)), np.zeros(len(pad))
    for at in range(0, len(x), hop):
        f = pad[at : at + n] * w
        r = np.fft.irfft(np.abs(np.fft.rfft(f, 1024)) ** 2)[: order + 1]
        r[0] = r[0] * 1.0005 + 1e-7
        a, err = np.ones(1), r[0]
        for i in range(1, order + 1):
            k = -(a @ r[i:0:-1][: len(a)]) / err
            a = np.r_[a, 0] + k * np.r_[a, 0][::-1]
            err *= 1 - k * k
        y = lfilter([np.sqrt(max(err, 1e-12) / (w**2).sum())], a, epad[at : at + n])
        out[at : at + n] += y * w
        norm[at : at + n] += w
    return (out / np.maximum(norm, 0.05))[n // 2 : n // 2 + len(x)].astype(np.float32)


def envelope_pulses(x, rng):
    """WORLD's way: a smooth spectral envelope (cepstrum or mel) with minimum phase, excited at the true pitch."""
    n, hop = 1024, 80
    power = np.abs(stft(x, n, hop)) ** 2
    if rng.random() < 0.5:
        env = 0.5 * np.log(through_mel(power, int(rng.choice([40, 60, 80])), n))
    else:
        c = np.fft.irfft(0.5 * np.log(power + 1e-8), axis=1)
        keep = int(rng.choice([30, 40, 60]))
        c[:, keep : n - keep + 1] = 0
        env = np.fft.rfft(c, axis=1).real
    if rng.random() < 0.6:
        c = np.fft.irfft(env, axis=1)
        c[:, 1 : n // 2] *= 2
        c[:, n // 2 + 1 :] = 0
        h = np.exp(np.fft.rfft(c, axis=1))
    else:
        h = np.exp(env)
    e = stft(excitation(x, rng, rng.random() < 0.5), n, hop)[: len(h)]
    return istft(e / np.sqrt(n * 0.375) * h, n, hop, len(x))


def images(x, rng):
    """Upsampling that leaves images and tones: zeros or repeats put between samples, and a filter too short."""
    k = int(rng.choice([2, 2, 4]))
    low = resample_poly(x, 1, k).astype(np.float32)
    if rng.random() < 0.5:
        up = np.repeat(low, k)
    else:
        up = np.zeros(len(low) * k, np.float32)
        up[::k] = low * k
        up = np.convolve(up, firwin(int(rng.choice([3, 5, 9])), 0.9 / k), "same")
    up = np.pad(up, (0, max(0, len(x) - len(up))))[: len(x)]
    image = up - np.pad(resample_poly(low, k, 1), (0, k * 4))[: len(x)]
    y = x + image * 10 ** (rng.uniform(-24, -2) / 20)
    if rng.random() < 0.6:
        loud = np.sqrt(np.convolve(x**2, np.ones(400) / 400, "same"))
        t = np.arange(len(x))
        for f in RATE / 2 ** rng.integers(2, 7, 3) * rng.integers(1, 4, 3):
            y = y + loud * 10 ** (rng.uniform(-50, -28) / 20) * np.sin(2 * np.pi * f / RATE * t + rng.uniform(0, 6))
    return y.astype(np.float32)


def blurred(x, rng):
    """The true phase with a magnitude smoothed in time and frequency, as regression leaves it; then one look back."""
    n, hop = 512, 128
    s = stft(x, n, hop)
    log = np.log(np.abs(s) + 1e-5)
    wt, wf = int(rng.choice([3, 5, 7])), int(rng.choice([1, 3, 5]))
    kt, kf = np.hanning(wt + 2)[1:-1], np.hanning(wf + 2)[1:-1]
    soft = np.apply_along_axis(lambda c: np.convolve(c, kt / kt.sum(), "same"), 0, log)
    soft = np.apply_along_axis(lambda c: np.convolve(c, kf / kf.sum(), "same"), 1, soft)
    rise = np.clip(np.linspace(rng.uniform(-0.5, 0.5), 1.3, s.shape[1]), 0, 1)[None]
    mag = np.exp(log * (1 - rise) + soft * rise)
    angle = s / (np.abs(s) + 1e-9)
    if rng.random() < 0.5:
        return griffin_lim(mag, n, hop, len(x), 3, rng, start=angle.astype(np.complex64))
    return istft(mag * angle, n, hop, len(x))


VOCODERS = {
    "griffin-lim-mel": griffin_lim_mel,
    "griffin-lim": griffin_lim_linear,
    "upper-phase": upper_phase,
    "phase-noise": phase_noise,
    "noise-mel": noise_mel,
    "lpc": lpc,
    "envelope-pulses": envelope_pulses,
    "images": images,
    "blurred": blurred,
}
