/** Trained networks as ONNX files: weights baked in, names and layout as the reader of the file wants them. */
import { LikenessError } from '../base/index.js';
import { Graph, type Tensor } from './graph.js';
import type { OnnxInitializer } from './onnx-proto.js';
import type { TensorData } from './store.js';

/** Describes an inference network: returns its outputs by name, in the order of the file. */
export type BuildInference = (g: Graph) => Readonly<Record<string, Tensor>>;

/** Settings of {@link exportOnnx}. */
export interface ExportOptions {
  /** ONNX operator set, 12 to 18 (17). */
  readonly opset?: number;
  /** Store weights as 16-bit floats, widened when the file is loaded: half the size, about three digits. */
  readonly half?: boolean;
  /** Free-form facts written into the file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a network with its weights as the bytes of an `.onnx` file.
 *
 * @throws LikenessError `tensor.weights` when a parameter has no weights or others of another shape
 */
export function exportOnnx(
  build: BuildInference,
  weights: ReadonlyMap<string, TensorData>,
  options: ExportOptions = {},
): Uint8Array {
  const g = new Graph({ opset: options.opset ?? 17, training: false });
  for (const [name, t] of Object.entries(build(g))) g.output(name, t);
  const baked = new Map<string, OnnxInitializer>();
  for (const { tensor } of g.stored) {
    const { name, shape } = tensor;
    const found = weights.get(name);
    if (!found || found.shape.join() !== shape.join())
      throw new LikenessError('tensor.weights', `There are no weights for ${name} [${shape.join()}].`, {
        hint: 'The weights belong to another network or preset.',
      });
    baked.set(name, { name, type: 'float32', shape, data: found.data });
  }
  return g.encode(baked, { half: options.half === true, metadata: options.metadata ?? {} }).bytes;
}
