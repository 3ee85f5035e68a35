/** Fills the inputs of a training step for one person: picks pictures, varies them, keeps their drive vectors in step. */
import { Random } from '../../base/index.js';
import type { Trainer } from '../../tensor/index.js';
import { type Augmentation, type ColorStats, type CropStore, colorStats, drawSample } from './augment.js';
import { DRIVE_LENGTH, mirrorDrive, rollDrive } from './drive.js';
import type { DrivenSet } from './driven.js';
import { meanIdentity } from './identity-loss.js';
import { HALF_INPUTS, type Side } from './net.js';
import { balanceWeights, WeightedPicker } from './sampling.js';

/** A person's pictures with what a net is told about each. */
export interface TrainingSet extends CropStore {
  readonly drives: readonly Float32Array[];
  /** The pictures in the other person's shape and with their face (`driven.ts`): the second half of a batch. */
  readonly driven?: DrivenSet;
}

/** Draws batches of one person. All randomness comes from the `Random` given to {@link BatchMaker.fill}. */
export class BatchMaker {
  readonly side: Side;
  readonly #set: TrainingSet;
  readonly #picker: WeightedPicker;
  /** The pictures that train. */
  readonly indices: readonly number[];
  readonly #size: number;
  readonly #batch: number;

  /**
   * @param indices which pictures of the set train (the others validate)
   */
  constructor(side: Side, set: TrainingSet, indices: readonly number[], size: number, batch: number) {
    this.side = side;
    this.#set = set;
    this.indices = indices;
    this.#size = size;
    this.#batch = batch;
    // Yaw, pitch, mouth gap, mouth width, both eyes: what people notice when it is wrong.
    const rows = indices.map((i) => [0, 1, 3, 6, 14, 15].map((c) => set.drives[i]?.[c] ?? 0));
    this.#picker = new WeightedPicker(balanceWeights(rows));
  }

