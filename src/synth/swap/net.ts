/**
 * The nets of the `gan` engine: one encoder for everybody, a decoder with a mask per person, and a patch discriminator
 * per person for training.
 *
 * Method: shared-encoder face swapping (as in the first public face-swap programs), with two changes. The code of each
 * person is centred on that person's own mean, so that what differs between the two people as a constant (who
 * it is) does not reach the other decoder. And the decoder is told pose and expression as measured numbers (`drive.ts`)
 * beside the code.
 */
import {
  add,
  addAll,
  concat,
  convLayer,
  depthToSpace,
  detach,
  discriminatorLoss,
  dssimLoss,
  flatten,
  type Graph,
  generatorLoss,
  kaiming,
  l1Loss,
  leakyRelu,
  linearLayer,
  mean,
  mseLoss,
  mul,
  type OnnxContent,
  reshape,
  scale,
  sigmoid,
  slice,
  sub,
  type Tensor,
  type TrainingGraph,
  type TrainingGroup,
  zeros,
} from '../../tensor/index.js';
import { DRIVE_LENGTH } from './drive.js';
import { IDENTITY_LENGTH, identityLoss } from './identity-loss.js';
import type { SwapPreset } from './presets.js';

/** Whose decoder, mean and discriminator: the source person (`a`), the one who is replaced (`b`),
 * or everybody (`any`: the warm start). */
export type Side = 'a' | 'b' | 'any';

const SLOPE = 0.1;

const conv = (x: Tensor, name: string, channels: number, size: number, stride = 1): Tensor =>
  convLayer(x, name, channels, { size, stride, ...(stride === 2 ? { pad: (size - 2) / 2 } : {}) });

/** Doubles the side: convolution, then pixel shuffle. */
const up = (x: Tensor, name: string, channels: number): Tensor =>
  depthToSpace(leakyRelu(conv(x, name, channels * 4, 3), SLOPE), 2);

/** Two convolutions with a short cut; the second starts small, so that the block starts near an identity. */
function residual(x: Tensor, name: string): Tensor {
  const c = x.dim(1);
  const h = leakyRelu(conv(x, `${name}.1`, c, 3), 0.2);
  return leakyRelu(add(x, convLayer(h, `${name}.2`, c, { initial: kaiming(c * 9 * 10) })), 0.2);
}

/**
 * Pictures to codes.
 *
 * @param x `[batch, 3, size, size]`, 0..1
 * @returns `[batch, preset.code]`
 */
export function encode(x: Tensor, preset: SwapPreset): Tensor {
  let h = x;
  for (const [i, channels] of preset.encoder.entries()) h = leakyRelu(conv(h, `encoder.${i}`, channels, 4, 2), SLOPE);
  return linearLayer(flatten(h), 'encoder.code', preset.code);
}

/**
 * Codes less their mean over the batch, which is one person's. The mean is a part of the gradient: with a running mean
 * that no gradient sees, every step moves all codes a bit further the same way and the mean never catches up.
 *
 * The warm start has a different person in every picture, and its codes stay as they are: who somebody is has to come
 * out of them there. `startAs` in `warm-start.ts` gives it to the decoder of one person.
 */
function centre(code: Tensor): Tensor {
  return sub(code, mean(code, [0], true));
}

/** A decoder's answer: picture and mask, `[batch, 3 | 1, size, size]`, 0..1. */
export interface Decoded {
  readonly image: Tensor;
  readonly mask: Tensor;
}

/**
 * Codes and drive vectors to faces.
 *
 * @param code `[batch, preset.code]`, centred
 * @param drive `[batch, DRIVE_LENGTH]`, see `drive.ts`
 */
export function decode(code: Tensor, drive: Tensor, side: Side, preset: SwapPreset): Decoded {
  const batch = code.dim(0);
  const name = `decoder.${side}`;
  const grid = preset.size / 2 ** (preset.decoder.length - 1);
  const first = preset.decoder[0] as number;
  let h = leakyRelu(linearLayer(concat([code, drive], 1), `${name}.code`, first * grid * grid), SLOPE);
  h = reshape(h, [batch, first, grid, grid]);
  for (const [i, channels] of preset.decoder.slice(1).entries()) {
    h = up(h, `${name}.up${i}`, channels);
    // Residual blocks where they are cheap; at full size they would double the cost of the whole net.
    if (i < 2) h = residual(h, `${name}.res${i}`);
  }
  const out = conv(h, `${name}.out`, 4, 3);
  return {
    image: sigmoid(slice(out, [{ axis: 1, start: 0, end: 3 }])),
    mask: sigmoid(slice(out, [{ axis: 1, start: 3, end: 4 }])),
  };
}

/** The numbers of a drive vector that the encoder learns to read off the picture itself, for programs that have none. */
export function readDrive(code: Tensor): Tensor {
  return linearLayer(code, 'encoder.drive', DRIVE_LENGTH);
}

