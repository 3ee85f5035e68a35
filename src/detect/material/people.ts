/** Who is who across the stretches of a video that were followed separately. */
import { type Identity, meanIdentity, sameness } from '../../faces/index.js';

/** Cosines between one person and two, measured on single pictures; those of the faces room. */
const THRESHOLDS = { a: 0.6, b: 0.4 };

/** A track of one window. */
export interface Appearance {
  readonly window: number;
  /** Median width of the face in pixels. */
  readonly width: number;
  /** Frames it was seen on. */
  readonly frames: number;
  readonly identity: Identity;
}

/** One person of the file: the indices of their appearances. */
export interface Joined {
  readonly appearances: readonly number[];
  readonly width: number;
  readonly frames: number;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/**
 * Joins appearances by identity: each goes to the most similar person that is not on screen at the same time, or becomes
 * a new one.
 *
 * @returns people, those seen largest and longest first
 */
export function joinAppearances(list: readonly Appearance[]): Joined[] {
  const groups: number[][] = [];
  list.forEach((one, index) => {
    let best: { group: number[]; score: number } | null = null;
    for (const group of groups) {
      const members = group.map((i) => list[i] as Appearance);
      if (members.some((m) => m.window === one.window)) continue;
      const score = sameness(one.identity, meanIdentity(members.map((m) => m.identity)), THRESHOLDS);
      if (score > 0 && (best === null || score > best.score)) best = { group, score };
    }
    if (best === null) groups.push([index]);
    else best.group.push(index);
  });
  const joined = groups.map((appearances) => ({
    appearances,
    width: median(appearances.map((i) => (list[i] as Appearance).width)),
    frames: appearances.reduce((sum, i) => sum + (list[i] as Appearance).frames, 0),
  }));
  return joined.sort((a, b) => b.width * b.frames - a.width * a.frames);
}
