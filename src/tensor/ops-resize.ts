/** Changes of picture size: pooling, nearest and bilinear doubling, pixel shuffle. */
import { shapeError, type Tensor } from './graph.js';
import { mul } from './ops-math.js';
import { concat, padEdge, reshape, slice } from './ops-shape.js';

/**
 * Mean over windows of `size` x `size`; zeros outside count as pixels.
 *
 * @param x `[n, c, h, w]`
 */
export function avgPool(x: Tensor, size: number, options: { stride?: number; pad?: number } = {}): Tensor {
  const { stride = size, pad = 0 } = options;
  const [n, c, h, w] = x.shape as [number, number, number, number];
  if (x.shape.length !== 4 || pad >= size)
    throw shapeError('avgPool', `[${x.shape.join()}], size ${size}, pad ${pad}.`);
  const out = (d: number): number => Math.floor((d + 2 * pad - size) / stride) + 1;
  const shape = [n, c, out(h), out(w)];
  if (out(h) < 1 || out(w) < 1) throw shapeError('avgPool', `[${x.shape.join()}] is smaller than the window ${size}.`);
  const g = x.graph;
  const attributes = {
    kernel_shape: [size, size],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
    count_include_pad: 1,
  };
  return g.record(g.emit('AveragePool', [x], shape, attributes), [x], (d) => [unpool(d, x.shape, size, stride, pad)]);
}

/** Adjoint of {@link avgPool}: spreads every element over its window. */
function unpool(d: Tensor, shape: readonly number[], size: number, stride: number, pad: number): Tensor {
  const g = d.graph;
  const [n, c, h, w] = shape as [number, number, number, number];
  const emitted = (): Tensor => {
    if (stride === 1) {
      const q = size - 1 - pad;
      const pads = [q, q, q, q];
      return g.emit('AveragePool', [d], shape, { kernel_shape: [size, size], pads, count_include_pad: 1 });
    }
    const flat = g.untracked(() => reshape(d, [n * c, 1, d.dim(2), d.dim(3)]));
    const window = g.constant('float32', [1, 1, size, size], new Float32Array(size * size).fill(1 / (size * size)));
    const y = g.emit('ConvTranspose', [flat, window], [n * c, 1, h, w], {
      kernel_shape: [size, size],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      output_padding: [h, w].map((s, i) => s - ((d.dim(2 + i) - 1) * stride + size - 2 * pad)),
    });
    return g.untracked(() => reshape(y, shape));
  };
  return g.record(emitted(), [d], (u) => [avgPool(u, size, { stride, pad })]);
}

function resize(x: Tensor, mode: 'nearest' | 'linear', by: number): Tensor {
  const g = x.graph;
  const [n, c, h, w] = x.shape as [number, number, number, number];
  // Operator sets below 13 want the unused region of interest as an empty tensor, not left out.
  const roi = g.opset >= 13 ? undefined : g.constant('float32', [0], new Float32Array(0));
  const scales = g.constant('float32', [4], Float32Array.of(1, 1, by, by));
  const how = mode === 'nearest' ? 'asymmetric' : 'half_pixel';
  const round = mode === 'nearest' ? { nearest_mode: 'floor' } : {};
  return g.emit('Resize', [x, roi, scales], [n, c, h * by, w * by], {
    mode,
    coordinate_transformation_mode: how,
    ...round,
  });
}

/** Repeats every pixel `by` times in both directions. */
export function upsampleNearest(x: Tensor, by = 2): Tensor {
  return x.graph.record(resize(x, 'nearest', by), [x], (d) => [mul(avgPool(d, by), by * by)]);
}

/** Doubles height and width by bilinear interpolation (pixel centres, edges repeated). */
export function upsampleBilinear(x: Tensor): Tensor {
  return x.graph.record(resize(x, 'linear', 2), [x], (d) => [halveAdjoint(d)]);
}