/** A patch discriminator (pix2pix): a grid of scores, higher is more real. */
export function discriminate(x: Tensor, side: Side, preset: SwapPreset): Tensor {
  let h = x;
  for (const [i, channels] of preset.discriminator.entries())
    h = leakyRelu(
      convLayer(h, `discriminator.${side}.${i}`, channels, { size: 4, stride: 2, pad: 1, spectral: true }),
      0.2,
    );
  return convLayer(h, `discriminator.${side}.out`, 1, { spectral: true });
}

/** Inputs of one person's half of a training step, in the graph. */
interface Half {
  readonly side: Side;
  readonly code: Tensor;
  readonly answer: Tensor;
  readonly mask: Tensor;
  readonly weight: Tensor;
  readonly drive: Tensor;
  /** Unit-length embedding of this person, `[1, IDENTITY_LENGTH]`, and the net that it was measured with. */
  readonly identity: { readonly who: Tensor; readonly net: OnnxContent } | null;
}

/** How much each part of the loss counts. */
export const LOSS_WEIGHTS = { l1: 3, dssim: 2, mask: 0.5, drive: 0.02, adversarial: 0.05, identity: 0.5 } as const;

/** What one person's half adds to the loss; without a discriminator where `texture` is false. */
function halfLoss(
  half: Half,
  preset: SwapPreset,
  texture: boolean,
): { generator: Tensor; discriminator: Tensor | null; seen: Tensor; distance: Tensor | null } {
  const { image, mask } = decode(half.code, half.drive, half.side, preset);
  const l1 = l1Loss(image, half.answer, half.weight);
  const dssim = dssimLoss(image, half.answer, half.weight);
  const parts = [
    scale(l1, LOSS_WEIGHTS.l1),
    scale(dssim, LOSS_WEIGHTS.dssim),
    scale(mseLoss(mask, half.mask), LOSS_WEIGHTS.mask),
  ];
  // The second half of the batch is driven; a few of it are looked at, since the net costs more than the decoder.
  const last = (t: Tensor): Tensor => slice(t, [{ axis: 0, start: preset.batch - preset.identity, end: preset.batch }]);
  const distance = half.identity
    ? identityLoss(last(image), last(half.answer), last(half.mask), half.identity.who, half.identity.net)
    : null;
  if (distance) parts.push(scale(distance, LOSS_WEIGHTS.identity));
  if (!texture) return { generator: addAll(parts), discriminator: null, seen: l1, distance };
  // Only the face is judged: outside it the decoder is free to blur.
  const made = mul(image, half.mask);
  // Real are the person's own pictures, the first half; a driven answer is not one.
  const first = (t: Tensor): Tensor => slice(t, [{ axis: 0, end: preset.batch / 2 }]);
  const real = mul(first(half.answer), first(half.mask));
  parts.push(scale(generatorLoss(discriminate(made, half.side, preset)), LOSS_WEIGHTS.adversarial));
  const scores = discriminatorLoss(
    discriminate(real, half.side, preset),
    discriminate(detach(made), half.side, preset),
  );
  return { generator: addAll(parts), discriminator: scores, seen: l1, distance };
}

/** Names of the inputs of a training graph for one person. */
export const HALF_INPUTS = ['input', 'answer', 'mask', 'weight', 'drive'] as const;

/**
 * The graph of a training step, for `createTrainer`.
 *
 * Inputs per side, prefixed `<side>.`: `input` and `answer` `[batch, 3, size, size]`, `mask` and `weight`
 * `[batch, 1, size, size]`, `drive` `[batch, DRIVE_LENGTH]`. Scalars: `loss:generator`, `loss:discriminator`,
 * `l1.<side>`. For a pair, the answers of the second half of each batch have the other person's face (`driven.ts`) and
 * train the other's decoder; with `identity`, the input `<side>.who` `[1, IDENTITY_LENGTH]` says whose face it is to be,
 * and the scalar `identity.<side>` how far it is from that.
 *
 * @param sides `['a', 'b']` for a pair, `['any']` for the warm start
 * @param texture with the discriminators
 * @param identity the recognition net of the identity loss, for a pair whose preset has one
 */
