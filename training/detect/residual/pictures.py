"""Pictures, faces and degradations of the residual detector, shared by all its scripts.

Reads ../shared/data and the face index that `training/detect/crops.ts` writes."""
import io
import json
import os
import re

import cv2
import numpy as np
from PIL import Image

cv2.setNumThreads(1)
FOLDERS = {
    ("zoya", "real"): "faces/zoya/real",
    ("zoya", "fake"): "faces/zoya/fake",
    ("hard_sg2", "real"): "faces/hard_sg2/real",
    ("hard_sg2", "fake"): "faces/hard_sg2/fake",
    ("tpdne", "fake"): "faces/tpdne/fake",
    ("facemask", "real"): "faces/facemask/real",
    ("lfw", "real"): "verification/lfw",
}
GENERATORS = {"zoya": "stylegan1", "hard_sg2": "stylegan2", "tpdne": "stylegan2"}
# Each real source and each generator is held out by exactly one of the two folds. tpdne is StyleGAN2, so it trains only
# where StyleGAN2 is not tested; it is never scored.
FOLDS = {
    "stylegan2": {"train": ["zoya", "lfw", "grid"], "test": ["hard_sg2", "facemask"]},
    "stylegan1": {"train": ["hard_sg2", "tpdne", "facemask"], "test": ["zoya", "lfw", "grid"]},
    "all": {"train": ["zoya", "hard_sg2", "tpdne", "facemask", "lfw", "grid"], "test": []},
}


# Side of the square that is cut out, over the longer side of the mesh's box. Sets frame their two classes differently
# (hard_sg2's photos end at the face, its generated pictures show hair and background), so nothing outside is looked at.
CORE = 1.1
# No square is larger than this: photos and generated pictures differ in how many pixels a face has.
CORE_LIMIT = 200


def core_square(face, width, height):
    """(x, y, side) in whole pixels of the square round a face (middle x, middle y, size), pushed into the picture."""
    side = int(max(8, min(round(face[2] * CORE), width, height)))
    x = int(np.clip(round(face[0] - side / 2), 0, width - side))
    y = int(np.clip(round(face[1] - side / 2), 0, height - side))
    return x, y, side


def core(pixels, face):
    """The square round the face, made smaller to CORE_LIMIT by averaging."""
    x, y, side = core_square(face, pixels.shape[1], pixels.shape[0])
    part = pixels[y : y + side, x : x + side]
    return resize(part, CORE_LIMIT, CORE_LIMIT, cv2.INTER_AREA) if side > CORE_LIMIT else np.ascontiguousarray(part)


class Picture:
    """The face of one picture: `pixels` is its core, side x side x 3 uint8."""

    __slots__ = ("id", "source", "generator", "group", "pixels", "held")

    def __init__(self, id, source, generator, group, pixels):
        self.id, self.source, self.generator, self.group, self.pixels = id, source, generator, group, pixels
        # 15 % of each source, by person or clip, are kept out of training to choose by.
        self.held = sum(ord(c) * 31**k for k, c in enumerate(group[-12:])) % 100 < 15

    @property
    def fake(self):
        return self.generator is not None


def evenly(names, limit):
    """`limit` of the names, spread over all of them."""
    return names if limit is None or len(names) <= limit else [names[int(k * len(names) / limit)] for k in range(limit)]


def load(sources, data="../shared/data", cache=".cache/training/detect", faces=True, limit=None):
    """The faces of these sources, near-duplicates left out. Without `faces`: whole pictures, no index needed."""
    index = {}
    if faces:
        points = np.memmap(f"{cache}/points.f32", np.float32, "r").reshape(-1, 478, 2)
        for k, entry in enumerate(json.load(open(f"{cache}/index.json"))):
            low, high = points[k].min(0), points[k].max(0)
            step, square = entry["square"]["side"] / entry["side"], entry["square"]
            middle = (low + high) / 2
            entry["inside"] = (float(middle[0]), float(middle[1]), float((high - low).max()))
            entry["face"] = (square["x"] + middle[0] * step, square["y"] + middle[1] * step, (high - low).max() * step)
            index[(entry["source"], entry["class"], entry["file"], entry.get("frame"))] = entry
    out = []
    for (source, kind), folder in FOLDERS.items():
        if source not in sources:
            continue
        names = sorted(os.listdir(f"{data}/{folder}"))
        for name in evenly(names, limit):
            entry = index.get((source, kind, name, None))
            if entry and entry.get("duplicateOf"):
                continue
            pixels = np.asarray(Image.open(f"{data}/{folder}/{name}").convert("RGB"))
            if faces and not entry:
                continue
            group = re.sub(r"_\d{4}\.jpg$", "", name) if source == "lfw" else name
            pixels = core(pixels, entry["face"]) if faces else pixels
            generator = GENERATORS[source] if kind == "fake" else None
            out.append(Picture(f"{source}/{kind}/{name}", source, generator, f"{source}/{kind}/{group}", pixels))
    if "grid" in sources and faces:
        # Frames of clips are there as crops only.
        crops = np.memmap(f"{cache}/crops.rgb", np.uint8, "r")
        for e in index.values():
            if e["source"] != "grid":
                continue
            side = e["side"]
            pixels = np.array(crops[e["at"] : e["at"] + side * side * 3]).reshape(side, side, 3)
            out.append(Picture(f"grid/real/{e['file']}_{e['frame']:03d}", "grid", None, e["group"], core(pixels, e["inside"])))
    return out


