/** Which frames to show as the worst: those that stand out from the rest of the same clip, with varied reasons. */
import { quantile } from './stats.js';

/** One per-frame measure that can single out a frame. */
export interface Suspect {
  readonly frames: readonly number[];
  readonly values: readonly (number | null)[];
  /** Which end of the scale is bad. */
  readonly bad: 'low' | 'high';
  /** How far from the clip's median a value must be to be worth a picture, in the measure's own unit. */
  readonly notable: number;
  /** One sentence with the figure in it. */
  reason(value: number, median: number): string;
}

/** A frame that stands out. */
export interface Standout {
  readonly frame: number;
  readonly reason: string;
}

/** Distances of normal scatter that a value must be away from the median: three deviations of a normal distribution. */
const SCATTER = 3;

function standouts(suspect: Suspect): Standout[] {
  const pairs = suspect.frames.flatMap((frame, i) => {
    const value = suspect.values[i];
    return value === null || value === undefined || !Number.isFinite(value) ? [] : [{ frame, value }];
  });
  const values = pairs.map(({ value }) => value);
  const median = quantile(values, 0.5);
  const scatter =
    1.48 *
    quantile(
      values.map((value) => Math.abs(value - median)),
      0.5,
    );
  const needed = Math.max(suspect.notable, SCATTER * scatter);
  const sign = suspect.bad === 'high' ? 1 : -1;
  return pairs
    .map(({ frame, value }) => ({ frame, value, away: sign * (value - median) }))
    .filter(({ away }) => away > needed)
    .sort((a, b) => b.away - a.away)
    .map(({ frame, value }) => ({ frame, reason: suspect.reason(value, median) }));
}

/**
 * The worst frames, in order of time.
 *
 * @param most how many at the most
 * @param apart frames closer than this to one already chosen show the same moment again and are passed over
 */
export function worstFrames(suspects: readonly Suspect[], most: number, apart: number): Standout[] {
  const queues = suspects.map(standouts);
  const chosen: Standout[] = [];
  // Each measure in turn names its next worst, so that one bad measure does not take all places.
  while (chosen.length < most && queues.some((queue) => queue.length > 0)) {
    for (const queue of queues) {
      let next = queue.shift();
      while (next !== undefined && chosen.some(({ frame }) => Math.abs(frame - (next?.frame ?? 0)) < apart))
        next = queue.shift();
      if (next !== undefined && chosen.length < most) chosen.push(next);
    }
  }
  return chosen.sort((a, b) => a.frame - b.frame);
}
