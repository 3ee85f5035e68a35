/**
 * How the 52 weights move skin: smooth fields around the features of the closed, resting face. Lids, jaw and the meeting
 * of the lips bend and are in `head-motion.ts`; here is what moves along straight lines.
 */
import { EXPRESSION_NAMES, type ExpressionName } from '../base/index.js';
import { FACE_POINTS, FACE_POSITIONS } from './canonical-face.js';
import { LID_UPPER, LID_UPPER_2, LIP_LOWER, LIP_UPPER, mirrored } from './topology.js';

/** The canonical face with its lips closed and its eyes at a rested opening: the pose all fields are defined in. */
export const REST_FACE: Float32Array = (() => {
  const rest = Float32Array.from(FACE_POSITIONS);
  // The detector's points lie a little higher along the jaw and lower on the forehead than the canonical ones: they slide
  // along the skin there, nothing that is drawn moves.
  for (let i = 0; i < FACE_POINTS; i++) {
    const x = Math.abs(rest[i * 3] as number);
    const y = rest[i * 3 + 1] as number;
    const outer = Math.min(1, Math.max(0, (x - 3.6) / 3)) * Math.min(1, Math.max(0, (2 - y) / 2));
    const chin = Math.min(1, Math.max(0, (-6.4 - y) / 2));
    const forehead = Math.min(1, Math.max(0, (y - 5.4) / 2));
    const jaw = outer * Math.min(1, Math.max(0, (-3 - y) / 2));
    rest[i * 3 + 1] = y + 0.36 * Math.max(outer, chin) + 0.24 * jaw - 0.3 * forehead;
  }
  const keep = [0.25, 0.5, 0.78, 1];
  LIP_UPPER.forEach((upper, column) => {
    if (column === 0 || column === LIP_UPPER.length - 1) return;
    const lower = LIP_LOWER[column] as readonly number[];
    const u = upper[3] as number;
    const l = lower[3] as number;
    for (let k = 0; k < 3; k++) {
      const gap = (FACE_POSITIONS[l * 3 + k] as number) - (FACE_POSITIONS[u * 3 + k] as number);
      for (let row = 0; row < 4; row++) {
        const share = (keep[row] as number) * gap * (k === 1 ? 0.56 : 0.5);
        const pu = (upper[row] as number) * 3 + k;
        const pl = (lower[row] as number) * 3 + k;
        rest[pu] = (rest[pu] as number) + share;
        rest[pl] = (rest[pl] as number) - share;
      }
    }
  });
  const raise = (row: readonly number[], by: number): void => {
    for (const side of [row, mirrored(row)])
      side.forEach((p, i) => {
        const bump = Math.sin((i / 8) * Math.PI);
        rest[p * 3 + 1] = (rest[p * 3 + 1] as number) + by * bump;
        rest[p * 3 + 2] = (rest[p * 3 + 2] as number) - by * 0.2 * bump;
      });
  };
  // A rested mouth does not hang at the corners.
  for (const column of [LIP_UPPER[0], LIP_UPPER[1], LIP_LOWER[1], LIP_UPPER[10], LIP_UPPER[9], LIP_LOWER[9]])
    for (const p of column ?? []) rest[p * 3 + 1] = (rest[p * 3 + 1] as number) + 0.1;
  raise(LID_UPPER, 0.25);
  raise(LID_UPPER_2, 0.12);
  return rest;
})();

/** 1 for points above the line where the lips meet, -1 below, exact for the lips themselves. */
const ABOVE: Int8Array = new Int8Array(FACE_POINTS);
for (let i = 0; i < FACE_POINTS; i++) ABOVE[i] = (REST_FACE[i * 3 + 1] as number) > -4.3 ? 1 : -1;
for (const column of LIP_UPPER.slice(1, -1)) for (const p of column) ABOVE[p] = 1;
for (const column of LIP_LOWER.slice(1, -1)) for (const p of column) ABOVE[p] = -1;

/** A Gaussian of movement on the person's left (x > 0); `lips` limits it to one side of the mouth line. */
interface Push {
  readonly at: readonly [number, number];
  readonly size: readonly [number, number];
  readonly by: readonly [number, number, number];
  readonly lips?: 1 | -1;
  /** Moves towards (negative) or from the middle instead: share of x. */
  readonly spread?: number;
}

