"""Step 4: scores of a trained net on crops (crops.ts), as the product makes them: the mean of a face and its mirror image,
and for a clip the median over its frames.

  python3 training/detect/blend/score.py <final.pt> <crops folder> <out.json> [--sources a,b] [--limit N]

Each crop is scored as it is (clean) and as the product's re-encoded copies have it: `web` is JPEG at quality 60, `hard`
half the size and quality 40. As in the product, frames that hold too little detail do not count where others hold enough.

Writes [{ id, source, class, generator, level, group, blend, twin, detail }], one a file.
"""
import argparse
import json

import numpy as np
import torch

from blends import jpeg, square
from net import LEAST_DETAIL, SIDE, BlendNet, detail_of
from sets import Crops

torch.set_num_threads(1)
ap = argparse.ArgumentParser()
ap.add_argument('net')
ap.add_argument('crops')
ap.add_argument('out')
ap.add_argument('--sources', default='')
ap.add_argument('--limit', type=int, default=10 ** 9, help='files of each source and class')
a = ap.parse_args()
net = BlendNet()
net.load_state_dict(torch.load(a.net)['net'])
net.eval()
net = net.to(memory_format=torch.channels_last)
crops = Crops(a.crops)
wanted = set(filter(None, a.sources.split(',')))
files = {}
for i, e in enumerate(crops.index):
    if (not wanted or e['source'] in wanted) and 'duplicateOf' not in e:
        files.setdefault((e['source'], e['class'], e['id'].split('#')[0]), []).append(i)
kinds = {}
for key in sorted(files):
    kinds.setdefault(key[:2], []).append(key)
chosen = [k[n * len(k) // min(len(k), a.limit)] for k in kinds.values() for n in range(min(len(k), a.limit))]
todo = [i for key in chosen for i in files[key]]


def at_level(picture, level):
    if level == 'web':
        picture = jpeg(picture, 60)
    elif level == 'hard':
        picture = jpeg(square(picture, max(1, picture.shape[0] // 2)), 40)
    return square(picture, SIDE)


out = []
for level in ('clean', 'web', 'hard'):
    scores, details = {}, {}
    for first in range(0, len(todo), 32):
        part = todo[first:first + 32]
        x = np.stack([at_level(crops.picture(i), level) for i in part])
        details.update((i, detail_of(p)) for i, p in zip(part, x))
        x = torch.from_numpy(np.concatenate([x, x[:, :, ::-1]])).permute(0, 3, 1, 2).float().div(255)
        with torch.no_grad():
            _, logits = net(x.contiguous(memory_format=torch.channels_last))
        for i, l in zip(part, logits.numpy().reshape(2, len(part), 2).mean(0)):
            scores[i] = l
    for key in chosen:
        own = files[key]
        e = crops.index[own[0]]
        own = [i for i in own if details[i] >= LEAST_DETAIL] or own
        m = np.median([scores[i] for i in own], 0)
        out.append({'id': key[2], 'source': e['source'], 'class': e['class'], 'generator': e.get('generator'),
                    'level': level, 'group': e['group'], 'frames': len(own), 'blend': round(float(m[0]), 4),
                    'twin': round(float(m[1]), 4), 'detail': round(float(np.median([details[i] for i in own])), 2)})
with open(a.out, 'w') as f:
    f.write('[\n' + ',\n'.join(json.dumps(o) for o in out) + '\n]\n')
