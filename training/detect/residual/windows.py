"""The windows that the net looks at: parts of the core round a face, brought to one size.

`src/detect/detectors/synthesis-residual.ts` cuts the same windows as `grid_of`; a change here is a change there."""
import cv2
import numpy as np

from pictures import RESIZES

SIZE = 112
# (x, y, side) in shares of the core: its four quarters, which overlap.
WINDOWS = [(0, 0, 0.64), (0.36, 0, 0.64), (0, 0.36, 0.64), (0.36, 0.36, 0.64)]


def cut(pixels, x, y, share, how=cv2.INTER_AREA, size=SIZE):
    """A part of the core as size x size; averaged when smaller, bilinear when enlarged."""
    full = len(pixels)
    side = max(8, round(share * full))
    x, y = round(x * full), round(y * full)
    part = pixels[min(y, full - side) :, min(x, full - side) :][:side, :side]
    return cv2.resize(part, (size, size), interpolation=how if side > size else cv2.INTER_LINEAR)


def random_window(rng, whole):
    """(x, y, share) for training: nearly all of the face in a share `whole` of cases, else a part."""
    share = rng.uniform(0.82, 1) if rng.rand() < whole else rng.uniform(0.5, 0.75)
    return rng.uniform(0, 1 - share), rng.uniform(0, 1 - share), share


def grid_of(pixels, size=SIZE):
    """All windows of one core in use: len(WINDOWS) x size x size x 3."""
    return np.stack([cut(pixels, *w, size=size) for w in WINDOWS])


def random_how(rng):
    return RESIZES[rng.randint(len(RESIZES))]
