// The trainer as a whole: same seed, same weights; graphs that share parameters; refusals; devices.
import { describe, expect, it } from 'vitest';
import * as t from '../src/tensor/index.js';
import { batchOf, build, look, net } from './tensor-small-net.js';

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

  it('change nothing when they only run', async () => {
    const trainer = await t.createTrainer({ build: build(2), seed: 1, worker: false });
    await trainer.addGraph('spectral', (g) => ({
      pictures: { y: t.convLayer(g.input('x', [1, 3, 8, 8]), 'judge', 4, { spectral: true }) },
    }));
    const [weights, x] = [await trainer.weights(), batchOf(2)];
    expect(weights.has('judge.w.u')).toBe(true);
    const seen = await trainer.run({ x }, { graph: 'main' });
    await trainer.run({ x: batchOf(1) }, { graph: 'spectral' });
    expect(await trainer.weights()).toEqual(weights);
    expect(await trainer.steps()).toEqual({});
    expect((await trainer.step({ x }, { lr: 1e-3 })).scalars).toEqual(seen.scalars);
    await trainer.close();
  });

  it('batch normalisation learns running statistics and uses them for inference', async () => {
    const layer = (g: t.Graph): t.Tensor => t.batchNormLayer(g.input('x', [4, 2, 3, 3]), 'n');
    const trainer = await t.createTrainer({
      seed: 1,
      worker: false,
      build: (g) => {
        const y = layer(g);
        return { groups: [{ name: 'n', params: g.params(), loss: t.mean(t.square(y)) }], pictures: { y } };
      },
    });
    await trainer.addGraph('look', (g) => ({ pictures: { y: layer(g) } }), { training: false });
    // Two channels with means 3 and -1 and deviations 2 and 0.5, the same in every batch.
    const x = Float32Array.from({ length: 72 }, (_, i) => {
      const wave = Math.SQRT2 * Math.sin((2 * Math.PI * ((i % 9) + 9 * Math.floor(i / 18))) / 36);
      return Math.floor(i / 9) % 2 === 0 ? 3 + 2 * wave : -1 + 0.5 * wave;
    });
    for (let i = 0; i < 200; i++) await trainer.step({ x }, { lr: 0 });
    const states = await trainer.weights();
    expect([...(states.get('n.mean')?.data ?? [])].map((v) => v.toFixed(3))).toEqual(['3.000', '-1.000']);
    // Unbiased: 36 values a channel.
    expect(states.get('n.var')?.data[0]).toBeCloseTo((4 * 36) / 35, 3);
    expect(states.get('n.var')?.data[1]).toBeCloseTo((0.25 * 36) / 35, 4);
    const trained = await trainer.run({ x }, { graph: 'main', fetch: ['y'] });
    const looked = await trainer.run({ x }, { graph: 'look', fetch: ['y'] });
    const bias = Math.sqrt(35 / 36);
    for (const [i, v] of (trained.pictures['y']?.data ?? []).entries())
      expect(looked.pictures['y']?.data[i]).toBeCloseTo(v * bias, 4);
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
