// A trained net as a part of a graph: it says what it says by itself, and what flows back to its input is its gradient.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { packageRoot, Random, sha256 } from '../src/base/index.js';
import { modelBytes } from '../src/models/index.js';
import * as t from '../src/tensor/index.js';

const numbers = (seed: number, count: number, low: number, high: number): Float32Array => {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => random.range(low, high));
};

/** What a net says as a part of a graph. */
async function inGraph(
  content: t.OnnxContent,
  input: string,
  output: string,
  x: Float32Array,
  shape: readonly number[],
) {
  const trainer = await t.createTrainer({
    seed: 1,
    worker: false,
    build: (g) => {
      const y = t.importNet(g, content, { [input]: g.input('x', shape) })[output];
      if (!y) throw new Error(`no ${output}`);
      return { pictures: { y } };
    },
  });
  const { pictures } = await trainer.run({ x }, { graph: 'main', fetch: ['y'] });
  await trainer.close();
  return pictures['y']?.data ?? new Float32Array(0);
}

describe('a net that ships', () => {
  it.each([
    ['faceres', 224, 120],
    ['mobilefacenet', 112, 1],
  ])('%s says the same as a part of a graph', async (id, side, range) => {
    const bytes = await modelBytes(id);
    const x = numbers(3, 2 * side * side * 3, -range, range);
    const session = await ort.InferenceSession.create(bytes);
    const { embedding } = await session.run({ image: new ort.Tensor('float32', x, [2, side, side, 3]) });
    const wanted = embedding?.data as Float32Array;
    const found = await inGraph(t.readModel(bytes), 'image', 'embedding', x, [2, side, side, 3]);
    expect(found.length).toBe(wanted.length);
    const most = Math.max(...wanted.map(Math.abs));
    expect(most).toBeGreaterThan(0);
    for (const [i, v] of found.entries()) expect(Math.abs(v - (wanted[i] as number))).toBeLessThan(1e-4 * most);
  });

  it('is read alike from a Buffer and from bytes of its own', () => {
    const buffer = readFileSync(join(packageRoot, 'models', 'mobilefacenet.onnx'));
    const [one, other] = [t.readModel(buffer), t.readModel(Uint8Array.from(buffer))];
    expect([...one.weights.keys()]).toEqual([...other.weights.keys()]);
    const plain = (data: Float32Array | undefined): string =>
      data ? sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) : '';
    expect(one.weights.size).toBeGreaterThan(50);
    for (const [name, weight] of one.weights) expect(plain(weight.data)).toBe(plain(other.weights.get(name)?.data));
  });
});

/** A little net with every kind of operation that can be trained through, written out as a file. */
function smallNet(): Uint8Array {
  const build = (g: t.Graph): Record<string, t.Tensor> => {
    const x = g.input('x', [2, 3, 9, 9]);
    const weight = (seed: number, shape: number[]): t.Tensor =>
      g.constant('float32', shape, numbers(seed, t.sizeOf(shape), -0.6, 0.6));
    let h = t.conv2d(x, weight(1, [6, 3, 3, 3]), weight(2, [6]), { stride: 2, pad: [0, 0, 1, 1] });
    h = t.leakyRelu(h, 0.2);
    h = t.conv2d(h, weight(3, [6, 1, 3, 3]), undefined, { pad: 1, groups: 6 });
    h = t.clamp(t.add(t.mul(h, weight(4, [6, 1, 1])), weight(5, [6, 1, 1])), -3, 3);
    h = t.add(t.sigmoid(h), t.relu(t.sub(h, 0.05)));
    const flat = t.reshape(t.div(t.mean(t.toChannelsLast(h), [1, 2], true), 0.5), [2, 6]);
    return { y: t.linear(t.matmul(flat, weight(6, [6, 5])), weight(7, [4, 5]), weight(8, [4])) };
  };
  return t.exportOnnx(build, new Map(), { opset: 17 });
}