const both = (push: Push): Push[] => [
  push,
  { ...push, at: [-push.at[0], push.at[1]], by: [-push.by[0], push.by[1], push.by[2]] },
];

const SIDED: Readonly<Record<string, readonly Push[]>> = {
  browDown: [
    { at: [2.8, 4.7], size: [2.2, 1.1], by: [-0.12, -0.5, 0.08] },
    { at: [1.3, 4.6], size: [1, 1], by: [-0.28, -0.28, 0.16] },
    { at: [2.8, 3.3], size: [1.8, 0.5], by: [0, -0.16, 0.02] },
  ],
  browOuterUp: [{ at: [4.4, 4.9], size: [1.8, 1.3], by: [0, 0.72, 0] }],
  cheekSquint: [
    { at: [3.9, 0.6], size: [2, 1.1], by: [0, 0.34, 0.2] },
    { at: [3.2, 2.05], size: [1.3, 0.35], by: [0, 0.16, 0.02] },
  ],
  mouthDimple: [{ at: [2.5, -4.3], size: [0.9, 0.9], by: [0.3, 0.06, -0.32] }],
  mouthFrown: [{ at: [2.5, -4.5], size: [1.15, 1.1], by: [0.08, -0.66, 0] }],
  mouthLowerDown: [
    { at: [1.1, -5], size: [1.15, 0.95], by: [0.08, -0.62, 0], lips: -1 },
    { at: [1.1, -6.4], size: [1.3, 1], by: [0, -0.2, 0], lips: -1 },
  ],
  mouthPress: [
    { at: [1.2, -3.6], size: [1.4, 0.6], by: [0.04, -0.14, -0.16], lips: 1 },
    { at: [1.2, -5], size: [1.4, 0.6], by: [0.04, 0.16, -0.16], lips: -1 },
  ],
  mouthSmile: [
    { at: [2.45, -4.3], size: [1.25, 1.15], by: [0.72, 0.72, -0.5] },
    { at: [4.3, -0.9], size: [1.7, 1.6], by: [0.12, 0.42, 0.34] },
    { at: [3.5, -3], size: [1, 1.2], by: [0.28, 0.16, 0.1] },
    { at: [1.1, -3.4], size: [1, 0.6], by: [0.1, 0.14, -0.1], lips: 1 },
    { at: [1.1, -5], size: [1, 0.7], by: [0.1, 0.06, -0.1], lips: -1 },
  ],
  mouthStretch: [{ at: [2.5, -4.5], size: [1.3, 1.3], by: [0.66, -0.22, -0.34] }],
  mouthUpperUp: [
    { at: [1.1, -3.5], size: [1.1, 0.9], by: [0, 0.5, 0.04], lips: 1 },
    { at: [1.9, -2], size: [0.9, 1], by: [0, 0.22, 0.06], lips: 1 },
  ],
  noseSneer: [
    { at: [1.6, -0.8], size: [1, 1.2], by: [0.04, 0.36, 0.1] },
    { at: [1.3, -3.2], size: [0.9, 0.9], by: [0, 0.2, 0], lips: 1 },
    { at: [1.2, 4.4], size: [0.9, 0.8], by: [-0.06, -0.14, 0.05] },
  ],
};

const MIDDLE: Readonly<Partial<Record<ExpressionName, readonly Push[]>>> = {
  browInnerUp: both({ at: [1.5, 4.9], size: [1.35, 1.25], by: [-0.08, 0.78, 0.05] }),
  cheekPuff: both({ at: [3.7, -4], size: [1.9, 1.9], by: [0.72, 0, 0.62] }),
  mouthFunnel: [
    { at: [0, -4.4], size: [2.6, 1.7], by: [0, 0, 0.52], spread: -0.24 },
    { at: [0, -3.5], size: [1.5, 0.7], by: [0, 0.26, 0.1], lips: 1 },
    { at: [0, -5], size: [1.5, 0.8], by: [0, -0.34, 0.08], lips: -1 },
  ],
  mouthPucker: [{ at: [0, -4.4], size: [2.8, 1.8], by: [0, 0, 0.6], spread: -0.4 }],
  mouthLeft: [{ at: [0, -4.4], size: [2.8, 1.9], by: [0.85, 0, 0] }],
  mouthRight: [{ at: [0, -4.4], size: [2.8, 1.9], by: [-0.85, 0, 0] }],
  mouthRollLower: [{ at: [0, -4.85], size: [1.8, 0.6], by: [0, 0.24, -0.44], lips: -1 }],
  mouthRollUpper: [{ at: [0, -3.65], size: [1.8, 0.55], by: [0, -0.22, -0.44], lips: 1 }],
  mouthShrugLower: [{ at: [0, -6], size: [1.9, 1.8], by: [0, 0.5, 0.26], lips: -1 }],
  mouthShrugUpper: [{ at: [0, -3.4], size: [1.6, 0.8], by: [0, 0.34, 0.14], lips: 1 }],
};

