"""Step 3: trains the net on pairs (pairs.py): self-blends, our own swaps, or both.

  python3 training/detect/blend/train.py <name> --steps N [--without lfw,grid] [--twins mesh,gan] [--twin-without grid] [--no-self]
          [--init run/final.pt] [--hold minutes]

Works in .cache/training/blend/<name>: log.csv, config.json, checkpoint.pt (from which it goes on when it is stopped) and
final.pt. --without leaves real sources out, --twin-without bases of swaps (the set of the target). Draws depend on the seed and the step only.
"""
import argparse
import glob
import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

from net import BlendNet, warm_start

torch.set_num_threads(1)
ap = argparse.ArgumentParser()
ap.add_argument('name')
ap.add_argument('--steps', type=int, default=1000)
ap.add_argument('--batch', type=int, default=16, help='pairs')
ap.add_argument('--rate', type=float, default=5e-4)
ap.add_argument('--without', default='')
ap.add_argument('--twins', default='')
ap.add_argument('--twin-without', default='')
ap.add_argument('--twin-share', type=float, default=.4)
ap.add_argument('--no-self', action='store_true')
ap.add_argument('--init', default='')
ap.add_argument('--frozen-share', type=float, default=.75, help='share of the steps with the first blocks fixed')
ap.add_argument('--hold', type=float, default=1e9, help='minutes after which to stop and save')
ap.add_argument('--seed', type=int, default=20261124)
ap.add_argument('--shards', type=int, default=999, help='how many shards of each kind to use')
a = ap.parse_args()
work = os.path.join('.cache/training/blend', a.name)
os.makedirs(work, exist_ok=True)
without = set(filter(None, a.without.split(',')))
engines = set(filter(None, a.twins.split(',')))


def load(kind, keep):
    """Shards, and (shard, row) of the pairs to keep, by tag's first part."""
    shards, rows = [], {}
    for path in sorted(glob.glob(f'.cache/training/pairs/{kind}-*.npz'))[:a.shards]:
        z = np.load(path)
        shards.append((z['plain'], z['fake'], z['seam']))
        for row, tag in enumerate(z['tags']):
            if keep(tag.split('/')):
                rows.setdefault(tag.split('/')[0], []).append((len(shards) - 1, row))
    return shards, rows


selfs = twins = ([], {})
if not a.no_self:
    selfs = load('self', lambda t: t[0] not in without)
if engines:
    # Trained on one engine, a net is tested on the other: targets of both are left to the test, where that leaves any.
    tags = {t for p in glob.glob('.cache/training/pairs/twins-*.npz') for t in np.load(p)['tags']}
    others = {t.split('/', 1)[1] for t in tags if t.split('/')[0] not in engines}
    if all(t.split('/', 1)[1] in others for t in tags if t.split('/')[0] in engines):
        others = set()
    twins = load('twins', lambda t: t[0] in engines and t[1] not in a.twin_without.split(',') and '/'.join(t[1:]) not in others)

net = BlendNet()
if a.init:
    net.load_state_dict(torch.load(a.init)['net'])
else:
    warm_start(net, '.cache/training/blend/warm.bin')
net = net.to(memory_format=torch.channels_last)
trunk = [p for n, p in net.named_parameters() if n.startswith(('stem', 'blocks'))]
head = [p for n, p in net.named_parameters() if not n.startswith(('stem', 'blocks'))]
opt = torch.optim.AdamW([{'params': trunk, 'scale': .6}, {'params': head, 'scale': 1.5}], a.rate, weight_decay=1e-3)
first = 0
average = {k: v.clone() for k, v in net.state_dict().items()}
saved = os.path.join(work, 'checkpoint.pt')
if os.path.exists(saved):
    c = torch.load(saved)
    net.load_state_dict(c['net'])
    opt.load_state_dict(c['opt'])
    first, average = c['step'], c['average']
with open(os.path.join(work, 'config.json'), 'w') as f:
    json.dump({**vars(a), 'pairs': {k: len(v) for _, r in (selfs, twins) for k, v in r.items()}}, f, indent=1)


