/** First values of parameters. They depend on the seed and the parameter's own name only, not on the order of building. */
import { Random } from '../base/index.js';
import { type Shape, sizeOf } from './graph.js';

/** How a tensor is first filled. `uniform` draws from -bound..bound, `normal` with mean 0; `copy` takes another tensor's values. */
export type Initial =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly std: number }
  | { readonly kind: 'copy'; readonly of: string };

/** All zeros: biases. */
export const zeros: Initial = { kind: 'constant', value: 0 };

/** All ones: the scale of a normalisation. */
export const ones: Initial = { kind: 'constant', value: 1 };

/** Uniform in -bound..bound. */
export function uniform(bound: number): Initial {
  return { kind: 'uniform', bound };
}

/** Normal with mean 0. */
export function normal(std: number): Initial {
  return { kind: 'normal', std };
}

/**
 * He and others 2015: keeps the variance of activations through (leaky) ReLU layers.
 *
 * @param fanIn inputs of one output, such as `channels * kernel * kernel`
 * @param slope slope of the leaky ReLU that follows
 */
export function kaiming(fanIn: number, slope = 0.1): Initial {
  return { kind: 'normal', std: Math.sqrt(2 / ((1 + slope * slope) * fanIn)) };
}

/** FNV-1a hash of a name, mixed into the seed. */
function hashName(name: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** Makes the first values of the tensor `name`. Same seed, name and shape: same values, bit for bit. */
export function initialData(
  initial: Exclude<Initial, { kind: 'copy' }>,
  name: string,
  shape: Shape,
  seed: number,
): Float32Array {
  const data = new Float32Array(sizeOf(shape));
  if (initial.kind === 'constant') return data.fill(initial.value);
  const random = new Random((Math.imul(seed, 0x9e3779b1) ^ hashName(name)) >>> 0);
  if (initial.kind === 'uniform')
    for (let i = 0; i < data.length; i++) data[i] = random.range(-initial.bound, initial.bound);
  else for (let i = 0; i < data.length; i++) data[i] = random.normal() * initial.std;
  return data;
}
