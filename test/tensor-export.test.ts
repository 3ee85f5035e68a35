// Files: exported nets compute what the trainer computes, and are read back.
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import * as t from '../src/tensor/index.js';
import { batchOf, build, net } from './tensor-small-net.js';

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

  it('is read back: names, shapes, operations, weights, metadata', async () => {
    const trainer = await t.createTrainer({ build: build(2), seed: 8, worker: false });
    const weights = await trainer.weights();
    await trainer.close();
    const make: t.BuildInference = (g) => ({ y: t.reshape(net(g.input('x', [1, 3, 8, 8])), [1, 192]) });
    const metadata = { made: 'here', ünïcode: '✓' };
    const content = t.readModel(t.exportOnnx(make, weights, { opset: 14, metadata }));
    expect(content).toMatchObject({ opset: 14, metadata });
    expect(content.inputs).toEqual([{ name: 'x', type: 'float32', shape: [1, 3, 8, 8] }]);
    expect(content.outputs).toEqual([{ name: 'y', type: 'float32', shape: [1, 192] }]);
    const conv = content.nodes.find((n) => n.op === 'Conv');
    expect(conv?.inputs).toEqual(['x', 'net.a.w', 'net.a.b']);
    expect(conv?.attributes).toMatchObject({ kernel_shape: [3, 3], strides: [2, 2], group: 1 });
    expect(content.nodes.find((n) => n.op === 'LeakyRelu')?.attributes['alpha']).toEqual({ float: Math.fround(0.1) });
    expect(content.nodes.find((n) => n.op === 'DepthToSpace')?.attributes['mode']).toBe('CRD');
    expect([...content.integers.values()]).toEqual([{ shape: [2], data: [1, 192] }]);
    expect(t.readWeights(t.exportOnnx(make, weights))).toEqual(weights);
    const half = t.readWeights(t.exportOnnx(make, weights, { half: true }));
    expect(new Set(half.keys())).toEqual(new Set(weights.keys()));
    for (const [name, w] of weights)
      expect(half.get(name)).toEqual({ shape: w.shape, data: t.fromHalf(t.toHalf(w.data)) });
  });

  it('damaged files are refused by one error', async () => {
    const weights = new Map([['w', { shape: [4, 4], data: new Float32Array(16).fill(2) }]]);
    const bytes = t.exportOnnx((g) => ({ y: t.matmul(g.input('x', [1, 4]), g.param('w', [4, 4], t.zeros)) }), weights);
    for (let cut = 0; cut < bytes.length; cut += 7)
      expect(() => t.readModel(bytes.subarray(0, cut)), `cut at ${cut}`).toThrowError(
        expect.objectContaining({ code: 'onnx.damaged' }),
      );
    expect(() => t.readModel(Buffer.from('<html>not a model</html>'))).toThrowError(
      expect.objectContaining({ code: 'onnx.damaged' }),
    );
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
