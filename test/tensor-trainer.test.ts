// The trainer as a whole: same seed, same weights; graphs that share parameters; checkpoints that survive kill -9 and
// damage; export; devices; refusals.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import * as t from '../src/tensor/index.js';

const library = new URL('../dist/tensor/index.js', import.meta.url).href;

const net = (x: t.Tensor): t.Tensor => {
  const h = t.leakyRelu(t.convLayer(x, 'net.a', 8, { stride: 2 }));
  return t.sigmoid(t.convLayer(t.depthToSpace(t.leakyRelu(t.convLayer(h, 'net.b', 32))), 'net.c', 3));
};
const build =
  (batch: number, px = 8): t.BuildTraining =>
  (g) => {
    const x = g.input('x', [batch, 3, px, px]);
    const y = net(x);
    return { groups: [{ name: 'net', params: g.params(), loss: t.l1Loss(y, x), ema: 0.9 }], pictures: { y } };
  };
const look: t.BuildTraining = (g) => ({ pictures: { y: net(g.input('x', [1, 3, 8, 8])) } });
const batchOf = (n: number, seed = 1): Float32Array => {
  const random = new Random(seed);
  return Float32Array.from({ length: n * 3 * 64 }, () => random.float());
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'likeness-tensor-'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

describe('same seed, same weights', () => {
  const run = async (options: Partial<t.TrainerOptions>): Promise<Map<string, t.TensorData>> => {
    const trainer = await t.createTrainer({ build: build(2), seed: 5, ...options });
    for (let i = 0; i < 6; i++) await trainer.step({ x: batchOf(2, i) }, { lr: 1e-3 });
    const weights = await trainer.weights();
    await trainer.close();
    return weights;
  };
  it('bit for bit, in this thread or another, with one thread or two', async () => {
    const one = await run({ worker: false });
    expect(await run({ worker: true })).toEqual(one);
    const two = await run({ worker: false, threads: 2 });
    expect(await run({ worker: false, threads: 2 })).toEqual(two);
  });
  it('and another seed gives others', async () => {
    const [a, b] = [await run({ worker: false }), await run({ worker: false, seed: 6 })];
    expect(a.get('net.a.w')?.data).not.toEqual(b.get('net.a.w')?.data);
  });
});

describe('graphs that share parameters', () => {
  it('train and look at the same weights, at several batch sizes', async () => {
    const trainer = await t.createTrainer({ build: build(2), seed: 1, worker: false });
    await trainer.addGraph('wide', build(3));
    await trainer.addGraph('look', look);
    const x = batchOf(1);
    const before = await trainer.run({ x }, { graph: 'look', fetch: ['y'] });
    for (let i = 0; i < 20; i++) {
      await trainer.step({ x: batchOf(2, i) }, { lr: 3e-3 });
      await trainer.step({ x: batchOf(3, i) }, { lr: 3e-3, graph: 'wide' });
    }
    expect(await trainer.steps()).toEqual({ net: 40 });
    const after = await trainer.run({ x }, { graph: 'look', fetch: ['y'] });
    const averaged = await trainer.run({ x }, { graph: 'look', fetch: ['y'], ema: true });
    const error = (r: t.StepResult): number =>
      r.pictures['y']?.data.reduce((s, v, i) => s + Math.abs(v - (x[i] as number)), 0) ?? Number.NaN;
    expect(error(after)).toBeLessThan(error(before));
    expect(averaged.pictures['y']?.data).not.toEqual(after.pictures['y']?.data);
    // The averaged weights give what loading them gives.
    await trainer.load(await trainer.emaWeights());
    const loaded = await trainer.run({ x }, { graph: 'look', fetch: ['y'] });
    expect(loaded.pictures['y']?.data).toEqual(averaged.pictures['y']?.data);
    await trainer.close();
  });

  it('leave parameters outside every group alone', async () => {
    const trainer = await t.createTrainer({
      seed: 1,
      worker: false,
      build: (g) => {
        const x = g.input('x', [1, 3, 8, 8]);
        const loss = t.l1Loss(net(x), x);
        return { groups: [{ name: 'end', params: g.params('net.c'), loss }] };
      },
    });
    const before = await trainer.weights();
    await trainer.step({ x: batchOf(1) }, { lr: 1e-2 });
    const after = await trainer.weights();
    expect(after.get('net.a.w')).toEqual(before.get('net.a.w'));
    expect(after.get('net.c.w')).not.toEqual(before.get('net.c.w'));
    await trainer.close();
  });

  it('carry the state of spectral normalisation, whose norm goes to one', async () => {
    const trainer = await t.createTrainer({
      seed: 1,
      worker: false,
      build: (g) => {
        const w = t.spectralNorm(g.param('w', [6, 10], t.normal(1)));
        const y = t.matmul(g.input('x', [1, 6]), w);
        return { groups: [{ name: 'w', params: g.params(), loss: t.mean(t.square(y)) }], pictures: { normed: w } };
      },
    });
    let w: Float32Array = new Float32Array(0);
    for (let i = 0; i < 60; i++) {
      const r = await trainer.step({ x: Float32Array.of(1, 0, 1, 0, 1, 1) }, { lr: 0, fetch: ['normed'] });
      w = r.pictures['normed']?.data ?? w;
    }
    // Largest singular value by an independent power iteration.
    let v = Array.from({ length: 10 }, (_, i) => Math.sin(i + 1));
    let sigma = 0;
    for (let k = 0; k < 200; k++) {
      const u = Array.from({ length: 6 }, (_, i) => v.reduce((s, x, j) => s + x * (w[i * 10 + j] as number), 0));
      sigma = Math.hypot(...u) / Math.hypot(...v);
      v = v.map((_, j) => u.reduce((s, x, i) => s + x * (w[i * 10 + j] as number), 0));
    }
    expect(sigma).toBeCloseTo(1, 3);
    await trainer.close();
  });
});

describe('the gradient penalty', () => {
  it('is half the squared slope of a linear critic', async () => {
    const trainer = await t.createTrainer({
      seed: 2,
      worker: false,
      build: (g) => {
        const x = t.tracked(g.input('x', [2, 5]));
        const w = g.param('w', [1, 5], t.normal(1));
        return { groups: [{ name: 'w', params: [w], loss: t.r1Penalty(x, t.linear(x, w)) }] };
      },
    });
    const w = (await trainer.weights()).get('w')?.data ?? [];
    const expected = 0.5 * Array.from(w).reduce((s, v) => s + v * v, 0);
    const { scalars } = await trainer.step({ x: new Float32Array(10).fill(0.3) }, { lr: 0.1 });
    expect(scalars['loss:w']).toBeCloseTo(expected, 5);
    await trainer.close();
  });
});

describe('checkpoints', () => {
  it('go on bit for bit, and keep what later graphs will need', async () => {
    const dir = join(folder, 'plain');
    const step = async (tr: t.Trainer, from: number, to: number): Promise<void> => {
      for (let i = from; i < to; i++) await tr.step({ x: batchOf(2, i) }, { lr: 1e-3 });
    };
    const whole = await t.createTrainer({ build: build(2), seed: 3, worker: false });
    await step(whole, 0, 10);
    const first = await t.createTrainer({ build: build(2), seed: 3, worker: false });
    expect(await first.loadCheckpoint(dir)).toBeUndefined();
    await step(first, 0, 4);
    await first.saveCheckpoint(dir, { data: 4 });
    await first.close();
    // A program that knows a part of the network only, and saves again.
    const part = await t.createTrainer({
      seed: 0,
      worker: false,
      build: (g) => ({ pictures: { y: t.convLayer(g.input('x', [1, 3, 8, 8]), 'net.a', 8, { stride: 2 }) } }),
    });
    await part.loadCheckpoint(dir);
    await part.saveCheckpoint(dir, { data: 4 });
    await part.close();
    const second = await t.createTrainer({ build: build(2), seed: 99, worker: false });
    expect(await second.loadCheckpoint(dir)).toEqual({ note: { data: 4 }, steps: { net: 4 }, warnings: [] });
    await step(second, 4, 10);
    expect(await second.weights()).toEqual(await whole.weights());
    expect(await second.emaWeights()).toEqual(await whole.emaWeights());
    await whole.close();
    await second.close();
  });

  const damage: [string, (path: string) => Promise<void>, RegExp][] = [
    [
      'a changed byte',
      async (p) => {
        const b = await readFile(p);
        b[b.length >> 1] = (b[b.length >> 1] as number) ^ 1;
        await writeFile(p, b);
      },
      /checksum/,
    ],
    ['a cut', async (p) => await truncate(p, 900), /checksum|cut short/],
    ['nothing', async (p) => await truncate(p, 0), /cut short/],
    ['something else', async (p) => await writeFile(p, Buffer.alloc(500, 7)), /not a checkpoint/],
  ];
  it.each(damage)('damaged into %s: named, and the one before is taken', async (name, harm, message) => {
    const dir = join(folder, `damaged ${name}`);
    const trainer = await t.createTrainer({ build: build(2), seed: 3, worker: false });
    for (let i = 1; i <= 3; i++) {
      await trainer.step({ x: batchOf(2) }, { lr: 1e-3 });
      await trainer.saveCheckpoint(dir, i);
    }
    expect((await readdir(dir)).sort()).toEqual(['checkpoint-0000000002.bin', 'checkpoint-0000000003.bin']);
    const newest = join(dir, 'checkpoint-0000000003.bin');
    await harm(newest);
    const found = await trainer.loadCheckpoint(dir);
    expect(found).toMatchObject({ note: 2, steps: { net: 2 } });
    expect(found?.warnings).toHaveLength(1);
    expect(found?.warnings[0]).toContain(newest);
    expect(found?.warnings[0]).toMatch(message);
    // The damaged one is not counted among the two that are kept.
    await trainer.saveCheckpoint(dir, 'next');
    expect((await trainer.loadCheckpoint(dir))?.note).toBe('next');
    for (const f of await readdir(dir)) if (f.endsWith('.bin')) await harm(join(dir, f));
    await expect(trainer.loadCheckpoint(dir)).rejects.toMatchObject({ code: 'checkpoint.damaged' });
    await trainer.close();
  });

  it('of another network are refused and change nothing', async () => {
    const dir = join(folder, 'other');
    const small = await t.createTrainer({ build: build(2), seed: 3, worker: false });
    await small.saveCheckpoint(dir);
    await small.close();
    const other = await t.createTrainer({
      seed: 1,
      worker: false,
      build: (g) => ({ pictures: { y: t.convLayer(g.input('x', [1, 3, 8, 8]), 'net.a', 9) } }),
    });
    const before = await other.weights();
    await expect(other.loadCheckpoint(dir)).rejects.toMatchObject({ code: 'checkpoint.other' });
    expect(await other.weights()).toEqual(before);
    await other.close();
  });

  it('survive kill -9 at any moment: the same weights as an undisturbed run', async () => {
    // Some 3 MB of state, so that many of the kills fall into a write.
    const program = (dir: string): string => `
      import { createHash } from 'node:crypto';
      import * as t from '${library}';
      const trainer = await t.createTrainer({ seed: 11, build: (g) => {
        const x = g.input('x', [4, 64]);
        const h = t.leakyRelu(t.linearLayer(x, 'a', 1500));
        const y = t.linearLayer(h, 'b', 64);
        return { groups: [{ name: 'net', params: g.params(), loss: t.mseLoss(y, x), ema: 0.9 }] };
      } });
      const found = await trainer.loadCheckpoint(${JSON.stringify(dir)});
      if (found?.warnings.length) throw new Error(found.warnings.join());
      for (let i = found ? found.note.next : 0; i < 40; i++) {
        const x = Float32Array.from({ length: 256 }, (_, k) => Math.sin(k * 7.1 + i));
        await trainer.step({ x }, { lr: 1e-3 });
        await trainer.saveCheckpoint(${JSON.stringify(dir)}, { next: i + 1 });
        process.stdout.write('.');
      }
      const hash = createHash('sha256');
      for (const [, w] of await trainer.weights()) hash.update(w.data);
      for (const [, w] of await trainer.emaWeights()) hash.update(w.data);
      console.log('done ' + hash.digest('hex'));
      await trainer.close();`;
    const random = new Random(Date.now());
    /** Runs the program; kills it after so many finished checkpoints and a random moment. */
    const run = async (dir: string, killAfter?: number): Promise<{ text: string; killed: boolean }> => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program(dir)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.on('data', (b: Buffer) => {
        text += b.toString();
        if (killAfter !== undefined && text.length >= killAfter)
          setTimeout(() => child.kill('SIGKILL'), random.int(25));
      });
      const signal = await new Promise((resolve) => child.on('close', (_, s) => resolve(s)));
      return { text, killed: signal !== null };
    };
    const calm = await run(join(folder, 'calm'));
    expect(calm.text).toMatch(/done [0-9a-f]{64}/);
    const dir = join(folder, 'killed');
    let kills = 0;
    for (let i = 0; i < 6; i++) if ((await run(dir, 1 + random.int(6))).killed) kills++;
    expect(kills).toBeGreaterThan(3);
    const end = await run(dir);
    expect(end.text.length).toBeLessThan(calm.text.length);
    expect(/done ([0-9a-f]{64})/.exec(end.text)?.[1]).toBe(/done ([0-9a-f]{64})/.exec(calm.text)?.[1]);
    expect((await readdir(dir)).filter((f) => f.endsWith('.part'))).toEqual([]);
  }, 60_000);
});

