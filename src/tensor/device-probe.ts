/** Trial of a device, run as a process of its own: trains a tiny network there and on the processor and compares. */
import { writeSync } from 'node:fs';
import { messageOf, Random } from '../base/index.js';
import type { Device, ProbeResult } from './device.js';
import { convLayer, groupNormLayer, linearLayer } from './layers.js';
import { dssimLoss, l1Loss } from './losses.js';
import { add, leakyRelu, sigmoid } from './ops-math.js';
import { depthToSpace } from './ops-resize.js';
import { reshape } from './ops-shape.js';
import { type BuildTraining, createTrainer } from './trainer.js';

const STEPS = 4;

/** One of everything that training uses: strides, dense layers, normalisation, pixel shuffle, structural loss, Adam. */
const build: BuildTraining = (g) => {
  const x = g.input('x', [2, 3, 16, 16]);
  let h = leakyRelu(convLayer(x, 'net.a', 8, { size: 5, stride: 2 }));
  h = groupNormLayer(leakyRelu(convLayer(h, 'net.b', 16, { stride: 2 })), 'net.n', 4);
  h = reshape(linearLayer(h, 'net.d', 256), [2, 16, 4, 4]);
  h = depthToSpace(leakyRelu(convLayer(h, 'net.u', 32)));
  const y = sigmoid(convLayer(depthToSpace(leakyRelu(convLayer(h, 'net.v', 64))), 'net.o', 3));
  const loss = add(l1Loss(y, x), dssimLoss(y, x));
  return { groups: [{ name: 'net', params: g.params(), loss, clipNorm: 1, ema: 0.9 }] };
};

async function train(device: Device): Promise<{ weights: Float32Array[]; ms: number }> {
  const trainer = await createTrainer({ build, seed: 3, device, worker: false });
  const random = new Random(5);
  const x = Float32Array.from({ length: 2 * 3 * 16 * 16 }, () => random.float());
  let ms = Number.POSITIVE_INFINITY;
  for (let i = 0; i < STEPS; i++) {
    const start = performance.now();
    await trainer.step({ x }, { lr: 1e-3 });
    ms = Math.min(ms, performance.now() - start);
  }
  const weights = [...(await trainer.weights()).values()].map((t) => t.data);
  await trainer.close();
  return { weights, ms };
}

async function trial(device: Device): Promise<ProbeResult> {
  const here = await train('cpu');
  const there = await train(device);
  let apart = 0;
  let size = 0;
  for (const [k, data] of here.weights.entries())
    for (const [i, v] of data.entries()) {
      apart += (v - (there.weights[k]?.[i] ?? Number.NaN)) ** 2;
      size += v * v;
    }
  return { difference: Math.sqrt(apart / size), ms: [there.ms, here.ms] };
}

const device = process.argv[2] as Device;
const result: ProbeResult = await trial(device).catch((e: unknown) => ({
  // Providers report where in their sources they failed; the last sentence says why.
  error: messageOf(e).replaceAll(/\s+/g, ' ').trim().split('. ').at(-1) ?? 'no reason given',
}));
// Written at once, whatever standard output is.
writeSync(1, `${JSON.stringify(result)}\n`);
// A driver may crash while it is unloaded; the answer is out by then.
process.exit(0);
