"""Scores for the calibration (training/detect/calibrate.ts), each by a net that had not seen what it scored:

- blend-boundary: a net that saw neither a swap nor LFW nor GRID, on swaps of both engines, their twins, LFW, GRID and stock photographs
- own-twins: swaps of an engine by a net that was trained on the other, on other targets; LFW, GRID and stock photographs by
  the net that saw neither them nor a swap of GRID

  python3 training/detect/blend/collect.py       from .cache/training/scores to training/detect/scores
"""
import hashlib
import json
import os

FROM, TO = '.cache/training/scores', 'training/detect/scores'


def load(*names):
    paths = [os.path.join(FROM, n + '.json') for n in names]
    return list({(e['id'], e['level']): e for p in paths if os.path.exists(p) for e in json.load(open(p))}.values())


def unnamed(text):
    """Files of LFW bear the names of people: a hash says as much here."""
    folder, _, name = text.rpartition('/')
    return f'{folder}/{hashlib.sha256(name.encode()).hexdigest()[:12]}' if text.startswith('lfw/') else text


def write(name, rows, logit):
    rows = [{'id': unnamed(e['id']), 'source': e['source'], 'class': e['class'], 'generator': e['generator'], 'level': e['level'],
             'group': unnamed(e['group']), 'score': e[logit], 'detail': e['detail']} for e in rows]
    rows.sort(key=lambda e: (e['id'], e['level']))
    with open(os.path.join(TO, name + '.json'), 'w') as f:
        f.write('[\n' + ',\n'.join(json.dumps(e) for e in rows) + '\n]\n')
    print(name, len(rows))


os.makedirs(TO, exist_ok=True)
write('blend-boundary', load('g1-tw', 'g1-real', 'g1-stock'), 'blend')
gan = load('g-without-gan-tw', 'g-without-gan-real', 'g-without-gan-stock')
mesh = load('g-without-mesh-tw')
targets = {e['group'] for e in gan if e['generator'] == 'gan'}
# Every target is scored by the net that saw no swap of it.
write('own-twins', [e for e in gan if e['generator'] != 'mesh' and (e['group'] in targets or e['source'] in ('lfw', 'grid', 'stock'))] +
      [e for e in mesh if e['group'] not in targets], 'twin')