  /** Colours of a random picture of this person. */
  randomColors(random: Random): ColorStats {
    return colorStats(this.#set, this.indices[random.int(this.indices.length)] ?? 0);
  }

  /**
   * Fills new arrays for the inputs `<side>.*` of a step. Where the set has driven pictures, the second half of the batch
   * is made of them.
   *
   * @param other gives colours to take on, or null
   */
  fill(random: Random, options: Augmentation, other: BatchMaker | null): Record<string, Float32Array> {
    const plane = this.#size * this.#size;
    const feeds: Record<string, Float32Array> = {};
    const lengths = { input: 3 * plane, answer: 3 * plane, mask: plane, weight: plane, drive: DRIVE_LENGTH };
    for (const name of HALF_INPUTS) feeds[`${this.side}.${name}`] = new Float32Array(this.#batch * lengths[name]);
    const view = (name: (typeof HALF_INPUTS)[number], i: number): Float32Array =>
      (feeds[`${this.side}.${name}`] as Float32Array).subarray(i * lengths[name], (i + 1) * lengths[name]);
    for (let i = 0; i < this.#batch; i++) {
      const index = this.indices[this.#picker.pick(random)] ?? 0;
      // Driven answers have the other person's own colours already.
      const driven = i >= this.#batch / 2 ? this.#set.driven : undefined;
      const colors = driven === undefined && other !== null && options.transfer > 0 ? other.randomColors(random) : null;
      const drawn = drawSample(
        random,
        driven ?? this.#set,
        driven === undefined ? index : (driven.of[index] ?? 0),
        this.#size,
        options,
        colors,
        {
          input: view('input', i),
          answer: view('answer', i),
          mask: view('mask', i),
          weight: view('weight', i),
        },
        driven?.answers,
      );
      const drive = this.#set.drives[index] ?? new Float32Array(DRIVE_LENGTH);
      const turned = rollDrive(drawn.flipped ? mirrorDrive(drive) : drive, drawn.roll);
      view('drive', i).set(turned);
    }
    return feeds;
  }

  /**
   * Straight, unvaried pictures for validation and previews.
   *
   * @param driven true takes the pictures in the other person's shape, where there are any
   */
  straight(indices: readonly number[], random: Random, driven = false): Record<string, Float32Array> {
    const bent = driven ? this.#set.driven : undefined;
    const still: Augmentation = { rotate: 0, zoom: 0, shift: 0, flip: 0, warp: 0, gain: 0, transfer: 0 };
    const plane = this.#size * this.#size;
    const n = indices.length;
    const feeds = {
      input: new Float32Array(n * 3 * plane),
      answer: new Float32Array(n * 3 * plane),
      mask: new Float32Array(n * plane),
      weight: new Float32Array(n * plane),
      drive: new Float32Array(n * DRIVE_LENGTH),
    };
    for (const [i, index] of indices.entries()) {
      drawSample(random, bent ?? this.#set, bent?.of[index] ?? index, this.#size, still, null, {
        input: feeds.input.subarray(i * 3 * plane, (i + 1) * 3 * plane),
        answer: feeds.answer.subarray(i * 3 * plane, (i + 1) * 3 * plane),
        mask: feeds.mask.subarray(i * plane, (i + 1) * plane),
        weight: feeds.weight.subarray(i * plane, (i + 1) * plane),
      });
      feeds.drive.set(this.#set.drives[index] ?? [], i * DRIVE_LENGTH);
    }
    return Object.fromEntries(Object.entries(feeds).map(([k, v]) => [`${this.side}.${k}`, v]));
  }
}

/** How strongly pictures are varied at a point of the training, `progress` 0..1: the last third is calmer. */
export function augmentationAt(progress: number, flip: number): Augmentation {
  const calm = progress > 0.66 ? 0.45 : 1;
  return {
    rotate: 8 * calm,
    zoom: 0.06 * calm,
    shift: 0.04 * calm,
    flip: progress > 0.66 ? 0 : flip,
    warp: 0.022 * calm,
    gain: 0.06,
    transfer: 0.5,
  };
}

/** Pictures in one run of the graph that measures codes. */
export const CODE_BATCH = 16;

/** So many indices, spread over a list. */
const spreadOver = (indices: readonly number[], count: number): number[] =>
  Array.from({ length: count }, (_, i) => indices[Math.floor((i * indices.length) / count)] ?? 0);

/**
 * Who a person is: the mean embedding of pictures spread over those that train, unit length.
 *
 * @param trainer has the graph `who` (`identity-loss.ts`) of {@link CODE_BATCH} pictures
 */
export async function meanWho(trainer: Trainer, maker: BatchMaker): Promise<Float32Array> {
  const chosen = spreadOver(maker.indices, CODE_BATCH);
  const input = maker.straight(chosen, new Random(1))[`${maker.side}.input`] ?? new Float32Array(0);
  const { pictures } = await trainer.run({ input }, { graph: 'who', fetch: ['who'] });
  return meanIdentity(pictures['who']?.data ?? new Float32Array(0));
}

/**
 * The mean code of a person's pictures with the averaged weights, over up to 96 pictures spread over the set: in their own
 * and in the other person's shape by turns, as in the batches.
 *
 * @param trainer has the graph `codes` (see `net.ts`) of {@link CODE_BATCH} pictures
 */
export async function meanCode(trainer: Trainer, maker: BatchMaker, indices: readonly number[]): Promise<Float32Array> {
  const rounds = 2 * Math.max(1, Math.min(3, Math.floor(indices.length / CODE_BATCH / 2)));
  let sum = new Float32Array(0);
  for (let round = 0; round < rounds; round++) {
    const chosen = Array.from({ length: CODE_BATCH }, (_, i) => {
      const at = Math.floor(((i * rounds + round) * indices.length) / (CODE_BATCH * rounds));
      return indices[Math.min(at, indices.length - 1)] ?? 0;
    });
    const input = maker.straight(chosen, new Random(1), round % 2 === 1)[`${maker.side}.input`] ?? new Float32Array(0);
    const { pictures } = await trainer.run({ input }, { graph: 'codes', ema: true, fetch: ['code'] });
    const codes = pictures['code']?.data ?? new Float32Array(0);
    const length = codes.length / CODE_BATCH;
    if (sum.length === 0) sum = new Float32Array(length);
    for (let i = 0; i < codes.length; i++)
      sum[i % length] = (sum[i % length] as number) + (codes[i] as number) / (CODE_BATCH * rounds);
  }
  return sum;
}
