// Number formats and small sums that the converters share.

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The value of a 16-bit float. */
export function fromHalf(half) {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

/** The 16-bit float of a value, truncated; exact exactly where `fromHalf` gives the value back. */
export function toHalf(value) {
  float[0] = value;
  const sign = (bits[0] >>> 16) & 0x8000;
  const exponent = ((bits[0] >>> 23) & 255) - 127;
  const fraction = bits[0] & 0x7fffff;
  if (exponent > 15) return sign | 0x7c00;
  if (exponent >= -14) return sign | ((exponent + 15) << 10) | (fraction >>> 13);
  if (exponent < -24) return sign;
  return sign | ((fraction | 0x800000) >>> (-exponent - 1));
}

/** Number of elements of a shape. */
export const sizeOf = (shape) => shape.reduce((product, dim) => product * dim, 1);

/** What "same" padding adds before and after one axis, as TensorFlow counts it. */
export function samePadding(input, kernel, stride, dilation = 1) {
  const outputs = Math.ceil(input / stride);
  const total = Math.max(0, (outputs - 1) * stride + (kernel - 1) * dilation + 1 - input);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

/**
 * Reorders the axes of a dense array.
 *
 * @param {ArrayLike<number>} data in the order of `shape`
 * @param {number[]} shape of the source
 * @param {number[]} order axis `i` of the result is axis `order[i]` of the source
 */
export function permute(data, shape, order) {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const result = new data.constructor(data.length);
  const at = new Array(order.length).fill(0);
  let source = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = data[source];
    for (let axis = order.length - 1; axis >= 0; axis--) {
      source += strides[order[axis]];
      if (++at[axis] < shape[order[axis]]) break;
      source -= strides[order[axis]] * at[axis];
      at[axis] = 0;
    }
  }
  return result;
}
