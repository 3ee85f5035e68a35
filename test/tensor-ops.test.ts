// Every operator against central finite differences, first and second order, over odd sizes, strides and groups.
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import * as t from '../src/tensor/index.js';

type Tensor = t.Tensor;

interface Case {
  readonly name: string;
  /** Shapes of the inputs, all differentiated. */
  readonly shapes: readonly (readonly number[])[];
  readonly make: (...x: Tensor[]) => Tensor;
  /** Range of the values; kept away from kinks and poles. */
  readonly values?: (r: Random) => number;
  /** Largest relative error; for steep functions the finite difference itself is less exact. */
  readonly tolerance?: number;
}

const positive = (r: Random): number => r.range(0.5, 2);
const offZero = (r: Random): number => (r.float() < 0.5 ? -1 : 1) * r.range(0.2, 1);
const p = (...n: number[]): number[] => n;
const pic = p(2, 3, 7, 6);

const conv = (x: number[], w: number[], options: t.ConvOptions): Case => ({
  name: `conv2d ${x} * ${w} ${JSON.stringify(options)}`,
  shapes: [x, w, [w[0] as number]],
  make: (a, b, c) => t.conv2d(a as Tensor, b as Tensor, c, options),
});
const convT = (x: number[], w: number[], options: t.ConvTransposeOptions): Case => ({
  name: `convTranspose2d ${x} * ${w} ${JSON.stringify(options)}`,
  shapes: [x, w, [(w[1] as number) * (options.groups ?? 1)]],
  make: (a, b, c) => t.convTranspose2d(a as Tensor, b as Tensor, c, options),
});
const one = (name: string, make: (x: Tensor) => Tensor, shape = pic, values?: Case['values']): Case => ({
  name,
  shapes: [shape],
  make: make as Case['make'],
  ...(values ? { values } : {}),
});
const two = (
  name: string,
  make: (a: Tensor, b: Tensor) => Tensor,
  a: number[],
  b: number[],
  values?: Case['values'],
) => ({
  name: `${name} ${a} ${b}`,
  shapes: [a, b],
  make: make as Case['make'],
  ...(values ? { values } : {}),
});

