"""Step 6: figures from scores (score.py): AUC with a 95 % interval (bootstrap over groups: a target clip or picture with its
twin is drawn as one), share of fakes found at a false alarm of 5 %, and false alarms per source.

  python3 training/detect/blend/evaluate.py <scores.json ...> [--generators mesh,gan] [--bases grid] [--logit blend|twin|max|mean]
          [--alarms N]    false alarms per source: of all real files above the score that N % of all reals exceed
"""
import argparse
import json

import numpy as np


def auc(r, f):
    r, f = np.asarray(r), np.asarray(f)
    order = np.concatenate([r, f])
    ranks = order.argsort().argsort().astype(float)
    for v in np.unique(order):  # ties share their rank
        at = order == v
        ranks[at] = ranks[at].mean()
    return (ranks[len(r):].sum() - len(f) * (len(f) - 1) / 2) / (len(r) * len(f))


def logit(e, kind):
    return {'blend': e['blend'], 'twin': e['twin'], 'max': max(e['blend'], e['twin']), 'mean': (e['blend'] + e['twin']) / 2}[kind]


def interval(real, fake, kind, rounds=1000, seed=1):
    rng = np.random.RandomState(seed)
    groups = sorted({e['group'] for e in real + fake})
    by = {g: ([logit(e, kind) for e in real if e['group'] == g], [logit(e, kind) for e in fake if e['group'] == g]) for g in groups}
    got = []
    for _ in range(rounds):
        pick = rng.randint(len(groups), size=len(groups))
        r = sum((by[groups[i]][0] for i in pick), [])
        f = sum((by[groups[i]][1] for i in pick), [])
        if r and f:
            got.append(auc(r, f))
    return np.percentile(got, [2.5, 97.5])


def figures(real, fake, kind):
    r, f = [logit(e, kind) for e in real], [logit(e, kind) for e in fake]
    low, high = interval(real, fake, kind)
    bar = np.quantile(r, .95)
    return f'AUC {auc(r, f):.3f} ({low:.3f} to {high:.3f}), {np.mean(np.array(f) > bar) * 100:.0f} % found at 5 % false alarm, {len(r)} real {len(f)} fake'


if __name__ == '__main__':
    ap = argparse.ArgumentParser()
    ap.add_argument('scores', nargs='+')
    ap.add_argument('--generators', default='mesh,gan')
    ap.add_argument('--bases', default='', help='only these base sets')
    ap.add_argument('--unshared', action='store_true', help='leave out targets that the other engine swapped too')
    ap.add_argument('--logit', default='blend')
    ap.add_argument('--alarms', type=float, default=0)
    a = ap.parse_args()
    files = list({(e['id'], e['level']): e for p in a.scores for e in json.load(open(p))}.values())
    bases = set(filter(None, a.bases.split(',')))
    if bases:
        files = [e for e in files if e['source'] in bases]
    for level in ('clean', 'web', 'hard'):
        real = [e for e in files if e['class'] == 'real' and e['level'] == level]
        for g in a.generators.split(','):
            fake = [e for e in files if e['class'] == 'fake' and e['level'] == level and e['generator'] == g]
            others = {e['group'] for e in files if e['class'] == 'fake' and e['generator'] != g}
            if a.unshared:
                fake = [e for e in fake if e['group'] not in others]
            # Only what was also swapped, so that both sides show the same scenes.
            own = [e for e in real if e['group'] in {f['group'] for f in fake}]
            if own and fake:
                print(f'{level:6s} {g:5s} {a.logit:5s} {figures(own, fake, a.logit)}')
        if a.alarms and real:
            bar = np.quantile([logit(e, a.logit) for e in real], 1 - a.alarms / 100)
            for source in sorted({e['source'] for e in real}):
                own = [logit(e, a.logit) > bar for e in real if e['source'] == source]
                print(f'{level:6s} false alarms {source}: {sum(own)} of {len(own)}')
