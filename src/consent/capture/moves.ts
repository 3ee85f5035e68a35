/**
 * Moves of a head, from what a track measures: which, when, in which order. Pure. A moment belongs to the move that
 * stands out most against the person's own rest; a move is a stretch of such moments that lasts.
 */
import type { Move } from './challenge.js';

/** One measured moment. */
export interface MoveSample {
  /** Seconds. */
  readonly at: number;
  /** Degrees, as in `Face.pose`. */
  readonly yaw: number;
  readonly pitch: number;
  /** Expression weights, 0..1. */
  readonly jawOpen: number;
  readonly blinkLeft: number;
  readonly blinkRight: number;
}

/** A move that was seen. */
export interface SeenMove {
  readonly move: Move;
  readonly from: number;
  readonly to: number;
  /** False for one so short that a blink, or a vowel, may look like it. */
  readonly sure: boolean;
}

/** How far is far enough; degrees from the person's own middle, or weights (of the lids: above their rest). Measured: docs/consent.md. */
const ENOUGH = { turn: 14, up: 9, jaw: 0.5, lids: 0.35 } as const;
/** Seconds a move lasts at least. */
const LASTS: Record<Move, number> = { turnLeft: 0.3, turnRight: 0.3, lookUp: 0.3, openMouth: 0.35, closeEyes: 0.35 };
/** From this many seconds on it is one for sure: double blinks and long vowels are over by then. */
const SURE: Record<Move, number> = { turnLeft: 0.3, turnRight: 0.3, lookUp: 0.3, openMouth: 0.6, closeEyes: 0.6 };
/** Seconds that may be missing inside a move. */
const BRIDGE = 0.15;
/** Beyond this many degrees of turn or tilt, lids cannot be judged. */
const LIDS_SEEN = 12;

const median = (values: readonly number[]): number =>
  [...values].sort((x, y) => x - y)[Math.floor(values.length / 2)] ?? 0;

/** What a person is like when they do nothing. */
interface Rest {
  readonly yaw: number;
  readonly pitch: number;
  readonly lids: number;
}

const lidsOf = (sample: MoveSample): number => (sample.blinkLeft + sample.blinkRight) / 2;

/** How a moment differs from the person's own rest. */
export interface FromRest {
  /** Degrees; above 0 is towards the picture's right, which is the person's own left. */
  readonly yaw: number;
  readonly pitch: number;
  /** Opening of the mouth and closing of the lids; 1 is enough. */
  readonly mouth: number;
  readonly lids: number;
}

/** The move that stands out most, or null where none is far enough. The page of a live capture asks this too. */
export function strongestMove({ yaw, pitch, mouth, lids }: FromRest): Move | null {
  const judged = Math.abs(yaw) < LIDS_SEEN && Math.abs(pitch) < LIDS_SEEN;
  const strengths: readonly (readonly [Move, number])[] = [
    ['turnLeft', yaw / ENOUGH.turn],
    ['turnRight', -yaw / ENOUGH.turn],
    ['lookUp', pitch / ENOUGH.up],
    ['openMouth', mouth],
    ['closeEyes', judged ? lids : 0],
  ];
  const [move, strength] = strengths.reduce((most, one) => (one[1] > most[1] ? one : most));
  return strength >= 1 ? move : null;
}

function labelOf(sample: MoveSample, rest: Rest, mirrored: boolean): Move | null {
  return strongestMove({
    yaw: (sample.yaw - rest.yaw) * (mirrored ? -1 : 1),
    pitch: sample.pitch - rest.pitch,
    mouth: sample.jawOpen / ENOUGH.jaw,
    lids: (lidsOf(sample) - rest.lids) / ENOUGH.lids,
  });
}

/**
 * The moves of a clip, in order of time.
 *
 * @param mirrored true for recordings of a camera that shows people as in a mirror
 */
export function seenMoves(samples: readonly MoveSample[], mirrored = false): SeenMove[] {
  const rest: Rest = {
    yaw: median(samples.map((s) => s.yaw)),
    pitch: median(samples.map((s) => s.pitch)),
    lids: median(samples.map(lidsOf)),
  };
  const stretches: { move: Move; from: number; to: number }[] = [];
  samples.forEach((sample, i) => {
    const move = labelOf(sample, rest, mirrored);
    if (move === null) return;
    const end = samples[i + 1]?.at ?? sample.at;
    const last = stretches.at(-1);
    if (last?.move === move && sample.at - last.to <= BRIDGE) last.to = end;
    else stretches.push({ move, from: sample.at, to: end });
  });
  const joined = stretches
    .filter(({ move, from, to }) => to - from >= LASTS[move] - 1e-6)
    .reduce<{ move: Move; from: number; to: number }[]>((out, one) => {
      // A move that was held with a short lapse is one move.
      const last = out.at(-1);
      if (last?.move === one.move && one.from - last.to < 0.3) last.to = one.to;
      else out.push({ ...one });
      return out;
    }, []);
  return joined.map((one) => ({ ...one, sure: one.to - one.from >= SURE[one.move] - 1e-6 }));
}

/** Longest common subsequence, of lengths that are a handful. */
function common(seen: readonly Move[], asked: readonly Move[]): number {
  let row = new Array<number>(asked.length + 1).fill(0);
  for (const move of seen) {
    const next = [0];
    asked.forEach((wanted, j) => {
      next.push(move === wanted ? (row[j] as number) + 1 : Math.max(row[j + 1] as number, next[j] as number));
    });
    row = next;
  }
  return row[asked.length] as number;
}

/** More doubtful moves than this are not weighed one by one. */
const MOST_DOUBTFUL = 8;

/**
 * The moves that count: all sure ones, and of the doubtful ones those that bring the whole nearest to what was asked.
 */
export function countedMoves(seen: readonly SeenMove[], asked: readonly Move[]): Move[] {
  const doubtful = seen.filter((one) => !one.sure).slice(0, MOST_DOUBTFUL);
  let best: Move[] = [];
  let bestScore = -1;
  for (let mask = 0; mask < 2 ** doubtful.length; mask++) {
    const kept = seen.filter((one) => one.sure || ((mask >> doubtful.indexOf(one)) & 1) === 1).map((one) => one.move);
    const score = moveScore(kept, asked);
    if (score > bestScore) [best, bestScore] = [kept, score];
  }
  return best;
}

/** 0..1: how much of the asked order was done, and nothing else; 1 only for exactly that order. */
export function moveScore(seen: readonly Move[], asked: readonly Move[]): number {
  return common(seen, asked) / Math.max(seen.length, asked.length, 1);
}
