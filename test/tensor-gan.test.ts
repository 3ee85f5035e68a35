// The whole adversarial step - shared encoder, two decoders, discriminator, L1 + DSSIM + GAN losses, Adam with clipping,
// weight decay and averages - against a plain double-precision implementation.
import { describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import * as t from '../src/tensor/index.js';
import * as r from './tensor-reference.js';

const PX = 16;
const N = 2;
const C = 3;

const encode = (x: t.Tensor): t.Tensor => {
  let h = t.leakyRelu(t.convLayer(x, 'enc.a', 4, { size: 5, stride: 2 }));
  h = t.leakyRelu(t.convLayer(h, 'enc.b', 6, { size: 5, stride: 2 }));
  return t.reshape(t.linearLayer(h, 'enc.z', 6 * 16), [x.dim(0), 6, 4, 4]);
};
const decode = (z: t.Tensor, who: string): t.Tensor => {
  let h = t.depthToSpace(t.leakyRelu(t.convLayer(z, `${who}.u`, 20)));
  h = t.depthToSpace(t.leakyRelu(t.convLayer(h, `${who}.v`, 64)));
  return t.sigmoid(t.convLayer(h, `${who}.rgb`, C, { size: 5 }));
};
const judge = (x: t.Tensor): t.Tensor =>
  t.convLayer(t.leakyRelu(t.convLayer(x, 'disc.a', 5, { size: 4, stride: 2, pad: 1 }), 0.2), 'disc.out', 1);

const GEN = { beta1: 0.5, clipNorm: 0.3, weightDecay: 0.1, ema: 0.9 };
const DISC = { beta1: 0.5, lrScale: 0.5 };

const build: t.BuildTraining = (g) => {
  const x = g.input('x', [2 * N, C, PX, PX]);
  const weight = g.input('gan', []);
  const [za, zb] = t.split(encode(x), 0, [N, N]) as [t.Tensor, t.Tensor];
  const y = t.concat([decode(za, 'decA'), decode(zb, 'decB')], 0);
  const fake = judge(y);
  const l1 = t.l1Loss(y, x);
  const loss = t.add(t.add(l1, t.dssimLoss(y, x)), t.mul(t.generatorLoss(fake), weight));
  return {
    groups: [
      { name: 'gen', params: [...g.params('enc.'), ...g.params('dec')], loss, ...GEN },
      { name: 'disc', params: g.params('disc.'), loss: t.discriminatorLoss(judge(x), fake), ...DISC },
    ],
    scalars: { l1 },
    pictures: { y },
  };
};

/** The same network on the reference, for one person's batch. */
function refStep(p: (name: string) => r.Ref, x: Float32Array, weight: number) {
  const size = N * C * PX * PX;
  const half = (k: number): r.Ref => new r.Ref(Float64Array.from(x.subarray(k * size, (k + 1) * size)), [N, C, PX, PX]);
  const conv = (v: r.Ref, name: string, s: number, pad: number): r.Ref =>
    r.convRef(v, p(`${name}.w`), p(`${name}.b`), s, pad);
  const judgeRef = (v: r.Ref): r.Ref => conv(r.leaky(conv(v, 'disc.a', 2, 1), 0.2), 'disc.out', 1, 1);
  const person = (k: number, who: string) => {
    const input = half(k);
    const features = r.leaky(conv(r.leaky(conv(input, 'enc.a', 2, 2), 0.1), 'enc.b', 2, 2), 0.1);
    const z = r.denseRef(features, p('enc.z.w'), p('enc.z.b'), [N, 6, 4, 4]);
    const u = r.shuffleRef(r.leaky(conv(z, `${who}.u`, 1, 1), 0.1));
    const v = r.shuffleRef(r.leaky(conv(u, `${who}.v`, 1, 1), 0.1));
    const y = r.sigmoidRef(conv(v, `${who}.rgb`, 1, 2));
    const fake = judgeRef(y);
    return {
      l1: r.meanRef(r.absRef(r.minus(y, input))),
      dssim: r.dssimRef(y, input),
      fool: r.meanRef(r.softplusRef(r.times(fake, -1))),
      real: r.meanRef(r.softplusRef(r.times(judgeRef(input), -1))),
      fake: r.meanRef(r.softplusRef(fake)),
    };
  };
  const [a, b] = [person(0, 'decA'), person(1, 'decB')];
  const both = (k: keyof typeof a): r.Ref => r.times(r.plus(a[k], b[k]), 0.5);
  const l1 = both('l1');
  return {
    l1,
    gen: r.plus(r.plus(l1, both('dssim')), r.times(both('fool'), weight)),
    disc: r.plus(both('real'), both('fake')),
  };
}

const difference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let apart = 0;
  let size = 0;
  for (let i = 0; i < a.length; i++) {
    apart += ((a[i] as number) - (b[i] as number)) ** 2;
    size += (b[i] as number) ** 2;
  }
  return Math.sqrt(apart / Math.max(size, 1e-20));
};

