import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import { CANONICAL_POINTS } from '../src/faces/index.js';
import { stopModels } from '../src/models/index.js';
import { BatchMaker, CODE_BATCH, meanCode } from '../src/synth/swap/batches.js';
import { buildDfm } from '../src/synth/swap/dfm.js';
import { DRIVE_LENGTH } from '../src/synth/swap/drive.js';
import { dfmEngine } from '../src/synth/swap/engines/dfm.js';
import { ganEngine } from '../src/synth/swap/engines/gan.js';
import { enhanced } from '../src/synth/swap/enhance.js';
import { buildCodes, buildLook, buildStep, buildSwap } from '../src/synth/swap/net.js';
import type { SwapPreset } from '../src/synth/swap/presets.js';
import type { FaceCrop, SwapSession } from '../src/synth/swap/types.js';
import { readWeights, startAs, writeWeights } from '../src/synth/swap/warm-start.js';
import { createTrainer, exportOnnx, type TensorData, type Trainer } from '../src/tensor/index.js';

const TINY: SwapPreset = {
  id: 'draft',
  title: 'for tests',
  size: 64,
  encoder: [8, 12, 16, 24],
  code: 24,
  decoder: [16, 12, 8, 6],
  discriminator: [6, 8],
  batch: 4,
  identity: 0,
  minutes: 1,
  learningRate: 2e-3,
};

/** A set of 40 pictures: a bright disc whose place and size follow the first two drive numbers. */
function set(color: number) {
  const size = 80;
  const count = 40;
  const rgb = new Uint8Array(count * size * size * 3);
  const masks = new Uint8Array(count * size * size * 2);
  const drives: Float32Array[] = [];
  for (let n = 0; n < count; n++) {
    const drive = new Float32Array(DRIVE_LENGTH);
    drive[0] = (n % 8) / 4 - 1;
    drive[1] = Math.floor(n / 8) / 2.5 - 1;
    drives.push(drive);
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        const i = (n * size + y) * size + x;
        const inside = Math.hypot(x - 40 - 12 * (drive[0] as number), y - 40 - 12 * (drive[1] as number)) < 16;
        rgb.set(inside ? [color, 200 - color / 2, 90] : [30, 30, 30], i * 3);
        masks[i * 2] = 255;
        masks[i * 2 + 1] = 110;
      }
  }
  return { size, margin: 1.25, count, rgb, masks, drives };
}

const all = Array.from({ length: 40 }, (_, i) => i);
const makers = [new BatchMaker('a', set(220), all, 64, 4), new BatchMaker('b', set(60), all, 64, 4)] as const;
const still = { rotate: 0, zoom: 0, shift: 0, flip: 0, warp: 0.02, gain: 0, transfer: 0 };

async function train(steps: number, seed: number, texture = false): Promise<{ trainer: Trainer; losses: number[] }> {
  const trainer = await createTrainer({ seed, worker: false, build: (g) => buildStep(g, TINY, ['a', 'b'], texture) });
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const random = new Random(i);
    const feeds = { ...makers[0].fill(random, still, null), ...makers[1].fill(random, still, null) };
    const { scalars } = await trainer.step(feeds, { lr: 2e-3 });
    losses.push(scalars['loss:generator'] ?? Number.NaN);
  }
  return { trainer, losses };
}

const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
const folder = mkdtempSync(join(tmpdir(), 'likeness-net-'));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stopModels();
});

describe('a pair in training', () => {
  it('learns, and the same seed learns the same', async () => {
    const one = await train(60, 3);
    const two = await train(12, 3);
    expect(mean(one.losses.slice(-10))).toBeLessThan(0.6 * mean(one.losses.slice(0, 5)));
    expect(two.losses).toEqual(one.losses.slice(0, 12));
    await one.trainer.close();
    await two.trainer.close();
  });

  it('with discriminators moves both sides', async () => {
    const { trainer } = await train(2, 1, true);
    const before = await trainer.weights();
    const { scalars } = await trainer.step(
      { ...makers[0].fill(new Random(9), still, null), ...makers[1].fill(new Random(8), still, null) },
      { lr: 1e-3 },
    );
    const after = await trainer.weights();
    expect(Number.isFinite(scalars['loss:discriminator'])).toBe(true);
    for (const name of [
      'discriminator.a.0.w',
      'discriminator.b.0.w',
      'encoder.0.w',
      'decoder.a.out.w',
      'decoder.b.out.w',
    ])
      expect(after.get(name)?.data, name).not.toEqual(before.get(name)?.data);
    await trainer.close();
  });
});