def pick(rng, bank):
    """A pair: each source as often as it is in the bank, which was drawn evenly."""
    shards, rows = bank
    every = bank_rows[id(rows)]
    s, row = every[rng.randint(len(every))]
    plain, fake, seam = (part[row] for part in shards[s])
    if rng.rand() < .5:
        plain, fake, seam = plain[:, ::-1], fake[:, ::-1], seam[:, ::-1]
    return plain, fake, seam


bank_rows = {id(r): [x for k in sorted(r) for x in r[k]] for _, r in (selfs, twins)}
log = open(os.path.join(work, 'log.csv'), 'a')
if not first:
    log.write('step,loss,logit loss,seam loss,accuracy self,accuracy twins,seconds\n')
start = time.time()
sums = []


def save(step):
    torch.save({'net': net.state_dict(), 'opt': opt.state_dict(), 'average': average, 'step': step}, saved + '.part')
    os.replace(saved + '.part', saved)


for step in range(first, a.steps):
    rng = np.random.RandomState((a.seed * 1000003 + step) % (1 << 32))
    made, kinds = [], []
    for _ in range(a.batch):
        own = bool(engines) and (a.no_self or rng.rand() < a.twin_share)
        made.append(pick(rng, twins if own else selfs))
        kinds.append(int(own))
    x = np.stack([m[0] for m in made] + [m[1] for m in made])
    x = torch.from_numpy(x).permute(0, 3, 1, 2).float().div_(255)
    # The same light on both of a pair, so that neither brightness nor contrast tells them apart.
    gain = torch.from_numpy(rng.uniform(.85, 1.12, (a.batch, 1, 1, 1)).astype(np.float32)).repeat(2, 1, 1, 1)
    lift = torch.from_numpy(rng.uniform(-.06, .06, (a.batch, 3, 1, 1)).astype(np.float32)).repeat(2, 1, 1, 1)
    x = (x * gain + lift).clamp_(0, 1).contiguous(memory_format=torch.channels_last)
    seam = np.stack([np.zeros_like(m[2]) for m in made] + [m[2] for m in made])
    seam = torch.from_numpy(seam).float()[:, None].div_(255)
    kind = torch.tensor(kinds * 2)
    label = torch.tensor([0.] * a.batch + [1.] * a.batch)
    net.frozen = 2 if step < a.steps * a.frozen_share else 0
    rate = a.rate * min(1, (step + 1) / 40) * max(.02, .5 * (1 + np.cos(np.pi * step / a.steps)))
    for group in opt.param_groups:
        group['lr'] = rate * group['scale']
    net.train()
    got_seam, logits = net(x)
    mine = logits.gather(1, kind[:, None])[:, 0]
    # The first logit learns from self-blends, the second from own swaps; each is only asked for its own kind.
    l_logit = F.binary_cross_entropy_with_logits(mine, label * .94 + .03)
    # Where a swap differs from its twin is no seam but the whole face: only self-blends teach the map.
    taught = ((kind == 0) | (label == 0)).float()[:, None, None, None]
    l_seam = (F.binary_cross_entropy_with_logits(got_seam, seam, reduction='none') * (1 + 3 * seam) * taught).mean()
    loss = l_logit + l_seam
    opt.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
    opt.step()
    keep = min(.995, (step + 1) / (step + 20))
    for k, v in net.state_dict().items():
        if v.is_floating_point():
            average[k].mul_(keep).add_(v, alpha=1 - keep)
    right = ((mine > 0).float() == label).float()
    own = kind == 1
    sums.append((loss.item(), l_logit.item(), l_seam.item(), right[~own].mean().item(), right[own].mean().item()))
    if (step + 1) % 25 == 0:
        m = np.ma.masked_invalid(sums).mean(0).filled(np.nan)
        sums = []
        log.write(','.join([str(step + 1), *(f'{v:.4f}' for v in m), f'{time.time() - start:.0f}']) + '\n')
        log.flush()
    if (step + 1) % 25 == 0:
        save(step + 1)
    if time.time() - start > a.hold * 60:
        save(step + 1)
        sys.exit(3)
save(a.steps)
torch.save({'net': average}, os.path.join(work, 'final.pt'))
