// The other side of bench/tensor.ts: the same networks in PyTorch, as Python source, and the process that runs them.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Where Debian's `python3-torch` is found; another interpreter by `LIKENESS_PYTHON`. */
export const PYTHON = process.env['LIKENESS_PYTHON'] ?? '/usr/bin/python3';

/** PyTorch's version, or undefined where it is not installed. */
export function torchVersion(): string | undefined {
  const r = spawnSync(PYTHON, ['-c', 'import torch; print(torch.__version__)'], { encoding: 'utf8' });
  return r.status === 0 ? r.stdout.trim() : undefined;
}

/** The autoencoder of bench/tensor.ts. Makes one training step per line read and prints its seconds of processor and clock. */
export const AUTOENCODER = `
import sys, time, torch, torch.nn as nn, torch.nn.functional as F
px, B, W, th, clip = [int(v) for v in sys.argv[1:6]]
torch.set_num_threads(th); torch.manual_seed(0)
R = px // 16
class Net(nn.Module):
    def __init__(s):
        super().__init__()
        c = [3, W, 2 * W, 4 * W, 8 * W]
        s.e = nn.ModuleList([nn.Conv2d(c[i], c[i + 1], 5, stride=2, padding=2) for i in range(4)])
        s.d1 = nn.Linear(8 * W * R * R, 8 * W); s.d2 = nn.Linear(8 * W, 8 * W * R * R)
        u = [8 * W, 4 * W, 4 * W, 2 * W, W]
        s.u = nn.ModuleList([nn.Conv2d(u[i], u[i + 1] * 4, 3, padding=1) for i in range(4)])
        s.f = nn.Conv2d(W, 3, 5, padding=2)
    def forward(s, x):
        for c in s.e: x = F.leaky_relu(c(x), 0.1)
        x = s.d2(s.d1(x.flatten(1))).view(-1, 8 * W, R, R)
        for u in s.u: x = F.pixel_shuffle(F.leaky_relu(u(x), 0.1), 2)
        return torch.sigmoid(s.f(x))
net = Net(); x = torch.rand(B, 3, px, px)
layout = torch.channels_last if len(sys.argv) > 6 and sys.argv[6] == 'last' else torch.contiguous_format
net = net.to(memory_format=layout); x = x.contiguous(memory_format=layout)
opt = torch.optim.Adam(net.parameters(), lr=5e-5, betas=(0.5, 0.999))
average = [p.detach().clone() for p in net.parameters()]
def step():
    opt.zero_grad(set_to_none=True)
    l = (net(x) - x).abs().mean(); l.backward()
    if clip: nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    opt.step()
    if clip:
        with torch.no_grad(): torch._foreach_mul_(average, 0.995); torch._foreach_add_(average, list(net.parameters()), alpha=0.005)
    return l.item()
print(sum(p.numel() for p in net.parameters()), flush=True)
for line in sys.stdin:
    c, t = time.process_time(), time.perf_counter(); step()
    print(time.process_time() - c, time.perf_counter() - t, flush=True)
`;

/** The adversarial step of bench/tensor.ts in double and single precision: prints losses and relative errors. */
export const ADVERSARIAL = `
import sys, json, numpy as np, torch, torch.nn.functional as F
D = sys.argv[1]; S = json.load(open(D + '/spec.json')); N = S['n']
def run(dt):
    ld = lambda i, s: torch.from_numpy(np.fromfile(f'{D}/{i}.bin', np.float32).copy()).view(*s).to(dt)
    P = {n: ld(f'w{i}', s).requires_grad_() for i, (n, s) in enumerate(S['params'])}
    x = ld('x', S['x'])
    C = lambda h, n, **k: F.conv2d(h, P[n + '.w'], P[n + '.b'], **k)
    lr = lambda h, a=.1: F.leaky_relu(h, a)
    def enc(h):
        for i in range(4): h = lr(C(h, f'enc.c{i}', stride=2, padding=2))
        return F.linear(h.flatten(1), P['enc.z.w'], P['enc.z.b']).view(h.shape)
    def dec(h, who):
        for i in range(4): h = F.pixel_shuffle(lr(C(h, f'{who}.u{i}', padding=1)), 2)
        return torch.sigmoid(C(h, f'{who}.rgb', padding=2))
    def disc(h):
        for i in range(3): h = lr(C(h, f'disc.c{i}', stride=2, padding=1), .2)
        return C(h, 'disc.out', padding=1)
    def dssim(a, b):
        q = lambda v: F.avg_pool2d(F.pad(v, (3, 3, 3, 3), mode='replicate'), 7, 1)
        ma, mb = q(a), q(b); va, vb, c = q(a * a) - ma * ma, q(b * b) - mb * mb, q(a * b) - ma * mb
        return ((1 - (2 * ma * mb + 1e-4) * (2 * c + 9e-4) / ((ma * ma + mb * mb + 1e-4) * (va + vb + 9e-4))) / 2).mean()
    z = enc(x); y = torch.cat([dec(z[:N], 'decA'), dec(z[N:], 'decB')])
    lg = (y - x).abs().mean() + dssim(y, x) + .1 * F.softplus(-disc(y)).mean()
    ld_ = F.softplus(-disc(x)).mean() + F.softplus(disc(y.detach())).mean()
    G = [n for n in P if n[:4] != 'disc']; K = [n for n in P if n[:4] == 'disc']
    gg = torch.autograd.grad(lg, [P[n] for n in G], retain_graph=True); gd = torch.autograd.grad(ld_, [P[n] for n in K])
    return lg.item(), ld_.item(), dict(zip(G + K, gg + gd))
a, b = run(torch.float64), run(torch.float32)
rel = lambda u, v: ((u - v).norm() / v.norm()).item()
out = {'generator': a[0], 'discriminator': a[1], 'graph': [], 'torch32': []}
for i, (n, s) in enumerate(S['params']):
    g = torch.from_numpy(np.fromfile(f'{D}/g{i}.bin', np.float32).copy()).view(*s).double()
    out['graph'].append(rel(g, a[2][n])); out['torch32'].append(rel(b[2][n].double(), a[2][n]))
print(json.dumps(out))
`;

/** Seconds of one step. */
export interface StepTime {
  readonly cpu: number;
  readonly wall: number;
}

/** A training process that makes a step when told to. */
export class TorchTrainer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(args: readonly (string | number)[]) {
    this.#child = spawn(PYTHON, ['-c', AUTOENCODER, ...args.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdout } = this.#child;
    if (!stdout) throw new Error('no output from the PyTorch process');
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('the PyTorch process ended early');
    return value;
  }

  /** Number of parameters; waits for the network to be there. */
  async ready(): Promise<number> {
    return Number(await this.#line());
  }

  async step(): Promise<StepTime> {
    this.#child.stdin?.write('\n');
    const [cpu, wall] = (await this.#line()).split(' ').map(Number) as [number, number];
    return { cpu, wall };
  }

  close(): void {
    this.#child.stdin?.end();
  }
}