describe('a step that fails', () => {
  it('becomes one error and changes nothing', async () => {
    const trainer = await t.createTrainer({ build: build(2), seed: 3 });
    const before = await trainer.weights();
    const bad = batchOf(2);
    bad[7] = Number.NaN;
    await expect(trainer.step({ x: bad }, { lr: 1 })).rejects.toMatchObject({ code: 'tensor.diverged' });
    await expect(trainer.step({}, { lr: 1 })).rejects.toMatchObject({ code: 'tensor.feed' });
    await expect(trainer.step({ x: batchOf(3) }, { lr: 1 })).rejects.toMatchObject({ code: 'tensor.feed' });
    await expect(trainer.step({ x: batchOf(2) }, { lr: 1, graph: 'none' })).rejects.toMatchObject({
      code: 'tensor.name',
    });
    await expect(trainer.step({ x: batchOf(2) }, { lr: 1, fetch: ['z'] })).rejects.toMatchObject({
      code: 'tensor.name',
    });
    const wrong = new Map([['net.a.w', { shape: [8, 3, 5, 5], data: new Float32Array(600) }]]);
    await expect(trainer.load(wrong)).rejects.toMatchObject({ code: 'tensor.shape' });
    expect(await trainer.weights()).toEqual(before);
    expect(await trainer.steps()).toEqual({});
    await trainer.step({ x: batchOf(2) }, { lr: 1e-3 });
    expect(await trainer.steps()).toEqual({ net: 1 });
    await trainer.close();
  });

  it.each([
    [
      'channels that do not fit',
      (g: t.Graph) => t.conv2d(g.input('x', [1, 3, 8, 8]), g.param('w', [4, 5, 3, 3], t.zeros)),
      'tensor.shape',
    ],
    ['two inputs of one name', (g: t.Graph) => t.add(g.input('x', [1]), g.input('x', [1])), 'tensor.name'],
    [
      'a parameter in two shapes',
      (g: t.Graph) => t.add(g.param('w', [1], t.zeros), g.param('w', [2], t.zeros)),
      'tensor.shape',
    ],
    ['sizes that do not broadcast', (g: t.Graph) => t.add(g.input('x', [2, 3]), g.input('y', [2, 4])), 'tensor.shape'],
    ['a slice of nothing', (g: t.Graph) => t.slice(g.input('x', [4]), [{ axis: 0, start: 4 }]), 'tensor.shape'],
  ] as const)('%s are refused while building', (_, make, code) => {
    expect(() => make(new t.Graph())).toThrowError(expect.objectContaining({ code }));
  });

  it('a loss that misses a parameter is refused', () => {
    const g = new t.Graph();
    const [a, b] = [g.param('a', [2], t.ones), g.param('b', [2], t.ones)];
    expect(() => g.gradients(t.mean(a), [a, b])).toThrowError(expect.objectContaining({ code: 'tensor.gradient' }));
    expect(() => g.gradients(t.mean(t.detach(t.mul(a, 2))), [a])).toThrowError(/does not depend on a/);
  });
});