/** Weights of a briefly trained pair, with both means. */
async function pairWeights(): Promise<Map<string, TensorData>> {
  const { trainer } = await train(30, 5);
  await trainer.addGraph('codes', (g) => buildCodes(g, TINY, CODE_BATCH));
  await trainer.addGraph('look', (g) => buildLook(g, TINY, ['a', 'b'], 8));
  const weights = new Map(await trainer.emaWeights());
  for (const maker of makers)
    weights.set(`mean.${maker.side}`, { shape: [1, TINY.code], data: await meanCode(trainer, maker, all) });
  await trainer.close();
  return weights;
}

const crop = (place: number): FaceCrop => {
  const drive = new Float32Array(DRIVE_LENGTH);
  drive[0] = place;
  const image = Float32Array.from({ length: 3 * 64 * 64 }, (_, i) => {
    const x = i % 64;
    const y = Math.floor(i / 64) % 64;
    return Math.hypot(x - 32 - 12 * place, y - 32) < 16 ? 0.8 : 0.1;
  });
  return {
    size: 64,
    image,
    points: new Float32Array(478 * 2),
    pose: { yaw: 0, pitch: 0, roll: 0 },
    expression: new Float32Array(52),
    drive,
    neutral: new Float32Array(468 * 3),
  };
};

describe('an exported pair', () => {
  it('runs in the gan engine: picture and mask in range, the same twice, different for different drives', async () => {
    const weights = await pairWeights();
    const file = join(folder, 'pair.onnx');
    writeFileSync(
      file,
      exportOnnx((g) => buildSwap(g, TINY, 'b', 'a', 1), weights, { half: true }),
    );
    // A face set of another size than the pair's: its shape is used, its pictures are not.
    const set = { version: 2, size: 40, margin: 1.25, count: 0, faces: [], reference: { neutral: [], openEye: 1 } };
    writeFileSync(join(folder, 'faces.json'), JSON.stringify({ ...set, neutral: Array.from(CANONICAL_POINTS) }));
    for (const name of ['crops.rgb', 'masks.bin', 'points.f32']) writeFileSync(join(folder, name), '');
    const session = await ganEngine.prepare({ sourceFaces: folder, model: file });
    expect(session.shape).toEqual(Float32Array.from(CANONICAL_POINTS));
    const [one, two, other] = await session.render([crop(0), crop(0), crop(0.8)]);
    expect(session.size).toBe(64);
    expect(one?.image.length).toBe(3 * 64 * 64);
    expect(Math.min(...(one?.image ?? [-1]))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...(one?.mask ?? [2]))).toBeLessThanOrEqual(1);
    expect(two?.image).toEqual(one?.image);
    expect(other?.image).not.toEqual(one?.image);
    await session.close();
  });

  it('in the DFM layout has the names, shapes and order of colours that other programs expect', async () => {
    const weights = await pairWeights();
    const file = join(folder, 'pair.dfm');
    writeFileSync(
      file,
      exportOnnx((g) => buildDfm(g, TINY, 'b', 'a'), weights, { opset: 12 }),
    );
    const session = await dfmEngine.prepare({ sourceFaces: folder, model: file });
    const input = crop(0);
    // Where our crop does not reach, or the mask says no, a DFM gives the picture back: red stays red.
    input.image.fill(0);
    input.image.fill(0.9, 0, 64 * 64);
    const [answer] = await session.render([input]);
    expect(answer?.mask.length).toBe(64 * 64);
    const corner = [0, 1, 2].map((c) => answer?.image[c * 64 * 64] ?? -1);
    const covered = answer?.mask[0] ?? 1;
    expect(corner[0]).toBeGreaterThanOrEqual(0.9 * (1 - covered) - 1e-3);
    expect(corner[2]).toBeLessThanOrEqual(covered + 1e-3);
    const points = new Float32Array(478 * 3);
    points.set(CANONICAL_POINTS.map((v) => v * 10 + 200));
    const placed = session.place?.(points, 64);
    expect(placed?.[1]).toBeCloseTo(0, 1);
    await session.close();
  });

  it('of a foreign kind is refused by name', async () => {
    const weights = await pairWeights();
    const file = join(folder, 'foreign.onnx');
    writeFileSync(
      file,
      exportOnnx((g) => buildSwap(g, TINY, 'b', 'a', 1), weights),
    );
    await expect(dfmEngine.prepare({ sourceFaces: folder, model: file })).rejects.toThrow(
      /foreign\.onnx is not in the DFM layout/,
    );
    const dfm = join(folder, 'other.dfm');
    writeFileSync(
      dfm,
      exportOnnx((g) => buildDfm(g, TINY, 'b', 'a'), weights, { opset: 12 }),
    );
    await expect(ganEngine.prepare({ sourceFaces: folder, model: dfm })).rejects.toThrow(
      /not a pair that Likeness exported/,
    );
  });
});

