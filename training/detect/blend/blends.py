"""Self-blended pictures (Shiohara and Yamasaki 2022) from real faces and their 478 landmarks, and the re-encoding that
both of a pair then get. All pictures are uint8 RGB squares; masks and seam maps are float32 0..1."""
import cv2
import numpy as np

from net import SIDE

cv2.setNumThreads(1)

EYES = [[33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7],
        [362, 398, 384, 385, 386, 387, 388, 466, 263, 249, 390, 373, 374, 380, 381, 382]]
BROWS = [70, 63, 105, 66, 107, 336, 296, 334, 293, 300]
LIPS = [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146]
NOSE = [168, 98, 327, 2, 129, 358]
JAW = [234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454]


def square(picture, side):
    """A picture at another size, as the product makes it: averaged when made smaller."""
    if picture.shape[0] == side:
        return picture
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA if side < picture.shape[0] else cv2.INTER_LINEAR)


def jpeg(picture, quality):
    _, data = cv2.imencode('.jpg', cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    return cv2.cvtColor(cv2.imdecode(data, 1), cv2.COLOR_BGR2RGB)


def jitter(rng, a, strength=1.0):
    """One picture in another look: colour, contrast, sharpness, resolution, compression, noise. At least one of them."""
    h = a.shape[0]
    kinds = rng.choice(['rgb', 'hsv', 'tone', 'small', 'blur', 'sharp', 'jpeg', 'noise'], rng.randint(1, 4), False,
                       p=[.16, .16, .16, .15, .12, .1, .09, .06])
    for kind in kinds:
        if kind == 'rgb':
            shift = rng.uniform(-22, 22, 3) * strength
            a = cv2.LUT(a, np.clip(np.arange(256)[:, None] + shift[None], 0, 255).astype(np.uint8)[None].reshape(1, 256, 3))
        elif kind == 'hsv':
            hsv = cv2.cvtColor(a, cv2.COLOR_RGB2HSV)
            r = np.arange(256)
            lut = np.stack([(r + rng.uniform(-7, 7) * strength) % 180, np.clip(r * (1 + rng.uniform(-.3, .3) * strength), 0, 255),
                            np.clip(r + rng.uniform(-25, 25) * strength, 0, 255)], 1).astype(np.uint8)
            a = cv2.cvtColor(cv2.LUT(hsv, lut[None]), cv2.COLOR_HSV2RGB)
        elif kind == 'tone':
            r = (np.arange(256) - 128) * (1 + rng.uniform(-.2, .2) * strength) + 128 + rng.uniform(-18, 18) * strength
            g = np.exp(rng.uniform(-.2, .2) * strength)
            a = cv2.LUT(a, np.clip(255 * (np.clip(r, 0, 255) / 255) ** g, 0, 255).astype(np.uint8))
        elif kind == 'small':
            s = max(24, int(h / rng.uniform(1.4, 3.5)))
            up = [cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4][rng.randint(3)]
            a = cv2.resize(cv2.resize(a, (s, s), interpolation=cv2.INTER_AREA), (h, h), interpolation=up)
        elif kind == 'blur':
            a = cv2.GaussianBlur(a, (0, 0), rng.uniform(.5, 1.5) * h / 200)
        elif kind == 'sharp':
            k = rng.uniform(.3, 1.3)
            a = cv2.addWeighted(a, 1 + k, cv2.GaussianBlur(a, (0, 0), rng.uniform(.8, 2.0)), -k, 0)
        elif kind == 'jpeg':
            a = jpeg(a, rng.randint(25, 80))
        else:
            n = rng.randint(-128, 128, (h, h, 3)).astype(np.int8) if rng.rand() < .5 else np.repeat(
                rng.randint(-128, 128, (h, h, 1)).astype(np.int8), 3, 2)
            a = np.clip(a + n * np.float32(rng.uniform(.02, .08)), 0, 255).astype(np.uint8)
    return a


def fill(h, polygons, value=255):
    m = np.zeros((h, h), np.uint8)
    for p in polygons:
        cv2.fillConvexPoly(m, cv2.convexHull(p.astype(np.float32)).astype(np.int32), value)
    return m


def face_mask(rng, h, p):
    """A mask of the replaced part, from landmarks: hard, before it is deformed and softened."""
    kind = rng.choice(['hull', 'inner', 'low', 'brows', 'holes', 'ellipse', 'parts'], p=[.34, .2, .1, .14, .08, .08, .06])
    hull = p[:468]
    if kind == 'hull':
        return fill(h, [hull])
    if kind == 'inner':
        return fill(h, [p[BROWS + EYES[0] + EYES[1] + LIPS + NOSE]])
    if kind == 'low':
        nose = p[[1, 2, 98, 327]][:, 1].min()
        return fill(h, [hull[hull[:, 1] >= nose]])
    if kind == 'brows':
        return fill(h, [p[BROWS + JAW]])
    if kind == 'holes':
        m = fill(h, [hull])
        holes = [p[e] for e in EYES] + ([p[LIPS]] if rng.rand() < .5 else [])
        return cv2.subtract(m, cv2.dilate(fill(h, holes), np.ones((3, 3), np.uint8), iterations=rng.randint(1, max(2, h // 50))))
    if kind == 'parts':
        parts = [p[EYES[0] + BROWS[:5]], p[EYES[1] + BROWS[5:]], p[LIPS], p[NOSE + LIPS]]
        pick = [parts[i] for i in rng.choice(4, rng.randint(1, 4), False)]
        return cv2.dilate(fill(h, pick), np.ones((3, 3), np.uint8), iterations=h // 40)
    c = (hull.min(0) + hull.max(0)) / 2 + rng.uniform(-.03, .03, 2) * h
    r = (hull.max(0) - hull.min(0)) / 2 * rng.uniform(.6, 1.05, 2)
    t = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    k = 1 + rng.uniform(-.18, .18, 14)
    return fill(h, [np.stack([c[0] + r[0] * k * np.cos(t), c[1] + r[1] * k * np.sin(t)], 1)])


def elastic(rng, h, amount, cells):
    """Smooth random displacement, in pixels."""
    d = cv2.resize(rng.uniform(-1, 1, (cells, cells, 2)).astype(np.float32), (h, h), interpolation=cv2.INTER_CUBIC) * np.float32(amount)
    y, x = np.mgrid[0:h, 0:h].astype(np.float32)
    return x + d[..., 0], y + d[..., 1]


def soft_mask(rng, h, p):
    m = face_mask(rng, h, p)
    if rng.rand() < .6:
        x, y = elastic(rng, h, h * rng.uniform(.01, .05), rng.randint(4, 7))
        m = cv2.remap(m, x, y, cv2.INTER_LINEAR)
    grow = rng.uniform(-.03, .025) * h
    if abs(grow) >= 1:
        e = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * int(abs(grow)) + 1,) * 2)
        m = cv2.erode(m, e) if grow < 0 else cv2.dilate(m, e)
    sigma = h * np.exp(rng.uniform(np.log(.003), np.log(.045)))
    m = cv2.GaussianBlur(m, (0, 0), max(.6, sigma)).astype(np.float32) / 255
    if rng.rand() < .25:  # inward feather only: erode by clipping, as blenders do that keep the outline hard
        m = np.clip((m - .5) * 2, 0, 1)
    return m * rng.choice([.5, .75, .9, 1, 1, 1, 1])


def self_blend(rng, a, p):
    """-> the blend, its mask. Half of the time the pasted part is in another look, half of the time the rest is."""
    h = a.shape[0]
    grey = np.ptp(a[::8, ::8].astype(np.int16), 2).max() < 6
    for attempt in range(3):
        strength = 1 + .4 * attempt
        other = jitter(rng, a, strength)
        if grey and rng.rand() < .8:
            other = np.repeat(cv2.cvtColor(other, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
        inner, outer = (other, a) if rng.rand() < .5 else (a, other)
        turn, zoom = rng.uniform(-2.5, 2.5), rng.uniform(.96, 1.04)
        m = cv2.getRotationMatrix2D((h / 2, h / 2), turn, zoom)
        m[:, 2] += rng.uniform([-.025, -.015], [.025, .015]) * h
        if rng.rand() < .85:
            inner = cv2.warpAffine(inner, m, (h, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        if rng.rand() < .35:
            x, y = elastic(rng, h, h * rng.uniform(.004, .014), rng.randint(3, 7))
            inner = cv2.remap(inner, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        mask = soft_mask(rng, h, p)
        seen = mask > .3
        if seen.sum() < .02 * h * h:
            continue
        ring = 4 * mask * (1 - mask) if mask.max() > .99 else mask
        gap = cv2.absdiff(inner, outer)[::2, ::2].max(2)
        ring = ring[::2, ::2]
        # What cannot be seen is not worth learning; two looks at another strength, then it is left as it is.
        if (gap * ring).sum() / (ring.sum() + 1e-6) > 4:
            break
    mask = np.ascontiguousarray(mask, np.float32)
    return cv2.blendLinear(inner, outer, mask, 1 - mask), mask


def seam_of(mask):
    """The seam at stride 8 of the net's input: cells that the mask crosses, 0..1."""
    top = max(mask.max(), 1e-3)
    m = cv2.resize(mask / top, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    m = cv2.resize(m, (SIDE // 8, SIDE // 8), interpolation=cv2.INTER_AREA)
    s = 4 * m * (1 - m)
    # A cell is also a seam where its neighbour is on the other side.
    k = np.ones((2, 2), np.uint8)
    step = np.maximum(cv2.dilate(m, k) - cv2.erode(m, k), 0)
    return np.maximum(s, step * step).clip(0, 1)


def encoding(rng, h):
    """What happens to a file on its way, drawn once so that both of a pair get the same."""
    ops = []
    if rng.rand() < .25:
        ops.append(('jpeg', rng.randint(60, 97)))
    if rng.rand() < .15:
        ops.append(('grey', 0))
    if rng.rand() < .2:
        ops.append(('jitter', rng.randint(1 << 30)))
    if rng.rand() < .55:
        ops.append(('scale', rng.uniform(.4, 1), rng.randint(3)))
    if rng.rand() < .3:  # near to what a video encoder leaves: coarse steps, thin colour, edges smoothed after
        ops += [('jpeg', rng.randint(22, 55)), ('deblock', rng.uniform(.4, .9))]
    elif rng.rand() < .85:
        ops.append(('jpeg', rng.randint(30, 96)))
    if rng.rand() < .3:
        ops.append(('back', 0))
    return ops


def encode(a, ops):
    h = a.shape[0]
    for op in ops:
        if op[0] == 'jpeg':
            a = jpeg(a, op[1])
        elif op[0] == 'grey':
            a = np.repeat(cv2.cvtColor(a, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
        elif op[0] == 'jitter':
            a = jitter(np.random.RandomState(op[1]), a)
        elif op[0] == 'scale':
            s = max(64, int(a.shape[0] * op[1]))
            a = cv2.resize(a, (s, s), interpolation=[cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_LINEAR][op[2]])
        elif op[0] == 'deblock':
            a = cv2.GaussianBlur(a, (0, 0), op[1])
        elif op[0] == 'back':
            a = cv2.resize(a, (h, h), interpolation=cv2.INTER_CUBIC)
    return square(a, SIDE)


def view(rng, a, p):
    """A slightly other square of the same face, mirrored half of the time."""
    h = a.shape[0]
    side = int(h * rng.uniform(.86, 1))
    x, y = rng.randint(0, h - side + 1), rng.randint(0, h - side + 1)
    a = a[y:y + side, x:x + side]
    p = p - np.float32([x, y])
    mirrored = rng.rand() < .5
    if mirrored:
        a = a[:, ::-1]
        p = np.float32([side - 1, 0]) + p * np.float32([-1, 1])
    return np.ascontiguousarray(a), p, (x, y, side, mirrored)