describe('export', () => {
  it.each([12, 13, 15, 17, 18])('operator set %i gives what the trainer gives', async (opset) => {
    const all = (x: t.Tensor): t.Tensor => {
      const h = t.groupNormLayer(t.upsampleBilinear(t.avgPool(net(x), 2)), 'net.n', 3);
      const pooled = t.sum(t.clamp(t.upsampleNearest(t.maxPool2(h)), -1, 1), [1], true);
      return t.softmax(t.reshape(t.mul(h, t.sub(t.softplus(pooled), t.maxAxes(h, [1]))), [x.dim(0), -1]));
    };
    const trainer = await t.createTrainer({
      seed: 8,
      worker: false,
      build: (g) => ({ pictures: { y: all(g.input('x', [1, 3, 8, 8])) } }),
    });
    const x = batchOf(1);
    const { pictures } = await trainer.run({ x }, { graph: 'main', fetch: ['y'] });
    const weights = await trainer.weights();
    const infer = async (options: t.ExportOptions): Promise<{ y: Float32Array; size: number }> => {
      const bytes = t.exportOnnx(
        (g) => ({ 'out:0': all(t.toChannelsFirst(g.input('in_face:0', [1, 8, 8, 3]))) }),
        weights,
        { ...options, opset },
      );
      const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
      expect([session.inputNames, session.outputNames]).toEqual([['in_face:0'], ['out:0']]);
      const last = Float32Array.from({ length: 192 }, (_, i) => x[(i % 3) * 64 + Math.floor(i / 3)] as number);
      const out = await session.run({ 'in_face:0': new ort.Tensor('float32', last, [1, 8, 8, 3]) });
      return { y: out['out:0']?.data as Float32Array, size: bytes.length };
    };
    const [full, half] = [await infer({}), await infer({ half: true })];
    const apart = (a: Float32Array): number =>
      Math.max(...a.map((v, i) => Math.abs(v - (pictures['y']?.data[i] as number))));
    expect(apart(full.y)).toBeLessThan(1e-6);
    expect(apart(half.y)).toBeLessThan(1e-3);
    expect(half.size).toBeLessThan(full.size * 0.75);
    await trainer.close();
  });

  it('refuses weights of another network', () => {
    const make: t.BuildInference = (g) => ({ y: net(g.input('x', [1, 3, 8, 8])) });
    expect(() => t.exportOnnx(make, new Map())).toThrowError(/net\.a\.w/);
  });

  it('half precision rounds to nearest, ties to even, with denormals', () => {
    const values = Float32Array.of(
      0,
      -0,
      1,
      -2.5,
      65504,
      65519,
      65520,
      1e-8,
      6e-8,
      2 ** -24,
      2 ** -14,
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
    );
    const back = t.fromHalf(t.toHalf(values));
    expect([...back]).toEqual([
      0,
      -0,
      1,
      -2.5,
      65504,
      65504,
      Infinity,
      0,
      2 ** -24,
      2 ** -24,
      2 ** -14,
      1,
      1 + 2 ** -9,
    ]);
    for (let h = 0; h < 0x7c00; h++) expect(t.toHalf(t.fromHalf(Uint16Array.of(h)))[0]).toBe(h);
  });
});

