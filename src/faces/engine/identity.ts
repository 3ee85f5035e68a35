/** Who it is: two embeddings by nets of different origin, so that one can score what the other helped to make. */
import { type Frame, type SampleOptions, sampleAffine } from '../../media/index.js';
import { type ModelSession, openModel, takeInput } from '../../models/index.js';
import {
  type Affine,
  ARCFACE_112,
  faceBox,
  fivePoints,
  invertAffine,
  type Point,
  similarity,
} from '../geometry/index.js';
import type { Identity } from '../types.js';

/** The crop of embedding A: upright by the eyes, 1.25 times the mesh. */
export function cropA(points: Float32Array): Affine {
  const [left, right] = fivePoints(points) as [Point, Point];
  const angle = Math.atan2(right[1] - left[1], right[0] - left[0]);
  const box = faceBox(points);
  const step = (1.25 * Math.max(box.width, box.height)) / 224;
  const [c, s] = [Math.cos(angle) * step, Math.sin(angle) * step];
  const half = 223 / 2;
  return [c, -s, box.x + box.width / 2 - (c - s) * half, s, c, box.y + box.height / 2 - (s + c) * half];
}

/** The crop of embedding B: the five points laid on the template that it was trained with. */
export function cropB(points: Float32Array): Affine {
  return invertAffine(similarity(fivePoints(points), ARCFACE_112));
}

interface Kind {
  readonly model: string;
  readonly size: number;
  readonly crop: (points: Float32Array) => Affine;
  readonly sample: SampleOptions;
  /** Faces that go through the net in one run at most. A batch saves little; the dear A goes one by one over all workers. */
  readonly batch: number;
}

const A: Kind = {
  model: 'faceres',
  size: 224,
  crop: cropA,
  sample: { layout: 'interleaved', bgr: true, offset: [-123.68, -116.779, -103.939] },
  batch: 1,
};
const B: Kind = {
  model: 'mobilefacenet',
  size: 112,
  crop: cropB,
  sample: { layout: 'interleaved', scale: 1 / 128, offset: -127.5 / 128 },
  batch: 8,
};

interface Waiting {
  readonly data: Float32Array;
  readonly resolve: (embedding: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

function unit(vector: Float32Array): Float32Array {
  let square = 0;
  for (const value of vector) square += value * value;
  const scale = 1 / Math.max(Math.sqrt(square), 1e-12);
  return vector.map((value) => value * scale);
}

/** Runs one embedder; faces that are asked for in the same turn of the event loop go through it together. */
class Embedder {
  readonly #session: ModelSession;
  readonly #kind: Kind;
  #waiting: Waiting[] = [];

  constructor(session: ModelSession, kind: Kind) {
    this.#session = session;
    this.#kind = kind;
  }

  embed(frame: Frame, points: Float32Array): Promise<Float32Array> {
    const { size, crop, sample } = this.#kind;
    const data = takeInput(size * size * 3);
    sampleAffine(frame, crop(points), size, size, data, sample);
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#flush());
      this.#waiting.push({ data, resolve, reject });
    });
  }

  #flush(): void {
    while (this.#waiting.length > 0) void this.#run(this.#waiting.splice(0, this.#kind.batch));
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    const { size } = this.#kind;
    const length = size * size * 3;
    const alone = batch.length === 1 ? batch[0] : undefined;
    const data = alone?.data ?? takeInput(length * batch.length);
    if (!alone) for (const [i, one] of batch.entries()) data.set(one.data, i * length);
    try {
      const dims = [batch.length, size, size, 3];
      const { embedding } = await this.#session.run({ image: { dtype: 'float32', dims, data } });
      const all = embedding?.data as Float32Array;
      const each = all.length / batch.length;
      for (const [i, one] of batch.entries()) one.resolve(unit(all.subarray(i * each, (i + 1) * each)));
    } catch (thrown) {
      for (const one of batch) one.reject(thrown);
    }
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}

/** The two embedders, open. */
export interface Identifier {
  /** Both embeddings. */
  embed(frame: Frame, points: Float32Array): Promise<Identity>;
  /** faceres, 1024 numbers, unit length. */
  embedA(frame: Frame, points: Float32Array): Promise<Float32Array>;
  /** MobileFaceNet, 192 numbers, unit length. */
  embedB(frame: Frame, points: Float32Array): Promise<Float32Array>;
  /** Frees the nets. */
  close(): Promise<void>;
}

/** Opens the embedders. */
export async function openIdentifier(instances: number): Promise<Identifier> {
  const [a, b] = await Promise.all(
    [A, B].map(async (kind) => new Embedder(await openModel(kind.model, { instances }), kind)),
  );
  if (!a || !b) throw new TypeError('two embedders are opened, always');
  return {
    async embed(frame, points) {
      const [ea, eb] = await Promise.all([a.embed(frame, points), b.embed(frame, points)]);
      return { a: ea, b: eb };
    },
    embedA: (frame, points) => a.embed(frame, points),
    embedB: (frame, points) => b.embed(frame, points),
    async close() {
      await Promise.all([a.close(), b.close()]);
    },
  };
}
