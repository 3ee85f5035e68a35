// Training speed and exactness against PyTorch on the same cores, in the same run. Both sides make steps in turn, so
// that whatever else the machine does hits both alike.
//   node scripts/run.mjs bench/tensor.ts [--rounds 8] [--threads 1] [--only 64|128|check]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-node';
import { Random } from '../src/base/index.js';
import * as t from '../src/tensor/index.js';
import { ADVERSARIAL, PYTHON, TorchTrainer, torchVersion } from './tensor-torch.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '8' },
    threads: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
});
const rounds = Number(values.rounds);
const threads = Number(values.threads);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Four strided convolutions, two dense layers, four convolutions with pixel shuffle: a face-swapping autoencoder. */
const autoencoder =
  (px: number, batch: number, width: number, extras: boolean): t.BuildTraining =>
  (g) => {
    const x = g.input('x', [batch, 3, px, px]);
    const grid = px / 16;
    let h = x;
    for (const [i, k] of [1, 2, 4, 8].entries())
      h = t.leakyRelu(t.convLayer(h, `e${i}`, k * width, { size: 5, stride: 2 }));
    h = t.linearLayer(t.linearLayer(h, 'd1', 8 * width), 'd2', 8 * width * grid * grid);
    h = t.reshape(h, [batch, 8 * width, grid, grid]);
    for (const [i, k] of [4, 4, 2, 1].entries())
      h = t.depthToSpace(t.leakyRelu(t.convLayer(h, `u${i}`, k * width * 4)));
    const y = t.sigmoid(t.convLayer(h, 'f', 3, { size: 5 }));
    const group = { name: 'net', params: g.params(), loss: t.l1Loss(y, x), beta1: 0.5 };
    return { groups: [extras ? { ...group, clipNorm: 5, ema: 0.995 } : group] };
  };

const low = (a: readonly number[]): number => Math.min(...a);
const median = (a: readonly number[]): number => [...a].sort((x, y) => x - y)[a.length >> 1] ?? Number.NaN;
const ms = (s: number): string => `${(s * 1000).toFixed(0)} ms`;

async function speed(px: number, batch: number, width: number, extras: boolean): Promise<void> {
  const torch = new TorchTrainer([px, batch, width, threads, extras ? 1 : 0]);
  const parameters = await torch.ready();
  const trainer = await t.createTrainer({
    build: autoencoder(px, batch, width, extras),
    seed: 1,
    threads,
    worker: false,
  });
  const random = new Random(1);
  const x = Float32Array.from({ length: batch * 3 * px * px }, () => random.float());
  const ours = { cpu: [] as number[], wall: [] as number[] };
  const theirs = { cpu: [] as number[], wall: [] as number[] };
  // The first steps fill memory pools on both sides.
  for (let i = -4; i < rounds; i++) {
    const [c, w] = [process.cpuUsage(), performance.now()];
    await trainer.step({ x }, { lr: 5e-5 });
    const d = process.cpuUsage(c);
    const wall = (performance.now() - w) / 1000;
    const other = await torch.step();
    if (i < 0) continue;
    ours.cpu.push((d.user + d.system) / 1e6);
    ours.wall.push(wall);
    theirs.cpu.push(other.cpu);
    theirs.wall.push(other.wall);
  }
  await trainer.close();
  torch.close();
  const ratios = ours.cpu.map((v, i) => v / (theirs.cpu[i] as number));
  const name = `${px} px, batch ${batch}, ${(parameters / 1e6).toFixed(1)} M parameters${extras ? ', clipping and average' : ''}`;
  print(
    `${name.padEnd(62)} ours ${ms(low(ours.cpu)).padStart(8)}  PyTorch ${ms(low(theirs.cpu)).padStart(8)}  ` +
      `ratio of lowest ${(low(ours.cpu) / low(theirs.cpu)).toFixed(2)}, median of pairs ${median(ratios).toFixed(2)} ` +
      `(clock: ${(low(ours.wall) / low(theirs.wall)).toFixed(2)})`,
  );
}

