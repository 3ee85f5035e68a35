/**
 * Weights as one small file: a JSON header and 16-bit floats. Used for the shipped warm start, whose encoder goes to
 * the pair as it is and whose one decoder becomes the first state of both.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, hasErrno, LikenessError, packageRoot, sha256 } from '../../base/index.js';
import { fromHalf, type TensorData, toHalf } from '../../tensor/index.js';
import type { SwapPreset } from './presets.js';

const MAGIC = 'LIKENESS-WEIGHT1';
/** Encodes weights: magic, header length, JSON header, halves in the header's order. */
export function writeWeights(weights: ReadonlyMap<string, TensorData>, preset: string): Uint8Array {
  const tensors = [...weights].map(([name, t]) => ({ name, shape: t.shape }));
  const header = Buffer.from(JSON.stringify({ preset, tensors }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const body = [...weights.values()].map((t) => new Uint8Array(toHalf(t.data).buffer));
  return Buffer.concat([Buffer.from(MAGIC), length, header, ...body]);
}

/** Decodes what {@link writeWeights} made. */
export function readWeights(bytes: Uint8Array, from: string): { preset: string; weights: Map<string, TensorData> } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = MAGIC.length + 4;
  const wrong = (): LikenessError =>
    new LikenessError('weights.damaged', `${from} is not a weight file, or is cut short.`, {
      hint: 'Install the package again.',
    });
  if (buffer.length < start || buffer.toString('latin1', 0, MAGIC.length) !== MAGIC) throw wrong();
  const end = start + buffer.readUInt32LE(MAGIC.length);
  const header = JSON.parse(buffer.toString('utf8', start, end)) as {
    preset: string;
    tensors: { name: string; shape: number[] }[];
  };
  const weights = new Map<string, TensorData>();
  let at = end;
  for (const { name, shape } of header.tensors) {
    const n = shape.reduce((a, b) => a * b, 1);
    if (at + n * 2 > buffer.length) throw wrong();
    const bits = Uint16Array.from({ length: n }, (_, i) => buffer.readUInt16LE(at + i * 2));
    weights.set(name, { shape, data: fromHalf(bits) });
    at += n * 2;
  }
  return { preset: header.preset, weights };
}

/**
 * Makes a pair of the general weights. A general decoder is told by the code who it draws; in a pair, codes come less the
 * mean of their person and no longer say it. So that mean goes, through the decoder's first layer, into that layer's
 * bias: before the first step, each decoder draws of its person what the general one would.
 *
 * @param weights of {@link warmStart}, which are changed
 * @param means each person's mean code with these weights, `[code]`
 */
export function startAs(
  weights: ReadonlyMap<string, TensorData>,
  means: Readonly<Record<'a' | 'b', Float32Array>>,
): void {
  for (const side of ['a', 'b'] as const) shiftBias(weights, `decoder.${side}.code`, means[side]);
  // The encoder's guess at the drive vector is one for both people.
  shiftBias(
    weights,
    'encoder.drive',
    means.a.map((v, i) => (v + (means.b[i] ?? v)) / 2),
  );
}

/** Adds to a dense layer's bias what its weights make of `x`, which its inputs come without from now on. */
function shiftBias(weights: ReadonlyMap<string, TensorData>, layer: string, x: Float32Array): void {
  const w = weights.get(`${layer}.w`);
  const b = weights.get(`${layer}.b`);
  const width = w?.shape[1] ?? 0;
  if (!w || !b || width < x.length)
    throw new LikenessError('weights.damaged', `The warm start has no layer ${layer} for codes of ${x.length}.`, {
      hint: 'Install the package again.',
    });
  for (let row = 0; row < b.data.length; row++) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += (w.data[row * width + i] as number) * (x[i] as number);
    b.data[row] = (b.data[row] as number) + sum;
  }
}

/**
 * The shipped first weights of a pair: the encoder, and the general decoder under both people's names. {@link startAs}
 * makes each of the two the decoder of its person.
 *
 * @returns null where none are shipped for the preset
 * @throws LikenessError `weights.tampered` when the file is not the one that the card describes
 */
export async function warmStart(preset: SwapPreset): Promise<Map<string, TensorData> | null> {
  const path = join(packageRoot, 'models', 'warm-start', `${preset.id}.bin`);
  let bytes: Uint8Array;
  let card: { sha256: string };
  try {
    bytes = await readFile(path);
    card = JSON.parse(await readFile(path.replace(/bin$/, 'json'), 'utf8')) as { sha256: string };
  } catch (cause) {
    if (hasErrno(cause, 'ENOENT')) return null;
    throw fileError(path, 'reading the warm start', cause);
  }
  if (sha256(bytes) !== card.sha256)
    throw new LikenessError('weights.tampered', `${path} is not the file that its card describes.`, {
      hint: 'Install the package again.',
    });
  const out = new Map<string, TensorData>();
  for (const [name, t] of readWeights(bytes, path).weights) {
    if (!name.startsWith('decoder.any.')) {
      out.set(name, t);
      continue;
    }
    for (const side of ['a', 'b']) out.set(name.replace('.any', `.${side}`), { shape: t.shape, data: t.data.slice() });
  }
  return out;
}
