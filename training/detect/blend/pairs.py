"""Step 2: pairs for training: a real face and its self-blend, or an unswapped face and our own swap of it, both encoded the
same way, at the size of the net. Made once, so that training does not wait for them.

  python3 training/detect/blend/pairs.py self <first shard> <end>       500 pairs a shard, from .cache/training/detect
  python3 training/detect/blend/pairs.py twins <first shard> <end>      the same from .cache/training/twins

Writes .cache/training/pairs/<kind>-NNN.npz: plain, fake [n, 160, 160, 3], seam [n, 20, 20] (0..255), and tags
`source/group` (self) or `engine/base/group` (twins). A shard depends on the seed and its number only."""
import os
import sys

import cv2
import numpy as np

from blends import encode, encoding, seam_of, self_blend, view
from sets import Crops

SEED = 20261124
COUNT = 500
OUT = '.cache/training/pairs'


def largest(picture, points, side):
    h = picture.shape[0]
    if h <= side:
        return picture, points
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA), points * np.float32(side / h)


class Selfs:
    """Equal draws from every real source; within one, from every person or clip."""

    def __init__(self):
        self.crops = Crops('.cache/training/detect')
        self.by = {}
        for i, e in enumerate(self.crops.index):
            if e['class'] == 'real' and 'duplicateOf' not in e and e['side'] >= 90:
                self.by.setdefault(e['source'], {}).setdefault(e['group'], []).append(i)
        self.sources = sorted(self.by)
        self.groups = {s: sorted(self.by[s]) for s in self.sources}
        # A source of six people is drawn less often than one of a thousand.
        w = np.array([min(1, len(self.groups[s]) / 20) for s in self.sources])
        self.weight = w / w.sum()

    def make(self, rng):
        s = self.sources[rng.choice(len(self.sources), p=self.weight)]
        group = self.groups[s][rng.randint(len(self.groups[s]))]
        i = self.by[s][group][rng.randint(len(self.by[s][group]))]
        a, p = largest(self.crops.picture(i), self.crops.points[i], rng.randint(180, 232))
        a, p, _ = view(rng, a, p)
        fake, mask = self_blend(rng, a, p)
        ops = encoding(rng, a.shape[0])
        return encode(a, ops), encode(fake, ops), seam_of(mask), f'{s}/{group}'


class Twins:
    """Equal draws from every clip or picture that was swapped. The seam is where the two differ, softened."""

    def __init__(self):
        self.crops = Crops('.cache/training/twins')
        where = {(e['pair'], e['role']): i for i, e in enumerate(self.crops.index)}
        self.by = {}
        for (pair, role), i in where.items():
            e = self.crops.index[i]
            if role == 'swap' and (pair, 'plain') in where:
                self.by.setdefault(f"{e['engine']}/{e['base']}/{e['group']}", []).append((where[(pair, 'plain')], i))
        self.tags = sorted(self.by)

    def make(self, rng):
        tag = self.tags[rng.randint(len(self.tags))]
        i, j = self.by[tag][rng.randint(len(self.by[tag]))]
        side = rng.randint(180, 232)
        plain, p = largest(self.crops.picture(i), self.crops.points[i], side)
        swap, _ = largest(self.crops.picture(j), self.crops.points[j], side)
        gap = cv2.GaussianBlur(cv2.absdiff(plain, swap).max(2), (0, 0), 2)
        mask = cv2.morphologyEx((gap > 6).astype(np.float32), cv2.MORPH_CLOSE, np.ones((11, 11), np.uint8))
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
        plain, _, (x, y, s, mirrored) = view(rng, plain, p)
        swap, mask = swap[y:y + s, x:x + s], mask[y:y + s, x:x + s]
        if mirrored:
            swap, mask = swap[:, ::-1], mask[:, ::-1]
        ops = encoding(rng, s)
        return encode(plain, ops), encode(np.ascontiguousarray(swap), ops), seam_of(np.ascontiguousarray(mask)), tag


if __name__ == '__main__':
    kind, first, end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    maker = {'self': Selfs, 'twins': Twins}[kind]()
    os.makedirs(OUT, exist_ok=True)
    for shard in range(first, end):
        path = os.path.join(OUT, f'{kind}-{shard:03d}.npz')
        if os.path.exists(path):
            continue
        rng = np.random.RandomState(SEED + 7919 * shard + (1 if kind == 'twins' else 0))
        made = [maker.make(rng) for _ in range(COUNT)]
        with open(path + '.part', 'wb') as f:
            np.savez(f, plain=np.stack([m[0] for m in made]), fake=np.stack([m[1] for m in made]),
                     seam=(np.stack([m[2] for m in made]) * 255).astype(np.uint8), tags=np.array([m[3] for m in made]))
        os.replace(path + '.part', path)
        print(path, flush=True)