def rebuilt(pictures, folder="rebuilt", cache=".cache/training/detect"):
    """The pixel-aligned twins of the real ones among these pictures, by the id of the picture: of upscaling nets
    (rebuild.py), or in the folder `redrawn/<decoder>` (redraw.py). Sources without any are left out."""
    real = {p.id: p for p in pictures if not p.fake}
    out = {}
    for source in sorted({p.source for p in real.values()}):
        path = f"{cache}/{folder}/{source}.npz"
        if not os.path.exists(path):
            continue
        stored = np.load(path, allow_pickle=True)
        for id, net, pixels in zip(stored["ids"], stored["nets"], stored["pixels"]):
            if id in real:
                out[id] = Picture(f"{id}#{net}", source, str(net), real[id].group, pixels)
    return out


RESIZES = [cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4]


def resize(pixels, width, height, how):
    return cv2.resize(pixels, (max(1, width), max(1, height)), interpolation=how)


def jpeg(pixels, quality, subsampling=2):
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=int(quality), subsampling=subsampling)
    return np.asarray(Image.open(data).convert("RGB"))


def webp(pixels, quality):
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "WEBP", quality=int(quality), method=1)
    return np.asarray(Image.open(data).convert("RGB"))


def draw_table(rng, mild=0.5):
    """One random way of being passed on. `side` is that of the core.

    A share of `mild` is only made smaller and encoded, so that fine traces are seen often enough to be learned."""
    table = {"how": rng.choice(len(RESIZES)), "steps": [], "flip": rng.rand() < 0.5}
    if rng.rand() < 0.5:
        # The sets differ in light and colour; what is learned from one has to hold in another.
        table["tone"] = (rng.uniform(0.75, 1.2), rng.uniform(-24, 24, 3), rng.uniform(0.3, 1.3))
        table["gamma"] = np.exp(rng.uniform(-0.35, 0.35))
    if rng.rand() < mild:
        table["side"] = rng.randint(128, 201)
        table["steps"].append(("jpeg", rng.randint(60, 96), rng.choice([0, 2, 2])))
        return table
    table["side"] = int(np.exp(rng.uniform(np.log(72), np.log(200))))
    if rng.rand() < 0.12:
        table["grey"] = True
    if rng.rand() < 0.15:
        table["blur"] = rng.uniform(0.3, 1.2)
    if rng.rand() < 0.1:
        table["sharpen"] = rng.uniform(0.2, 0.8)
    if rng.rand() < 0.15:
        table["noise"] = (rng.uniform(1, 6), rng.randint(1 << 30))
    if rng.rand() < 0.15:
        # As coarse video leaves a face: little fine detail, less colour detail still.
        table["video"] = (rng.uniform(0.5, 1.4), rng.uniform(1, 3), rng.randint(20, 60))
    for _ in range(1 + (rng.rand() < 0.25)):
        r = rng.rand()
        if r < 0.75:
            table["steps"].append(("jpeg", rng.randint(30, 96), rng.choice([0, 2, 2])))
        elif r < 0.83:
            table["steps"].append(("webp", rng.randint(30, 90), 0))
    return table


def pass_on(pixels, table):
    """The core as it is after being scaled, toned and re-encoded by the table."""
    p = pixels
    if table["side"] < len(p):
        p = resize(p, table["side"], table["side"], RESIZES[table["how"]])
    if "grey" in table:
        p = cv2.cvtColor(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    f = None
    if "video" in table:
        light, colour, quality = table["video"]
        y = cv2.cvtColor(jpeg(p, quality), cv2.COLOR_RGB2YCrCb)
        y[..., 0] = cv2.GaussianBlur(y[..., 0], (0, 0), light)
        y[..., 1:] = cv2.GaussianBlur(y[..., 1:], (0, 0), colour)
        p = cv2.cvtColor(y, cv2.COLOR_YCrCb2RGB)
    if "gamma" in table:
        p = cv2.LUT(p, ((np.arange(256) / 255) ** table["gamma"] * 255).round().astype(np.uint8))
    if "tone" in table:
        gain, shift, colour = table["tone"]
        f = p.astype(np.float32)
        f = (f - 128) * gain + 128 + shift
        f = f.mean(2, keepdims=True) * (1 - colour) + f * colour
    if "blur" in table:
        f = cv2.GaussianBlur(p.astype(np.float32) if f is None else f, (0, 0), table["blur"])
    if "sharpen" in table:
        f = p.astype(np.float32) if f is None else f
        f = f + (f - cv2.GaussianBlur(f, (0, 0), 1.2)) * table["sharpen"]
    if "noise" in table:
        f = p.astype(np.float32) if f is None else f
        strength, seed = table["noise"]
        f = f + np.random.RandomState(seed).randn(*f.shape).astype(np.float32) * strength
    if f is not None:
        p = np.clip(f, 0, 255).astype(np.uint8)
    for kind, quality, subsampling in table["steps"]:
        p = jpeg(p, quality, int(subsampling)) if kind == "jpeg" else webp(p, quality)
    return np.ascontiguousarray(p[:, ::-1]) if table["flip"] else p


# The three levels at which figures are given, the same for both classes.
LEVELS = {"clean": None, "web": ((110, 180), (60, 90)), "hard": ((72, 110), (30, 55))}


def level(pixels, name, key):
    """The core at a level: made smaller to a random side and JPEG-encoded, both drawn from the picture's name."""
    if LEVELS[name] is None:
        return pixels
    rng = np.random.RandomState(key & 0x7FFFFFFF)
    (low, high), quality = LEVELS[name]
    side = min(len(pixels), rng.randint(low, high))
    return jpeg(resize(pixels, side, side, cv2.INTER_AREA), rng.randint(*quality))