describe('the adversarial step', () => {
  it.each(['kernel', 'graph'] as const)(
    'agrees with double precision over five steps, weights updated by the %s',
    async (update) => {
      const trainer = await t.createTrainer({ build, seed: 4, worker: false, update });
      const start = await trainer.weights();
      const refs = new Map([...start].map(([n, w]) => [n, new r.Ref(Float64Array.from(w.data), w.shape)]));
      const p = (name: string): r.Ref => refs.get(name) as r.Ref;
      const averages = new Map([...start].map(([n, w]) => [n, Float64Array.from(w.data)]));
      const random = new Random(9);
      const [gen, disc] = [new r.AdamRef(), new r.AdamRef()];
      const of = (q: (n: string) => boolean): string[] => [...refs.keys()].filter(q);
      const genNames = of((n) => !n.startsWith('disc'));
      const discNames = of((n) => n.startsWith('disc'));
      const lr = 2e-3;
      const common = { b1: 0.5, b2: 0.999, eps: 1e-8 };
      for (let s = 1; s <= 5; s++) {
        const x = Float32Array.from({ length: 2 * N * C * PX * PX }, () => random.float());
        const weight = 0.1 * s;
        const { scalars } = await trainer.step({ x, gan: weight }, { lr });
        const made = refStep(p, x, weight);
        expect(scalars['l1']).toBeCloseTo(made.l1.data[0] as number, 5);
        expect(scalars['loss:gen']).toBeCloseTo(made.gen.data[0] as number, 5);
        expect(scalars['loss:disc']).toBeCloseTo(made.disc.data[0] as number, 5);
        // Both gradients are taken before either group moves.
        r.backward(made.gen);
        const genGrads = genNames.map((n) => Float64Array.from(p(n).grad));
        r.backward(made.disc);
        const norm = Math.sqrt(genGrads.reduce((a, g) => a + g.reduce((u, v) => u + v * v, 0), 0));
        expect(scalars['norm:gen']).toBeCloseTo(norm, 4);
        disc.step(discNames.map(p), lr * 0.5, { ...common, decay: 0, clip: Number.POSITIVE_INFINITY });
        genNames.forEach((n, i) => void p(n).grad.set(genGrads[i] as Float64Array));
        gen.step(genNames.map(p), lr, { ...common, decay: GEN.weightDecay, clip: GEN.clipNorm });
        const keep = Math.min(GEN.ema, s / (s + 10));
        for (const n of genNames)
          averages.get(n)?.forEach((e, i, a) => {
            a[i] = e * keep + (p(n).data[i] as number) * (1 - keep);
          });
      }
      const [now, ema] = [await trainer.weights(), await trainer.emaWeights()];
      for (const n of refs.keys()) {
        // The first steps of Adam are nearly the sign of the gradient, so float32 noise in tiny gradients shows here.
        expect.soft(difference(now.get(n)?.data ?? [], p(n).data), n).toBeLessThan(2e-4);
        const moved = difference(start.get(n)?.data ?? [], p(n).data);
        expect.soft(moved, `${n} has moved`).toBeGreaterThan(1e-3);
      }
      for (const n of genNames)
        expect.soft(difference(ema.get(n)?.data ?? [], averages.get(n) ?? []), `${n} average`).toBeLessThan(2e-4);
      for (const n of discNames) expect(ema.get(n)?.data).toEqual(now.get(n)?.data);
      expect(await trainer.steps()).toEqual({ gen: 5, disc: 5 });
      await trainer.close();
    },
  );
});