/** The moved points of one weight: point index and x, y, z in centimetres at weight 1. */
export interface Field {
  /** Index into `EXPRESSION_NAMES`. */
  readonly weight: number;
  readonly points: Uint16Array;
  readonly moves: Float32Array;
}

function compile(weight: number, pushes: readonly Push[], mirror: boolean): Field {
  const points: number[] = [];
  const moves: number[] = [];
  for (let i = 0; i < FACE_POINTS; i++) {
    const x = (REST_FACE[i * 3] as number) * (mirror ? -1 : 1);
    const y = REST_FACE[i * 3 + 1] as number;
    let mx = 0;
    let my = 0;
    let mz = 0;
    for (const { at, size, by, lips, spread } of pushes) {
      if (lips !== undefined && ABOVE[i] !== lips) continue;
      const g = Math.exp(-(((x - at[0]) / size[0]) ** 2 + ((y - at[1]) / size[1]) ** 2) / 2);
      // The ears and the back of the jaw do not smile.
      const front = 1 / (1 + Math.exp(-((REST_FACE[i * 3 + 2] as number) - 0.6) * 2));
      mx += g * front * (by[0] + (spread ?? 0) * x);
      my += g * front * by[1];
      mz += g * front * by[2];
    }
    if (mx * mx + my * my + mz * mz < 1e-6) continue;
    points.push(i);
    moves.push(mirror ? -mx : mx, my, mz);
  }
  return { weight, points: Uint16Array.from(points), moves: Float32Array.from(moves) };
}

/** All fields; weights without one (blink, gaze, jaw, tongue) act elsewhere. */
export const FIELDS: readonly Field[] = EXPRESSION_NAMES.flatMap((name, weight) => {
  const middle = MIDDLE[name];
  if (middle) return [compile(weight, middle, false)];
  const side = /^(.*)(Left|Right)$/.exec(name);
  const pushes = side ? SIDED[side[1] as string] : undefined;
  return pushes ? [compile(weight, pushes, side?.[2] === 'Right')] : [];
});

const smoothstep = (a: number, b: number, v: number): number => {
  const t = Math.max(0, Math.min(1, (v - a) / (b - a)));
  return t * t * (3 - 2 * t);
};

/** Share of the jaw's motion that each point of the face takes. */
export const JAW_SHARE: Float32Array = (() => {
  const share = new Float32Array(FACE_POINTS);
  for (let i = 0; i < FACE_POINTS; i++) {
    const x = Math.abs(REST_FACE[i * 3] as number);
    const y = REST_FACE[i * 3 + 1] as number;
    const lateral = smoothstep(2, 4.4, x);
    const central = (ABOVE[i] as number) < 0 ? 1 - 0.5 * smoothstep(0.9, 2.5, x) * smoothstep(-7, -4.6, y) : 0;
    // The upper lip is drawn along a little towards the corners.
    const upper = (ABOVE[i] as number) > 0 && y < -3 ? 0.34 * smoothstep(1, 2.5, x) : 0;
    const side = smoothstep(0.5, -6.2, y);
    share[i] = Math.max(central, upper) * (1 - lateral) + side * lateral;
  }
  for (const corner of [LIP_UPPER[0], LIP_UPPER[10]] as readonly (readonly number[])[])
    for (const p of corner) share[p] = 0.45;
  return share;
})();