/** Gradients of a whole adversarial step against PyTorch in double precision. */
async function exactness(): Promise<void> {
  const [px, n, w] = [64, 2, 16];
  const g = new t.Graph();
  const x = g.input('x', [2 * n, 3, px, px]);
  const encode = (p: t.Tensor): t.Tensor => {
    let h = p;
    for (const [i, k] of [1, 2, 4, 8].entries())
      h = t.leakyRelu(t.convLayer(h, `enc.c${i}`, k * w, { size: 5, stride: 2 }));
    return t.reshape(t.linearLayer(h, 'enc.z', h.size / h.dim(0)), h.shape);
  };
  const decode = (z: t.Tensor, who: string): t.Tensor => {
    let h = z;
    for (const [i, k] of [4, 4, 2, 1].entries())
      h = t.depthToSpace(t.leakyRelu(t.convLayer(h, `${who}.u${i}`, k * w * 4)));
    return t.sigmoid(t.convLayer(h, `${who}.rgb`, 3, { size: 5 }));
  };
  const judge = (p: t.Tensor): t.Tensor => {
    let h = p;
    for (const [i, k] of [1, 2, 4].entries())
      h = t.leakyRelu(t.convLayer(h, `disc.c${i}`, k * w, { size: 4, stride: 2, pad: 1 }), 0.2);
    return t.convLayer(h, 'disc.out', 1);
  };
  const [za, zb] = t.split(encode(x), 0, [n, n]) as [t.Tensor, t.Tensor];
  const y = t.concat([decode(za, 'decA'), decode(zb, 'decB')], 0);
  const fake = judge(y);
  const generator = t.addAll([t.l1Loss(y, x), t.dssimLoss(y, x), t.scale(t.generatorLoss(fake), 0.1)]);
  const discriminator = t.discriminatorLoss(judge(x), fake);
  const params = g.params();
  const gen = params.filter((p) => !p.name.startsWith('disc'));
  const disc = params.filter((p) => p.name.startsWith('disc'));
  const grads = new Map([
    ...g.gradients(generator, gen).map((d, i) => [gen[i]?.name, d] as const),
    ...g.gradients(discriminator, disc).map((d, i) => [disc[i]?.name, d] as const),
  ]);
  g.output('generator', generator);
  g.output('discriminator', discriminator);
  params.forEach((p, i) => void g.output(`g${i}`, grads.get(p.name) as t.Tensor));
  const encoded = g.encode();
  const session = await ort.InferenceSession.create(encoded.bytes, { intraOpNumThreads: threads, logSeverityLevel: 3 });
  const random = new Random(2);
  const folder = mkdtempSync(join(tmpdir(), 'likeness-bench-'));
  try {
    const feed = (name: string, p: t.Tensor, data: Float32Array): [string, ort.Tensor] => {
      writeFileSync(join(folder, `${name}.bin`), data);
      return [p.name, new ort.Tensor('float32', data, p.shape)];
    };
    const start = new Map(encoded.stored.map((s) => [s.tensor.name, s.initial]));
    const feeds = Object.fromEntries([
      feed(
        'x',
        x,
        Float32Array.from({ length: x.size }, () => random.float()),
      ),
      ...params.map((p, i) => {
        const initial = start.get(p.name);
        if (!initial || initial.kind === 'copy') throw new Error(`${p.name} has no first values`);
        return feed(`w${i}`, p, t.initialData(initial, p.name, p.shape, 6));
      }),
    ]);
    const out = await session.run(feeds);
    params.forEach((_, i) => void writeFileSync(join(folder, `g${i}.bin`), out[`g${i}`]?.data as Float32Array));
    const spec = { n, x: x.shape, params: params.map((p) => [p.name, p.shape]) };
    writeFileSync(join(folder, 'spec.json'), JSON.stringify(spec));
    const r = spawnSync(PYTHON, ['-c', ADVERSARIAL, folder], { encoding: 'utf8' });
    if (r.status !== 0) throw new Error(r.stderr);
    const found = JSON.parse(r.stdout) as Record<'generator' | 'discriminator', number> &
      Record<'graph' | 'torch32', number[]>;
    for (const k of ['generator', 'discriminator'] as const)
      print(`loss of the ${k}: ours ${Number(out[k]?.data[0]).toFixed(7)}, PyTorch in double ${found[k].toFixed(7)}`);
    print(
      `gradients of ${params.length} tensors against PyTorch in double, worst relative error: ours ` +
        `${Math.max(...found.graph).toExponential(1)}, PyTorch in single ${Math.max(...found.torch32).toExponential(1)}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const version = torchVersion();
if (version === undefined) print(`PyTorch is not installed for ${PYTHON}: nothing to compare with.`);
else {
  print(`PyTorch ${version}, ${threads} thread(s), ${rounds} rounds; processor time of a training step`);
  if (values.only === '' || values.only === '64') {
    await speed(64, 16, 64, false);
    await speed(64, 4, 64, false);
    await speed(64, 8, 32, true);
  }
  if (values.only === '' || values.only === '128') {
    await speed(128, 8, 32, true);
    await speed(128, 4, 64, false);
  }
  if (values.only === '' || values.only === 'check') await exactness();
}