describe('devices', () => {
  it('auto and cpu need no trial; unknown names are refused', async () => {
    expect(await t.chooseDevice('auto')).toEqual({ device: 'cpu' });
    expect(await t.chooseDevice('cpu')).toEqual({ device: 'cpu' });
    await expect(t.chooseDevice('gpu')).rejects.toMatchObject({ code: 'device.unknown' });
  });
  it('a device that is not there falls back with one sentence', async () => {
    const name = process.platform === 'win32' ? 'coreml' : 'dml';
    const choice = await t.chooseDevice(name);
    expect(choice.device).toBe('cpu');
    expect(choice.note).toMatch(/cannot be used here \(.*\); working on the processor instead\.$/);
  });
  it('webgpu is tried in a process of its own and either agrees or falls back', async () => {
    const choice = await t.chooseDevice('webgpu');
    if (choice.device === 'cpu') expect(choice.note).toMatch(/^The device webgpu cannot be used here \(.+\)/);
    else expect(choice).toEqual({ device: 'webgpu' });
  }, 150_000);
  it('a device that computes something else is not used', () => {
    expect(t.judgeProbe('webgpu', { difference: 1e-6 })).toEqual({ device: 'webgpu' });
    expect(t.judgeProbe('webgpu', { difference: 0.1 })).toMatchObject({ device: 'cpu' });
    expect(t.judgeProbe('webgpu', { difference: Number.NaN })).toMatchObject({ device: 'cpu' });
    expect(t.judgeProbe('webgpu', {})).toMatchObject({ device: 'cpu' });
    expect(t.judgeProbe('webgpu', { error: 'its trial was ended by SIGABRT' }).note).toMatch(/SIGABRT/);
  });
});
