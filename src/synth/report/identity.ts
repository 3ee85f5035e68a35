/**
 * Likeness in numbers. Uses embedding B only: embedding A may have driven the training, and a net scores well on what it
 * was trained to please.
 */
import { cosine } from '../../faces/index.js';
import { mean } from './stats.js';

/** Mean cosines between groups of faces (all pairs; a face is never paired with itself). */
export interface IdentityScore {
  readonly outputSource: number;
  /** The ceiling: how alike the source's own frames are. */
  readonly sourceSource: number;
  /** The floor: how alike source and target were before. */
  readonly targetSource: number;
  readonly targetTarget: number;
  readonly outputTarget: number;
  /** (output-source - target-source) / (source-source - target-source): 0 is nothing gained, 1 is as alike as the source itself. */
  readonly floorCorrected: number;
}

/** Mean cosine of every face of one group with every face of the other. */
export function meanBetween(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  return mean(a.flatMap((x) => b.map((y) => cosine(x, y))));
}

/** Mean cosine of every two different faces of a group; NaN for fewer than two. */
export function meanWithin(group: readonly Float32Array[]): number {
  return mean(group.flatMap((x, i) => group.slice(i + 1).map((y) => cosine(x, y))));
}

/** Scores a swap from embeddings B of single frames of the three clips. */
export function scoreIdentity(
  output: readonly Float32Array[],
  source: readonly Float32Array[],
  target: readonly Float32Array[],
): IdentityScore {
  const outputSource = meanBetween(output, source);
  const sourceSource = meanWithin(source);
  const targetSource = meanBetween(target, source);
  const room = sourceSource - targetSource;
  return {
    outputSource,
    sourceSource,
    targetSource,
    targetTarget: meanWithin(target),
    outputTarget: meanBetween(output, target),
    floorCorrected: room > 0 ? (outputSource - targetSource) / room : Number.NaN,
  };
}