describe('weights in halves', () => {
  it('come back with names and shapes, and a cut file is refused', () => {
    const weights = new Map([['x.w', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }]]);
    const bytes = writeWeights(weights, 'draft');
    expect(readWeights(bytes, 'f').weights).toEqual(weights);
    expect(() => readWeights(bytes.subarray(0, bytes.length - 3), 'f')).toThrow(/cut short/);
  });
});

describe('a pair that starts from general weights', () => {
  it('draws of each person, before its first step, what the general decoder would', async () => {
    const LOOK = 8;
    const general = await createTrainer({
      seed: 2,
      worker: false,
      build: (g) => buildStep(g, TINY, ['any'], false),
    });
    await general.addGraph('look', (g) => buildLook(g, TINY, ['any'], LOOK));
    const chosen = Array.from({ length: LOOK }, (_, i) => 5 * i);
    const looked = (maker: BatchMaker, as: string): Record<string, Float32Array> => {
      const feeds = maker.straight(chosen, new Random(1));
      return Object.fromEntries(
        ['input', 'weight', 'drive'].map((n) => [`${as}.${n}`, feeds[`${maker.side}.${n}`] as Float32Array]),
      );
    };
    const wanted = new Map<string, Float32Array>();
    for (const maker of makers) {
      const feeds = { ...looked(maker, 'any'), 'any.mean': new Float32Array(TINY.code) };
      const { pictures } = await general.run(feeds, { graph: 'look', fetch: ['image.any'] });
      wanted.set(`image.${maker.side}`, pictures['image.any']?.data ?? new Float32Array(0));
    }
    const weights = new Map<string, TensorData>();
    for (const [name, t] of await general.weights())
      for (const side of name.startsWith('decoder.any.') ? ['a', 'b'] : ['any'])
        weights.set(name.replace('decoder.any', `decoder.${side}`), { shape: t.shape, data: t.data.slice() });
    await general.close();

    const pair = await createTrainer({ seed: 3, worker: false, build: (g) => buildStep(g, TINY, ['a', 'b'], false) });
    await pair.addGraph('codes', (g) => buildCodes(g, TINY, CODE_BATCH));
    await pair.addGraph('look', (g) => buildLook(g, TINY, ['a', 'b'], LOOK));
    await pair.load(weights);
    const [a, b] = [await meanCode(pair, makers[0], all), await meanCode(pair, makers[1], all)];
    const look = async (): Promise<number> => {
      const feeds = { ...looked(makers[0], 'a'), ...looked(makers[1], 'b'), 'a.mean': a.slice(), 'b.mean': b.slice() };
      const { pictures } = await pair.run(feeds, { graph: 'look', fetch: [...wanted.keys()] });
      let most = 0;
      for (const [name, data] of wanted)
        for (const [i, v] of data.entries())
          most = Math.max(most, Math.abs(v - (pictures[name]?.data[i] ?? Number.NaN)));
      return most;
    };
    expect(await look()).toBeGreaterThan(1e-3);
    startAs(weights, { a, b });
    await pair.load(weights);
    expect(await look()).toBeLessThan(1e-5);
    await pair.close();
  });

  it('refuses weights without the layer that it changes', () => {
    const mean = new Float32Array(TINY.code);
    expect(() => startAs(new Map(), { a: mean, b: mean })).toThrow(/no layer decoder\.a\.code/);
  });
});

describe('super-resolution', () => {
  it('doubles picture and mask and keeps their means', async () => {
    const inner: SwapSession = {
      size: 32,
      render: async () => [
        {
          size: 32,
          image: Float32Array.from({ length: 3072 }, (_, i) => (i % 32 < 16 ? 0.2 : 0.7)),
          mask: Float32Array.from({ length: 1024 }, (_, i) => (i % 32 < 16 ? 0 : 1)),
        },
      ],
      close: async () => undefined,
    };
    const session = await enhanced(inner);
    const [face] = await session.render([crop(0)]);
    expect(face?.size).toBe(64);
    expect(face?.image.length).toBe(3 * 64 * 64);
    expect(mean([...(face?.image ?? [])])).toBeCloseTo(0.45, 1);
    expect(mean([...(face?.mask ?? [])])).toBeCloseTo(0.5, 1);
    await session.close();
  });
});
