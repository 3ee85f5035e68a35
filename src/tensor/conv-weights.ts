/**
 * Gradient of convolution weights out of matrix products. Rules by size, from measurements: one product per kernel tap
 * where there are many channels and positions, one product over gathered patches where there are few.
 */
import type { Tensor } from './graph.js';
import type { ConvPlan } from './ops-conv.js';
import { swapLast } from './ops-linear.js';
import { concat, padPicture, reshape, slice, transpose } from './ops-shape.js';

/** a @ transpose(b) of two matrices. */
function timesTransposed(a: Tensor, b: Tensor): Tensor {
  return a.graph.emit('Gemm', [a, b], [a.dim(0), b.dim(0)], { transB: 1 });
}

/** `[n, c, h, w] -> [c, n, h, w]`. */
function channelsOut(x: Tensor): Tensor {
  return transpose(x, [1, 0, 2, 3]);
}

/**
 * The input as each kernel tap sees it, channel-major: `[in, n, oh, ow]` for every (row, column) of the kernel.
 * With a stride the padded input is first split into its phases, so that every tap is a dense cut: strided cuts cost
 * three times as much.
 */
function taps(x: Tensor, p: ConvPlan): Tensor[] {
  const [top, left, bottom, right] = p.pads;
  const s = p.stride;
  // Whole phases; rows and columns that no tap reaches are harmless.
  const fill = (n: number): number => (s - (n % s)) % s;
  const below = fill(p.h + top + bottom);
  const beside = fill(p.w + left + right);
  const padded = padPicture(x, top, left, bottom + below, right + beside);
  const [h, w] = [padded.dim(2) / s, padded.dim(3) / s];
  const phases =
    s === 1 ? padded : x.graph.emit('SpaceToDepth', [padded], [p.n, s * s * p.inC, h, w], { blocksize: s });
  const major = channelsOut(phases);
  const out: Tensor[] = [];
  for (let r = 0; r < p.kh; r++)
    for (let c = 0; c < p.kw; c++) {
      const [dy, dx] = [r * p.dilation, c * p.dilation];
      const [y, z] = [Math.floor(dy / s), Math.floor(dx / s)];
      const first = ((dy % s) * s + (dx % s)) * p.inC;
      out.push(
        slice(major, [
          { axis: 0, start: first, end: first + p.inC },
          { axis: 2, start: y, end: y + p.oh },
          { axis: 3, start: z, end: z + p.ow },
        ]),
      );
    }
  return out;
}

/** Few output channels, stride 1: gathers shifted copies of the small gradient instead of the large input. */
function fromGradientPatches(x: Tensor, d: Tensor, p: ConvPlan): Tensor {
  const [v, h] = [p.kh - 1, p.kw - 1];
  const [top, left, bottom, right] = p.pads;
  const dt = padPicture(channelsOut(d), v - top, h - left, v - bottom, h - right);
  const shifted: Tensor[] = [];
  for (let r = 0; r < p.kh; r++)
    for (let c = 0; c < p.kw; c++) {
      const [y, z] = [v - r, h - c];
      shifted.push(
        slice(dt, [
          { axis: 2, start: y, end: y + p.h },
          { axis: 3, start: z, end: z + p.w },
        ]),
      );
    }
  const k = p.kh * p.kw;
  const columns = reshape(concat(shifted, 0), [k * p.outC, p.n * p.h * p.w]);
  const product = timesTransposed(reshape(channelsOut(x), [p.inC, p.n * p.h * p.w]), columns);
  return reshape(transpose(reshape(product, [p.inC, k, p.outC]), [2, 0, 1]), [p.outC, p.inC, p.kh, p.kw]);
}

/** Several groups: batched products per tap, one matrix per group. */
function grouped(x: Tensor, d: Tensor, p: ConvPlan): Tensor {
  const { groups } = p;
  const [perIn, perOut] = [p.inC / groups, p.outC / groups];
  const count = p.n * p.oh * p.ow;
  const dt = reshape(channelsOut(d), [groups, perOut, count]);
  const products = taps(x, p).map((tap) => {
    const t = swapLast(reshape(tap, [groups, perIn, count]));
    return reshape(x.graph.emit('MatMul', [dt, t], [groups, perOut, perIn]), [p.outC, perIn, 1]);
  });
  return reshape(concat(products, 2), [p.outC, perIn, p.kh, p.kw]);
}

/**
 * Gradient of the weights `[out, in / groups, kh, kw]` of the convolution `p`.
 *
 * @param x its input `[n, in, h, w]`
 * @param d gradient of its result `[n, out, oh, ow]`
 */
export function weightGradient(x: Tensor, d: Tensor, p: ConvPlan): Tensor {
  if (p.groups > 1) return grouped(x, d, p);
  const inside = p.pads.every((q, i) => q <= (i % 2 === 0 ? p.kh : p.kw) - 1);
  if (p.outC <= 8 && p.stride === 1 && p.dilation === 1 && inside) return fromGradientPatches(x, d, p);
  const count = p.n * p.oh * p.ow;
  const dt = reshape(channelsOut(d), [p.outC, count]);
  if (p.inC < 8 || count <= 512) {
    // Gathered as [in, taps, positions], so that the product comes out in the order of the weights.
    const gathered = taps(x, p).map((tap) => reshape(tap, [p.inC, 1, count]));
    const columns = reshape(concat(gathered, 1), [p.inC * p.kh * p.kw, count]);
    return reshape(timesTransposed(dt, columns), [p.outC, p.inC, p.kh, p.kw]);
  }
  const products = taps(x, p).map((tap) =>
    reshape(timesTransposed(dt, reshape(tap, [p.inC, count])), [p.outC, p.inC, 1]),
  );
  return reshape(concat(products, 2), [p.outC, p.inC, p.kh, p.kw]);
}