export function buildStep(
  g: Graph,
  preset: SwapPreset,
  sides: readonly Side[],
  texture: boolean,
  identity: OnnxContent | null = null,
): TrainingGraph {
  const { batch, size } = preset;
  const inputs = sides.map((side) => ({
    input: g.input(`${side}.input`, [batch, 3, size, size]),
    answer: g.input(`${side}.answer`, [batch, 3, size, size]),
    mask: g.input(`${side}.mask`, [batch, 1, size, size]),
    weight: g.input(`${side}.weight`, [batch, 1, size, size]),
    drive: g.input(`${side}.drive`, [batch, DRIVE_LENGTH]),
  }));
  // One pass of the encoder for both: larger matrices, less overhead.
  const codes = encode(
    concat(
      inputs.map((i) => i.input),
      0,
    ),
    preset,
  );
  const losses: Tensor[] = [];
  const judged: Tensor[] = [];
  const scalars: Record<string, Tensor> = {};
  const centred =
    sides.length === 1
      ? [codes]
      : sides.map((_, i) => centre(slice(codes, [{ axis: 0, start: i * batch, end: (i + 1) * batch }])));
  for (const [i, side] of sides.entries()) {
    const own = inputs[i];
    const code = centred[i];
    if (!own || !code) continue;
    losses.push(scale(mseLoss(readDrive(code), own.drive), LOSS_WEIGHTS.drive));
    const other = inputs[1 - i];
    const otherCode = centred[1 - i];
    // The decoder of this person: its own pictures, and the other's pictures that were given this person's face.
    const mixed = (mine: Tensor, theirs: Tensor | undefined): Tensor =>
      theirs === undefined
        ? mine
        : concat(
            [slice(mine, [{ axis: 0, end: batch / 2 }]), slice(theirs, [{ axis: 0, start: batch / 2, end: batch }])],
            0,
          );
    const half = halfLoss(
      {
        side,
        code: mixed(code, otherCode),
        answer: mixed(own.answer, other?.answer),
        mask: mixed(own.mask, other?.mask),
        weight: mixed(own.weight, other?.weight),
        drive: mixed(own.drive, other?.drive),
        identity: identity && other ? { who: g.input(`${side}.who`, [1, IDENTITY_LENGTH]), net: identity } : null,
      },
      preset,
      texture,
    );
    losses.push(half.generator);
    if (half.distance) scalars[`identity.${side}`] = half.distance;
    if (half.discriminator) judged.push(half.discriminator);
    scalars[`l1.${side}`] = half.seen;
  }
  const groups: TrainingGroup[] = [
    {
      name: 'generator',
      params: [...g.params('encoder.'), ...g.params('decoder.')],
      loss: addAll(losses),
      beta1: 0.9,
      beta2: 0.99,
      clipNorm: 5,
      ema: 0.995,
    },
  ];
  if (texture)
    groups.push({
      name: 'discriminator',
      params: g.params('discriminator.'),
      loss: addAll(judged),
      beta1: 0.5,
      beta2: 0.99,
    });
  return { groups, scalars };
}

/**
 * The graph that renders: one person's pictures in, the other's face out.
 *
 * @param from whose pictures come in; their mean code is taken from the weights, as `mean.<from>` `[1, preset.code]`
 * @param to whose face goes out
 */
export function buildSwap(
  g: Graph,
  preset: SwapPreset,
  from: Side,
  to: Side,
  batch: number,
): Record<'image' | 'mask', Tensor> {
  const x = g.input('face', [batch, 3, preset.size, preset.size]);
  const drive = g.input('drive', [batch, DRIVE_LENGTH]);
  const { image, mask } = decode(
    sub(encode(x, preset), g.state(`mean.${from}`, [1, preset.code], zeros)),
    drive,
    to,
    preset,
  );
  return { image, mask };
}

/**
 * The graph that measures codes: `input` in, the picture `code` `[batch, preset.code]` out. A training
 * step centres on its batch; what is looked at or exported is centred on the mean over many pictures, measured with this
 * (as batch normalisation is re-estimated).
 */
export function buildCodes(g: Graph, preset: SwapPreset, batch: number): TrainingGraph {
  return { pictures: { code: encode(g.input('input', [batch, 3, preset.size, preset.size]), preset) } };
}

/**
 * The graph that looks and does not train: reconstruction errors `loss.<side>` and pictures `image.<side>`, and, for a
 * pair, `swap.a` (a's face on b's picture) and `swap.b`. Inputs as in {@link buildStep}, without `answer` and `mask`, and
 * with `<side>.mean` `[1, preset.code]`.
 */
export function buildLook(g: Graph, preset: SwapPreset, sides: readonly Side[], batch: number): TrainingGraph {
  const scalars: Record<string, Tensor> = {};
  const pictures: Record<string, Tensor> = {};
  const seen = sides.map((side) => {
    const x = g.input(`${side}.input`, [batch, 3, preset.size, preset.size]);
    const weight = g.input(`${side}.weight`, [batch, 1, preset.size, preset.size]);
    const drive = g.input(`${side}.drive`, [batch, DRIVE_LENGTH]);
    return { side, x, weight, drive, code: sub(encode(x, preset), g.input(`${side}.mean`, [1, preset.code])) };
  });
  for (const { side, x, weight, drive, code } of seen) {
    const { image } = decode(code, drive, side, preset);
    const l1 = scale(l1Loss(image, x, weight), LOSS_WEIGHTS.l1);
    scalars[`loss.${side}`] = add(l1, scale(dssimLoss(image, x, weight), LOSS_WEIGHTS.dssim));
    pictures[`image.${side}`] = image;
    const other = seen.find((s) => s.side !== side);
    if (other) pictures[`swap.${side}`] = decode(other.code, other.drive, side, preset).image;
  }
  return { scalars, pictures };
}