const cases: readonly Case[] = [
  two('add', t.add, pic, p(3, 1, 1)),
  two('add', t.add, p(5), p(2, 5)),
  two('sub', t.sub, p(2, 1, 4), p(3, 1)),
  two('mul', t.mul, pic, p(2, 1, 7, 6)),
  two('div', t.div, pic, p(3, 1, 1), positive),
  two('maximum', (a, b) => t.maximum(a, t.mul(b, 0.1)), p(4, 9), p(4, 9), offZero),
  two('minimum', (a, b) => t.minimum(t.square(a), t.mul(b, 0.03)), p(4, 9), p(9), offZero),
  two('select', (a, b) => t.select(t.greaterOrEqual(t.detach(a), 0.1), a, t.mul(b, b)), p(4, 9), p(9)),
  one('scale', (x) => t.scale(x, -1.7)),
  one('neg', t.neg),
  one('abs', t.abs, pic, offZero),
  one('square', t.square),
  one('sqrt', t.sqrt, pic, positive),
  one('exp', t.exp),
  one('log', t.log, pic, positive),
  one('clamp', (x) => t.square(t.clamp(x, -0.1, 0.1)), pic, offZero),
  one('clamp inside', (x) => t.square(t.clamp(x, -5, 5))),
  one('relu', (x) => t.relu(t.mul(x, x.dim(0))), pic, offZero),
  one('leakyRelu', (x) => t.square(t.leakyRelu(x, 0.2)), pic, offZero),
  one('sigmoid', t.sigmoid),
  one('tanh', t.tanh),
  one('softplus', t.softplus),
  one('silu', t.silu),
  one('gelu', t.gelu),
  one('softmax', t.softmax, p(5, 7)),
  one('logSoftmax', t.logSoftmax, p(5, 7)),
  one('reshape', (x) => t.square(t.reshape(x, [6, -1]))),
  one('transpose', (x) => t.square(t.transpose(x, [2, 0, 3, 1]))),
  one('transpose of ones', (x) => t.square(t.transpose(x, [1, 0, 2, 3])), p(1, 3, 4, 5)),
  one('slice', (x) =>
    t.square(
      t.slice(x, [
        { axis: 2, start: 1, end: 6 },
        { axis: 3, start: -4, end: -1 },
      ]),
    ),
  ),
  one('slice with steps', (x) =>
    t.square(
      t.slice(x, [
        { axis: 2, start: 1, step: 3 },
        { axis: 3, step: 2 },
      ]),
    ),
  ),
  one('pad', (x) => t.square(t.padPicture(x, 1, 2, 0, 3))),
  one('pad with a value', (x) => t.square(t.pad(x, { axis: 1, before: 1 }, 0.5))),
  one('padEdge', (x) => t.square(t.padEdge(x, 2))),
  one('flip', (x) => t.mul(t.flip(x, [2, 3]), x)),
  one('expand', (x) => t.square(t.expand(x, [4, 3, 5])), p(3, 1)),
  two('concat', (a, b) => t.square(t.concat([a, b, a], 1)), p(2, 3, 4), p(2, 1, 4)),
  one('split', (x) => t.mul(...(t.split(x, 3, [3, 3]) as [Tensor, Tensor]))),
  one('sum', (x) => t.square(t.sum(x, [1, 3]))),
  one('sum keep', (x) => t.mul(t.sum(x, [-1], true), x)),
  one('sum of all', (x) => t.square(t.sum(x)), p(3, 5)),
  one('mean', (x) => t.square(t.mean(x, [0, 2], true))),
  one('mean of all', (x) => t.square(t.mean(x)), p(3, 5)),
  two('matmul', t.matmul, p(4, 5), p(5, 3)),
  two('matmul batched', t.matmul, p(2, 3, 4, 5), p(3, 5, 2)),
  {
    name: 'linear',
    shapes: [p(4, 5), p(3, 5), p(3)],
    make: (a, b, c) => t.linear(a as Tensor, b as Tensor, c),
  },
  {
    name: 'film',
    shapes: [pic, p(2, 3), p(2, 3)],
    make: (x, a, b) => t.film(x as Tensor, a as Tensor, b as Tensor),
  },
  conv(p(2, 3, 7, 6), p(4, 3, 3, 3), { pad: 1 }),
  conv(p(2, 3, 7, 6), p(4, 3, 3, 3), {}),
  conv(p(1, 20, 6, 5), p(18, 20, 3, 3), { pad: 1 }),
  conv(p(2, 20, 7, 6), p(9, 20, 5, 5), { pad: 2, stride: 2 }),
  conv(p(2, 3, 9, 8), p(4, 3, 5, 5), { pad: 2, stride: 2 }),
  conv(p(2, 18, 8, 7), p(3, 18, 5, 5), { pad: 2 }),
  conv(p(2, 18, 8, 7), p(1, 18, 3, 3), { pad: 0 }),
  conv(p(2, 4, 8, 8), p(6, 4, 4, 4), { pad: 1, stride: 2 }),
  conv(p(2, 4, 10, 9), p(6, 4, 3, 3), { pad: 1, stride: 3 }),
  conv(p(2, 4, 7, 9), p(6, 4, 1, 1), {}),
  conv(p(2, 4, 7, 9), p(6, 4, 1, 1), { stride: 2 }),
  conv(p(2, 4, 7, 9), p(6, 4, 1, 3), { pad: [0, 1, 0, 1] }),
  conv(p(2, 4, 7, 9), p(6, 4, 3, 3), { pad: [2, 0, 1, 3] }),
  conv(p(2, 4, 7, 9), p(6, 4, 3, 3), { pad: 3 }),
  conv(p(2, 4, 9, 9), p(6, 4, 3, 3), { pad: 2, dilation: 2 }),
  conv(p(2, 4, 9, 10), p(6, 4, 3, 3), { pad: 2, dilation: 2, stride: 2 }),
  conv(p(2, 6, 7, 6), p(4, 3, 3, 3), { pad: 1, groups: 2 }),
  conv(p(2, 6, 7, 6), p(4, 3, 3, 3), { pad: 1, groups: 2, stride: 2 }),
  conv(p(2, 6, 7, 6), p(6, 1, 3, 3), { pad: 1, groups: 6 }),
  conv(p(2, 6, 8, 7), p(6, 1, 3, 3), { pad: 1, groups: 6, stride: 2 }),
  conv(p(2, 3, 8, 7), p(6, 1, 5, 5), { pad: 2, groups: 3 }),
  convT(p(2, 4, 5, 4), p(4, 3, 4, 4), { stride: 2, pad: 1 }),
  convT(p(2, 4, 5, 4), p(4, 3, 3, 3), { stride: 2, pad: 1, extra: 1 }),
  convT(p(2, 4, 5, 4), p(4, 3, 3, 3), { pad: 1 }),
  convT(p(2, 4, 5, 4), p(4, 2, 3, 3), { stride: 2, groups: 2 }),
  one('avgPool 2', (x) => t.square(t.avgPool(x, 2))),
  one('avgPool 3 stride 1 pad 1', (x) => t.square(t.avgPool(x, 3, { stride: 1, pad: 1 }))),
  one('avgPool 3 stride 2 pad 1', (x) => t.square(t.avgPool(x, 3, { stride: 2, pad: 1 }))),
  one('maxPool2', (x) => t.square(t.maxPool2(x))),
  one('upsampleNearest', (x) => t.square(t.upsampleNearest(x))),
  one('upsampleNearest 3', (x) => t.square(t.upsampleNearest(x, 3)), p(1, 2, 3, 2)),
  one('upsampleBilinear', (x) => t.square(t.upsampleBilinear(x))),
  one('depthToSpace', (x) => t.square(t.depthToSpace(x, 2)), p(2, 8, 3, 5)),
  one('spaceToDepth', (x) => t.square(t.spaceToDepth(x, 2)), p(2, 3, 4, 6)),
  one('layerNorm', (x) => t.layerNorm(x), p(4, 9)),
  one('instanceNorm', (x) => t.instanceNorm(x)),
  one('batchNorm', (x) => t.batchNorm(x)),
  {
    name: 'groupNorm with scale and offset',
    shapes: [p(2, 4, 3, 5), p(4), p(4)],
    make: (x, a, b) => t.groupNorm(x as Tensor, 2, { scale: a as Tensor, offset: b as Tensor }),
  },
  {
    name: 'layerNorm with scale and offset',
    shapes: [p(3, 7), p(7), p(7)],
    make: (x, a, b) => t.layerNorm(x as Tensor, { scale: a as Tensor, offset: b as Tensor }),
  },
  two('l1Loss', (a, b) => t.l1Loss(a, t.add(b, 3)), pic, pic),
  two(
    'l1Loss weighted',
    (a, b) => t.l1Loss(a, 3 as never as Tensor, b),
    pic,
    p(2, 1, 7, 6),
    (r) => r.float(),
  ),
  two('mseLoss', t.mseLoss, pic, pic),
  two('perceptualLoss', (a, b) => t.perceptualLoss([a, t.square(a)], [b, t.square(b)]), pic, pic, offZero),
  two('charbonnierLoss', (a, b) => t.charbonnierLoss(a, b, undefined, 0.3), pic, pic),
  two(
    'dssimLoss',
    (a, b) => t.dssimLoss(a, b),
    p(2, 2, 9, 8),
    p(2, 2, 9, 8),
    (r) => r.float(),
  ),
  two(
    'dssimLoss gaussian',
    (a, b) => t.dssimLoss(a, b, undefined, { window: 5, sigma: 1.5 }),
    pic,
    pic,
    (r) => r.float(),
  ),
  two('bceWithLogits', t.bceWithLogits, pic, pic),
  two('discriminator softplus', (a, b) => t.discriminatorLoss(a, b), p(9), p(9)),
  two(
    'discriminator hinge',
    (a, b) => t.discriminatorLoss(a, b, 'hinge'),
    p(9),
    p(9),
    (r) => r.range(-0.9, 0.9),
  ),
  two('discriminator ls', (a, b) => t.discriminatorLoss(a, b, 'ls'), p(9), p(9)),
  one('generator softplus', (x) => t.generatorLoss(x), p(9)),
  one('generator ls', (x) => t.generatorLoss(x, 'ls'), p(9)),
  one('generator hinge', (x) => t.mul(t.generatorLoss(x, 'hinge'), t.mean(x)), p(9)),
  one('totalVariation', t.totalVariation),
  two('crossEntropy', (a, b) => t.crossEntropy(t.logSoftmax(a), b), p(3, 5), p(3, 5)),
  one('rowNorm', (x) => t.rowNorm(x)),
  one('featureLoss', (a) =>
    t.featureLoss([t.add(a, 4), t.mul(a, 2)], [t.scale(t.detach(a), 0), t.add(t.scale(t.detach(a), 0), 9)]),
  ),
];

