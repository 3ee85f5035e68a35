// The small network and the batches that the tests of the trainer share.
import { Random } from '../src/base/index.js';
import * as t from '../src/tensor/index.js';

/** An eight-pixel autoencoder. */
export const net = (x: t.Tensor): t.Tensor => {
  const h = t.leakyRelu(t.convLayer(x, 'net.a', 8, { stride: 2 }));
  return t.sigmoid(t.convLayer(t.depthToSpace(t.leakyRelu(t.convLayer(h, 'net.b', 32))), 'net.c', 3));
};

/** Trains it. */
export const build =
  (batch: number, px = 8): t.BuildTraining =>
  (g) => {
    const x = g.input('x', [batch, 3, px, px]);
    const y = net(x);
    return { groups: [{ name: 'net', params: g.params(), loss: t.l1Loss(y, x), ema: 0.9 }], pictures: { y } };
  };

/** Looks at what it makes. */
export const look: t.BuildTraining = (g) => ({ pictures: { y: net(g.input('x', [1, 3, 8, 8])) } });

/** Random pictures. */
export const batchOf = (n: number, seed = 1): Float32Array => {
  const random = new Random(seed);
  return Float32Array.from({ length: n * 3 * 64 }, () => random.float());
};
