/**
 * The identity loss: what a face recognition net sees in a face that was put on somebody must be the person who gave it.
 * Reconstruction errors count pixels, and the few that tell people apart weigh little among them.
 *
 * The net is embedding A (`faceres`), as a constant part of the graph. Reports measure with embedding B, which takes no part.
 * Method: as in face swapping since FaceShifter (Li and others 2019), with the mean of the person's own pictures as aim.
 */
import { modelBytes } from '../../models/index.js';
import {
  add,
  concat,
  div,
  type Graph,
  importNet,
  matmul,
  mean,
  mul,
  type OnnxContent,
  readModel,
  scale,
  slice,
  sqrt,
  square,
  sub,
  sum,
  swapLast,
  type Tensor,
  type TrainingGraph,
  toChannelsLast,
} from '../../tensor/index.js';
import { MESH_SQUARE } from './alignment.js';

/** Length of the embedding. */
export const IDENTITY_LENGTH = 1024;

/** What the net sees: so many pixels a side, 1.25 times the mesh, as in `faces/engine/identity.ts`. */
const SIZE = 224;
const ROUND_MESH = 1.25;
const MEANS_BGR = [103.939, 116.779, 123.68] as const;

/** Reads the recognition net, for {@link identityOf}. */
export async function openIdentityNet(): Promise<OnnxContent> {
  return readModel(await modelBytes('faceres'));
}

/** Rows of the bilinear interpolation along one axis, edges repeated: `[SIZE, size]`. */
function resampling(g: Graph, size: number, middle: number): Tensor {
  const rows = new Float32Array(SIZE * size);
  const side = ROUND_MESH * MESH_SQUARE.side;
  for (let i = 0; i < SIZE; i++) {
    const at = (middle + ((i + 0.5) / SIZE - 0.5) * side) * size - 0.5;
    const inside = Math.max(0, Math.min(size - 1, at));
    const below = Math.min(size - 2, Math.floor(inside));
    rows[i * size + below] = 1 - (inside - below);
    rows[i * size + below + 1] = inside - below;
  }
  return g.constant('float32', [SIZE, size], rows);
}

/**
 * Embedding A of crops, differentiable.
 *
 * @param x `[n, 3, size, size]`, RGB 0..1, framed by `placeCrop`
 * @param net from {@link openIdentityNet}
 * @returns `[n, IDENTITY_LENGTH]`, unit length
 */
export function identityOf(x: Tensor, net: OnnxContent): Tensor {
  const g = x.graph;
  const size = x.dim(2);
  const down = resampling(g, size, MESH_SQUARE.y);
  const across = resampling(g, size, MESH_SQUARE.x);
  const seen = matmul(matmul(down, x), swapLast(across));
  const channels = MEANS_BGR.map((level, i) => {
    const channel = slice(seen, [{ axis: 1, start: 2 - i, end: 3 - i }]);
    return sub(scale(channel, 255), level);
  });
  const { embedding } = importNet(g, net, { image: toChannelsLast(concat(channels, 1)) });
  if (!embedding) throw new TypeError('the recognition net has an embedding');
  return div(embedding, sqrt(add(sum(square(embedding), [1], true), 1e-8)));
}

/**
 * One less the cosine between faces that were put on somebody and the person who gave them, meaned.
 *
 * Only what lies inside of the mask can change: outside are the other person's pixels, as in a render.
 *
 * @param image the decoder's `[n, 3, size, size]`
 * @param answer the picture that it is put on
 * @param mask of the face, `[n, 1, size, size]`
 * @param who `[1, IDENTITY_LENGTH]`, unit length, from {@link meanIdentity}
 */
export function identityLoss(image: Tensor, answer: Tensor, mask: Tensor, who: Tensor, net: OnnxContent): Tensor {
  const worn = add(answer, mul(sub(image, answer), mask));
  return sub(1, mean(sum(mul(identityOf(worn, net), who), [1])));
}

/** The graph that measures who is seen: `input` in, the picture `who` `[batch, IDENTITY_LENGTH]` out. */
export function buildWho(g: Graph, size: number, batch: number, net: OnnxContent): TrainingGraph {
  return { pictures: { who: identityOf(g.input('input', [batch, 3, size, size]), net) } };
}

/** The mean of embeddings laid one behind the other, at unit length. */
export function meanIdentity(embeddings: Float32Array): Float32Array {
  const mean = new Float32Array(IDENTITY_LENGTH);
  for (const [i, v] of embeddings.entries()) mean[i % IDENTITY_LENGTH] = (mean[i % IDENTITY_LENGTH] as number) + v;
  const length = Math.max(1e-12, Math.hypot(...mean));
  return mean.map((v) => v / length);
}