/** Runs a graph once. */
async function runner(
  g: t.Graph,
): Promise<(feeds: Record<string, Float32Array>) => Promise<Record<string, Float32Array>>> {
  const plan = g.encode();
  const session = await ort.InferenceSession.create(plan.bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const shapes = new Map([...plan.inputs, ...plan.stored.map((s) => s.tensor)].map((i) => [i.name, i.shape]));
  return async (feeds) => {
    const inputs: Record<string, ort.Tensor> = {};
    for (const [n, shape] of shapes) inputs[n] = new ort.Tensor('float32', feeds[n] as Float32Array, shape);
    const out = await session.run(inputs);
    return Object.fromEntries(Object.entries(out).map(([k, v]) => [k, v.data as Float32Array]));
  };
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let s = 0;
  for (let i = 0; i < a.length; i++) s += (a[i] as number) * (b[i] as number);
  return s;
};
const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

/**
 * For y = f(x), fixed random r and v: compares d/de <r, f(x + e d)> with <grad, d>, and d/de <v, grad(x + e d)> with
 * the gradient of <v, grad>. Inner products are taken in double precision outside the graph.
 */
async function check(c: Case): Promise<{ first: number; second: number }> {
  const random = new Random(7);
  const value = c.values ?? ((r: Random) => r.range(-1, 1));
  const g = new t.Graph();
  const x = c.shapes.map((s, i) => g.param(`x${i}`, s, t.zeros));
  const y = c.make(...x);
  const r = g.input('r', y.shape);
  const v = c.shapes.map((s, i) => g.input(`v${i}`, s));
  const used = x.filter((q) => {
    try {
      g.gradients(t.sum(t.mul(y, r)), [q]);
      return true;
    } catch {
      return false;
    }
  });
  const grads = g.gradients(t.sum(t.mul(y, r)), used, { differentiable: true });
  const inner = t.addAll(grads.map((d, i) => t.sum(t.mul(d, v[x.indexOf(used[i] as Tensor)] as Tensor))));
  g.output('y', y);
  grads.forEach((d, i) => void g.output(`g${x.indexOf(used[i] as Tensor)}`, d));
  const twice = used.filter((q) => {
    try {
      g.gradients(inner, [q]);
      return inner.tracked;
    } catch {
      return false;
    }
  });
  if (twice.length > 0)
    g.gradients(inner, twice).forEach((d, i) => void g.output(`h${x.indexOf(twice[i] as Tensor)}`, d));
  const run = await runner(g);
  const draw = (n: number, f: (r: Random) => number): Float32Array => Float32Array.from({ length: n }, () => f(random));
  const feeds: Record<string, Float32Array> = { r: draw(y.size, (q) => q.normal()) };
  for (const [i, s] of c.shapes.entries()) {
    feeds[`x${i}`] = draw(t.sizeOf(s), value);
    feeds[`v${i}`] = draw(t.sizeOf(s), (q) => q.normal());
  }
  const at = await run(feeds);
  let first = 0;
  let second = 0;
  for (const q of used) {
    const k = q.name.slice(1);
    const d = draw(q.size, (w) => w.range(-1, 1));
    const e = 2 ** -7;
    const moved = async (sign: number): Promise<Record<string, Float32Array>> =>
      await run({
        ...feeds,
        [q.name]: Float32Array.from(feeds[q.name] as Float32Array, (a, i) => a + sign * e * (d[i] as number)),
      });
    const [up, down] = [await moved(1), await moved(-1)];
    const slope =
      (dot(up['y'] as Float32Array, feeds['r'] as Float32Array) -
        dot(down['y'] as Float32Array, feeds['r'] as Float32Array)) /
      (2 * e);
    const analytic = dot(at[`g${k}`] as Float32Array, d);
    const size = norm(at[`g${k}`] as Float32Array) * norm(d) * 0.3;
    first = Math.max(first, Math.abs(slope - analytic) / Math.max(size, 1e-3));
    if (!twice.includes(q)) continue;
    const along = (o: Record<string, Float32Array>): number =>
      used.reduce(
        (s, z) => s + dot(o[`g${z.name.slice(1)}`] as Float32Array, feeds[`v${z.name.slice(1)}`] as Float32Array),
        0,
      );
    const slope2 = (along(up) - along(down)) / (2 * e);
    const h = at[`h${k}`] as Float32Array;
    const size2 = norm(h) * norm(d) * 0.3;
    second = Math.max(second, Math.abs(slope2 - dot(h, d)) / Math.max(size2, 1e-2));
  }
  return { first, second };
}

describe('operators against finite differences', () => {
  it.each(cases)('$name', async (c) => {
    const { first, second } = await check(c);
    expect(first).toBeLessThan(c.tolerance ?? 4e-3);
    expect(second).toBeLessThan((c.tolerance ?? 4e-3) * 3);
  });
});