describe('the gradient through a net', () => {
  const shape = [2, 3, 9, 9];
  const toward = numbers(20, 8, -1, 1);
  const at = async (x: Float32Array): Promise<number> => {
    const y = await inGraph(t.readModel(smallNet()), 'x', 'y', x, shape);
    return y.reduce((sum, v, i) => sum + v * (toward[i] as number), 0);
  };

  it('is that of finite differences', async () => {
    const x = numbers(21, t.sizeOf(shape), -1, 1);
    const trainer = await t.createTrainer({
      seed: 1,
      worker: false,
      build: (g) => {
        const p = g.param('x', shape, t.zeros);
        const { y } = t.importNet(g, t.readModel(smallNet()), { x: p });
        if (!y) throw new Error('no y');
        const loss = t.sum(t.mul(y, g.constant('float32', [2, 4], toward)));
        const [gradient] = g.gradients(loss, [p]);
        if (!gradient) throw new Error('no gradient');
        // The net's own weights are constants: nothing but x can be trained.
        expect(g.params().map((each) => each.name)).toEqual(['x']);
        return { pictures: { gradient } };
      },
    });
    await trainer.load(new Map([['x', { shape, data: x }]]));
    const { pictures } = await trainer.run({}, { graph: 'main', fetch: ['gradient'] });
    const gradient = pictures['gradient']?.data ?? new Float32Array(0);
    const step = 2e-2;
    let largest = 0;
    for (const i of [0, 40, 81, 130, 243, 300, 400, 485]) {
      const moved = async (by: number): Promise<number> => at(x.map((v, k) => (k === i ? v + by : v)));
      const slope = ((await moved(step)) - (await moved(-step))) / (2 * step);
      largest = Math.max(largest, Math.abs(slope));
      expect(Math.abs(slope - (gradient[i] as number)), `element ${i}`).toBeLessThan(2e-3 + 0.02 * Math.abs(slope));
    }
    expect(largest).toBeGreaterThan(0.01);
    await trainer.close();
  });
});

describe('the perceptual loss', () => {
  /** The loss between a picture and others, by the first layers of the recognition net. */
  async function between(shown: Float32Array, others: readonly Float32Array[], side: number): Promise<number[]> {
    const content = t.readModel(await modelBytes('faceres'));
    const layers = content.nodes
      .filter(({ op }) => op === 'Clip')
      .slice(1, 4)
      .flatMap(({ outputs }) => outputs);
    expect(layers).toHaveLength(3);
    const trainer = await t.createTrainer({
      seed: 1,
      worker: false,
      build: (g) => {
        const features = (x: t.Tensor): t.Tensor[] => {
          const found = t.importNet(g, content, { image: x }, layers);
          return layers.map((name) => found[name] as t.Tensor);
        };
        const shape = [1, side, side, 3];
        return { scalars: { loss: t.perceptualLoss(features(g.input('a', shape)), features(g.input('b', shape))) } };
      },
    });
    const losses: number[] = [];
    for (const other of others) {
      const { scalars } = await trainer.run({ a: shown, b: other }, { graph: 'main' });
      losses.push(scalars['loss'] ?? Number.NaN);
    }
    await trainer.close();
    return losses;
  }

  it('is nothing between equals, and grows with blur where brightness changes little', async () => {
    const side = 64;
    const random = new Random(5);
    const sharp = Float32Array.from({ length: side * side * 3 }, () => random.range(-100, 100));
    const blurred = (share: number): Float32Array =>
      sharp.map((v, i) => v * (1 - share) + share * 0.5 * (v + (sharp[(i + 3) % sharp.length] as number)));
    const [same = 1, little = 0, much = 0] = await between(sharp, [sharp, blurred(0.3), blurred(1)], side);
    expect(same).toBe(0);
    expect(little).toBeGreaterThan(0);
    expect(much).toBeGreaterThan(2 * little);
  });

  it('wants the same layers twice', () => {
    const g = new t.Graph();
    expect(() => t.perceptualLoss([g.input('x', [1, 2, 3, 3])], [])).toThrow(/1 and 0/);
  });
});

describe('a net that cannot be trained through', () => {
  it('is refused by the name of its operation', () => {
    const bytes = t.exportOnnx((g) => ({ y: t.tanh(g.input('x', [1, 4])) }), new Map(), { opset: 17 });
    const g = new t.Graph();
    expect(() => t.importNet(g, t.readModel(bytes), { x: g.input('x', [1, 4]) })).toThrow(/"Tanh"/);
  });

  it('is refused where an input is missing', () => {
    expect(() => t.importNet(new t.Graph(), t.readModel(smallNet()), {})).toThrow(/an input named x/);
  });
});