/** Adjoint of {@link upsampleBilinear}: a 4x4 tent of stride 2 over the picture with its edge repeated. */
function halveAdjoint(d: Tensor): Tensor {
  const g = d.graph;
  const [n, c, h, w] = d.shape as [number, number, number, number];
  const shape = [n, c, h / 2, w / 2];
  const y = g.untracked(() => {
    const tent = [0.25, 0.75, 0.75, 0.25];
    const kernel = g.constant('float32', [1, 1, 4, 4], Float32Array.from(tent.flatMap((a) => tent.map((b) => a * b))));
    const wide = reshape(padEdge(d, 1), [n * c, 1, h + 2, w + 2]);
    const conv = g.emit('Conv', [wide, kernel], [n * c, 1, h / 2, w / 2], { kernel_shape: [4, 4], strides: [2, 2] });
    return reshape(conv, shape);
  });
  return g.record(y, [d], (u) => [upsampleBilinear(u)]);
}

/** Pixel shuffle: `[n, c * by * by, h, w] -> [n, c, h * by, w * by]`, channels ordered as in Shi and others 2016. */
export function depthToSpace(x: Tensor, by = 2): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  if (c % (by * by) !== 0) throw shapeError('depthToSpace', `${c} channels do not split into ${by}x${by}.`);
  const g = x.graph;
  const y = g.emit('DepthToSpace', [x], [n, c / by / by, h * by, w * by], { blocksize: by, mode: 'CRD' });
  return g.record(y, [x], (d) => [spaceToDepth(d, by)]);
}

/** Inverse of {@link depthToSpace}. */
export function spaceToDepth(x: Tensor, by = 2): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  if (h % by !== 0 || w % by !== 0) throw shapeError('spaceToDepth', `${h}x${w} does not split into ${by}x${by}.`);
  const g = x.graph;
  const shape = [n, c * by * by, h / by, w / by];
  const y = g.untracked(() => {
    // Channel by channel the operation's own order is the one wanted here.
    const single = reshape(x, [n * c, 1, h, w]);
    return reshape(g.emit('SpaceToDepth', [single], [n * c, by * by, h / by, w / by], { blocksize: by }), shape);
  });
  return g.record(y, [x], (d) => [depthToSpace(d, by)]);
}

/** Largest of every 2x2 window with stride 2; odd last rows and columns are dropped. */
export function maxPool2(x: Tensor): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const [oh, ow] = [Math.floor(h / 2), Math.floor(w / 2)];
  const even = slice(x, [
    { axis: 2, end: oh * 2 },
    { axis: 3, end: ow * 2 },
  ]);
  const g = x.graph;
  const y = g.emit('MaxPool', [even], [n, c, oh, ow], { kernel_shape: [2, 2], strides: [2, 2] });
  return g.record(y, [even], (d) => {
    // The first element that equals the maximum gets the gradient, as elsewhere.
    const place = (t: Tensor, row: number, column: number): Tensor =>
      slice(t, [
        { axis: 2, start: row, step: 2 },
        { axis: 3, start: column, step: 2 },
      ]);
    const cells = [0, 1, 2, 3].map((i) => place(even, i >> 1, i & 1));
    let free: Tensor | undefined;
    const parts = cells.map((cell) => {
      const hit = g.emit('Equal', [cell, y], y.shape, {}, 'bool');
      const mine = free ? g.emit('And', [hit, free], y.shape, {}, 'bool') : hit;
      const miss = g.emit('Not', [hit], y.shape, {}, 'bool');
      free = free ? g.emit('And', [miss, free], y.shape, {}, 'bool') : miss;
      return mul(g.emit('Cast', [mine], y.shape, { to: 1 }), d);
    });
    const stacked = concat(
      parts.map((t) => reshape(t, [n, c, 1, oh, ow])),
      2,
    );
    return [depthToSpace(reshape(stacked, [n, c * 4, oh, ow]))];
  });
}
