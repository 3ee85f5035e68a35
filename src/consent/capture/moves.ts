/**
 * Moves of a head, from what a track measures: which, when, in which order. Pure. Head, mouth and lids are watched apart,
 * each against the person's own rest and own noise, so that a blink does not cut an open mouth in two; a move is a stretch
 * that goes far enough and lasts.
 */
import type { Move } from './challenge.js';

/** One measured moment. Lips and lids are those of the mesh turned to the front, so that a turn does not change them. */
export interface MoveSample {
  /** Seconds. */
  readonly at: number;
  /** Degrees, as in `Face.pose`. */
  readonly yaw: number;
  readonly pitch: number;
  /** Gap of the inner lips in centimetres of a head of average size. */
  readonly lips: number;
  /** Height over width of the eyes' opening, mean of both (the eye aspect ratio of Soukupova and Cech, 2016). */
  readonly eyes: number;
}

/** A move that was seen. */
export interface SeenMove {
  readonly move: Move;
  readonly from: number;
  readonly to: number;
  /** False for one so short that a blink, or a vowel, may look like it, and for one that goes along with a stronger one. */
  readonly sure: boolean;
}

/**
 * How far is far enough, from the person's own rest: degrees; centimetres between the lips; share of the eyes' own opening
 * that is gone. Measured: docs/capture.md.
 */
const ENOUGH = { turn: 14, up: 9, lips: 1.4, lids: 0.4 } as const;
/** Lids that tremble this many times less (median absolute deviation) than they close are closed. */
const OVER_NOISE = 5;
/** What moves on its own, and the share of enough at which a stretch that has enough somewhere begins and ends. */
const PARTS: readonly { readonly moves: readonly Move[]; readonly holds: number }[] = [
  { moves: ['turnLeft', 'turnRight', 'lookUp'], holds: 1 },
  { moves: ['openMouth'], holds: 0.6 },
  { moves: ['closeEyes'], holds: 0.6 },
];
/** Seconds a move lasts at least. */
const LASTS: Record<Move, number> = { turnLeft: 0.3, turnRight: 0.3, lookUp: 0.3, openMouth: 0.35, closeEyes: 0.35 };
/** From this many seconds of enough on it is one for sure: double blinks and long vowels are over by then. */
const SURE: Record<Move, number> = { turnLeft: 0.3, turnRight: 0.3, lookUp: 0.3, openMouth: 0.6, closeEyes: 0.6 };
/** Seconds that may be missing inside a move. */
const BRIDGE = 0.15;
/** A move that is done again within these seconds was held with a lapse, and is one. */
const LAPSE = 0.3;
/** Beyond this many degrees of turn or tilt, lids cannot be judged. */
const LIDS_SEEN = 12;

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((x, y) => x - y)[Math.floor(values.length * share)] ?? 0;
}
const median = (values: readonly number[]): number => quantile(values, 0.5);

/** How a moment differs from the person's own rest. */
export interface FromRest {
  /** Degrees; above 0 is towards the picture's right, which is the person's own left. */
  readonly yaw: number;
  readonly pitch: number;
  /** Opening of the mouth and closing of the lids; 1 is enough. */
  readonly mouth: number;
  readonly lids: number;
}

/** How far every move goes at a moment; 1 is enough. */
function strengthsOf({ yaw, pitch, mouth, lids }: FromRest): Record<Move, number> {
  const judged = Math.abs(yaw) < LIDS_SEEN && Math.abs(pitch) < LIDS_SEEN;
  return {
    turnLeft: yaw / ENOUGH.turn,
    turnRight: -yaw / ENOUGH.turn,
    lookUp: pitch / ENOUGH.up,
    openMouth: mouth,
    closeEyes: judged ? lids : 0,
  };
}

const strongestOf = (moves: readonly Move[], strengths: Record<Move, number>): Move =>
  moves.reduce((most, move) => (strengths[move] > strengths[most] ? move : most));

/** The move that stands out most, or null where none is far enough: what the page of a live capture asks. */
export function strongestMove(fromRest: FromRest): Move | null {
  const strengths = strengthsOf(fromRest);
  const move = strongestOf(Object.keys(strengths) as Move[], strengths);
  return strengths[move] >= 1 ? move : null;
}

/** How each moment differs from the person's rest, which is the middle of all moments. */
function fromRest(samples: readonly MoveSample[], mirrored: boolean): FromRest[] {
  const yaw = median(samples.map((s) => s.yaw));
  const pitch = median(samples.map((s) => s.pitch));
  const ahead = samples.filter((s) => Math.abs(s.yaw - yaw) < LIDS_SEEN && Math.abs(s.pitch - pitch) < LIDS_SEEN);
  // A little above the middle: whoever blinks and squints has eyes that are open wider than they mostly are.
  const open = Math.max(
    1e-6,
    quantile(
      ahead.map((s) => s.eyes),
      0.6,
    ),
  );
  const noise = median(ahead.map((s) => Math.abs(1 - s.eyes / open)));
  const shut = median(samples.map((s) => s.lips));
  return samples.map((s) => ({
    yaw: (s.yaw - yaw) * (mirrored ? -1 : 1),
    pitch: s.pitch - pitch,
    mouth: (s.lips - shut) / ENOUGH.lips,
    lids: (1 - s.eyes / open) / Math.max(ENOUGH.lids, OVER_NOISE * noise),
  }));
}

interface Stretch {
  readonly move: Move;
  readonly from: number;
  to: number;
  /** Seconds of enough. */
  full: number;
  peak: number;
}

/**
 * The moves of a clip, in order of time.
 *
 * @param mirrored true for recordings of a camera that shows people as in a mirror
 */
export function seenMoves(samples: readonly MoveSample[], mirrored = false): SeenMove[] {
  const strengths = fromRest(samples, mirrored).map(strengthsOf);
  const found = PARTS.flatMap(({ moves, holds }) => {
    const stretches: Stretch[] = [];
    samples.forEach(({ at }, i) => {
      const now = strengths[i] as Record<Move, number>;
      const move = strongestOf(moves, now);
      const strength = now[move];
      if (!(strength >= holds)) return;
      const to = samples[i + 1]?.at ?? at;
      const full = strength >= 1 ? to - at : 0;
      const last = stretches.at(-1);
      if (last?.move === move && at - last.to <= BRIDGE) {
        last.to = to;
        last.full += full;
        last.peak = Math.max(last.peak, strength);
      } else stretches.push({ move, from: at, to, full, peak: strength });
    });
    return stretches
      .filter(({ move, from, to, peak }) => peak >= 1 && to - from >= LASTS[move] - 1e-6)
      .reduce<Stretch[]>((out, one) => {
        const last = out.at(-1);
        if (last?.move === one.move && one.from - last.to < LAPSE) {
          last.to = one.to;
          last.full += one.full;
          last.peak = Math.max(last.peak, one.peak);
        } else out.push({ ...one });
        return out;
      }, []);
  });
  // A head goes back as a mouth opens wide, and a mouth opens as a head goes back: the lesser may be no move of its own.
  const goesAlong = (one: Stretch): boolean =>
    found.some(
      (other) =>
        other.peak > one.peak && Math.min(other.to, one.to) - Math.max(other.from, one.from) > (one.to - one.from) / 2,
    );
  return found
    .map((one) => ({
      move: one.move,
      from: one.from,
      to: one.to,
      sure: one.full >= SURE[one.move] - 1e-6 && !goesAlong(one),
    }))
    .sort((x, y) => x.from - y.from);
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
