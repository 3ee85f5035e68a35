/** A head of one actor in motion: from weights and gaze to the control points, eyeballs and jaw of one moment. */
import { expressionIndex } from '../base/index.js';
import { FACE_POINTS } from './canonical-face.js';
import { FIELDS, JAW_SHARE, REST_FACE } from './expression-fields.js';
import { buildHeadMesh, HEAD_POINTS, type HeadMesh } from './head-mesh.js';
import { warpToShape } from './shape.js';
import { applyRefinement, refine } from './subdivide.js';
import {
  EYE_RIM,
  LID_LOWER,
  LID_LOWER_2,
  LID_UPPER,
  LID_UPPER_2,
  LID_UPPER_3,
  LIP_LOWER,
  LIP_UPPER,
  mirrored,
} from './topology.js';
import type { Actor } from './types.js';

/** Where an eyeball is, in head space, centimetres. */
export interface Eyeball {
  readonly centre: readonly [number, number, number];
  readonly radius: number;
}

/** What does not move of one actor's head. */
export interface HeadModel {
  /** Control points at rest, of the actor's shape. */
  readonly rest: Float32Array;
  /** On the picture's left, then on its right, for a head that looks at the camera. */
  readonly eyes: readonly [Eyeball, Eyeball];
  /** Point the jaw turns about. */
  readonly hinge: readonly [number, number, number];
}

/** A head at one moment. */
export interface HeadShape {
  /** Control points, x y z each, head space, centimetres. */
  readonly points: Float32Array;
  /** Turn of the jaw in radians, and its shift. */
  readonly jaw: { readonly angle: number; readonly shift: readonly [number, number, number] };
  /** Radians each eye turns: picture's left, then right; x to the picture's right, y up. */
  readonly gaze: readonly [readonly [number, number], readonly [number, number]];
  readonly tongue: number;
}

/** Corners of eyes and mouth: subdivision leaves them sharp. */
export const CORNERS: ReadonlySet<number> = new Set([
  LID_UPPER[0] as number,
  LID_UPPER[8] as number,
  ...mirrored([LID_UPPER[0] as number, LID_UPPER[8] as number]),
  (LIP_UPPER[0] as readonly number[])[3] as number,
  (LIP_UPPER[10] as readonly number[])[3] as number,
]);

/**
 * The mean control mesh, shared by all actors. Subdivision shrinks what is small, such as nose and lids; the control points
 * stand out by as much, so that the smooth surface passes through the canonical points.
 */
export const MESH: HeadMesh = (() => {
  const mesh = buildHeadMesh();
  mesh.positions.set(REST_FACE);
  const wanted = Float32Array.from(mesh.positions);
  const once = refine(HEAD_POINTS, mesh.triangles, 1, CORNERS);
  const smooth = new Float32Array(once.count * 3);
  for (let round = 0; round < 3; round++) {
    applyRefinement(once, mesh.positions, 3, smooth);
    for (let i = 0; i < FACE_POINTS * 3; i++)
      mesh.positions[i] = (mesh.positions[i] as number) + 0.8 * ((wanted[i] as number) - (smooth[i] as number));
  }
  return mesh;
})();

const SIDES = [
  {
    upper: LID_UPPER,
    lower: LID_LOWER,
    upper2: LID_UPPER_2,
    lower2: LID_LOWER_2,
    upper3: LID_UPPER_3,
    rim: EYE_RIM,
    name: 'Right',
  },
  {
    upper: mirrored(LID_UPPER),
    lower: mirrored(LID_LOWER),
    upper2: mirrored(LID_UPPER_2),
    lower2: mirrored(LID_LOWER_2),
    upper3: mirrored(LID_UPPER_3),
    rim: mirrored(EYE_RIM),
    name: 'Left',
  },
] as const;

const JAW_RANGE = (21 * Math.PI) / 180;

const at = (points: Float32Array, i: number, k: number): number => points[i * 3 + k] as number;

/** Prepares an actor's head. */
export function buildHeadModel(actor: Actor): HeadModel {
  const rest = Float32Array.from(MESH.positions);
  warpToShape(rest, actor.shape);
  const eye = (side: (typeof SIDES)[number]): Eyeball => {
    const outer = side.upper[0] as number;
    const inner = side.upper[8] as number;
    const width = Math.hypot(...[0, 1, 2].map((k) => at(rest, outer, k) - at(rest, inner, k)));
    const radius = width * 0.5;
    let y = 0;
    for (const p of side.rim) y += at(rest, p, 1) / side.rim.length;
    const x = at(rest, outer, 0) * 0.48 + at(rest, inner, 0) * 0.52;
    const top = side.upper[4] as number;
    const bottom = side.lower[4] as number;
    const front = (at(rest, top, 2) + at(rest, bottom, 2)) / 2;
    return { centre: [x, y, front - radius * 0.985], radius };
  };
  const hinge = Float32Array.from([0, 0.2, -2.6]);
  warpToShape(hinge, actor.shape);
  return {
    rest,
    eyes: [eye(SIDES[0]), eye(SIDES[1])],
    hinge: [hinge[0] as number, hinge[1] as number, hinge[2] as number],
  };
}

const W = {
  jawOpen: expressionIndex('jawOpen'),
  jawForward: expressionIndex('jawForward'),
  jawLeft: expressionIndex('jawLeft'),
  jawRight: expressionIndex('jawRight'),
  mouthClose: expressionIndex('mouthClose'),
  tongueOut: expressionIndex('tongueOut'),
} as const;

const LOOK = (['Right', 'Left'] as const).map((side) => ({
  blink: expressionIndex(`eyeBlink${side}`),
  squint: expressionIndex(`eyeSquint${side}`),
  wide: expressionIndex(`eyeWide${side}`),
  up: expressionIndex(`eyeLookUp${side}`),
  down: expressionIndex(`eyeLookDown${side}`),
  in: expressionIndex(`eyeLookIn${side}`),
  out: expressionIndex(`eyeLookOut${side}`),
}));

function moveLids(
  points: Float32Array,
  side: (typeof SIDES)[number],
  eye: Eyeball,
  upper: number,
  lower: number,
): void {
  const [cx, cy, cz] = eye.centre;
  const shift = (p: number, x: number, y: number, z: number, clearance: number): void => {
    let px = at(points, p, 0) + x - cx;
    let py = at(points, p, 1) + y - cy;
    let pz = at(points, p, 2) + z - cz;
    const r = Math.hypot(px, py, pz);
    const least = eye.radius * clearance;
    if (r < least) {
      const f = least / r;
      px *= f;
      py *= f;
      pz *= f;
    }
    points[p * 3] = px + cx;
    points[p * 3 + 1] = py + cy;
    points[p * 3 + 2] = pz + cz;
  };
  const move: [number, number, number][] = [];
  const lift: [number, number, number][] = [];
  for (let i = 0; i <= 8; i++) {
    const u = side.upper[i] as number;
    const l = side.lower[i] as number;
    const d = [0, 1, 2].map((k) => at(points, l, k) - at(points, u, k)) as [number, number, number];
    // The lids meet near the lower one.
    move.push(d.map((v) => v * 0.86 * upper) as [number, number, number]);
    lift.push(d.map((v) => -v * (0.14 + 0.3 * Math.max(0, lower - 0.5)) * lower) as [number, number, number]);
  }
  for (let i = 0; i <= 8; i++) {
    const m = move[i] as [number, number, number];
    const n = lift[i] as [number, number, number];
    const edge = i > 0 && i < 8;
    shift(side.upper[i] as number, m[0], m[1], m[2], edge ? 1.05 : 0);
    if (edge) shift(side.lower[i] as number, n[0], n[1], n[2], 1.045);
    shift(side.upper2[i] as number, m[0] * 0.72, m[1] * 0.72, m[2] * 0.72, edge ? 1.1 : 0);
    shift(side.upper3[i] as number, m[0] * 0.16, m[1] * 0.16, m[2] * 0.16, 0);
    shift(side.lower2[i] as number, n[0] * 0.6, n[1] * 0.6, n[2] * 0.6, edge ? 1.08 : 0);
  }
}

function closeLips(points: Float32Array, amount: number): void {
  const share = [0.62, 0.8, 0.92, 1];
  for (let column = 1; column < LIP_UPPER.length - 1; column++) {
    const upper = LIP_UPPER[column] as readonly number[];
    const lower = LIP_LOWER[column] as readonly number[];
    for (let k = 0; k < 3; k++) {
      const u = at(points, upper[3] as number, k);
      const l = at(points, lower[3] as number, k);
      const meet = u * 0.6 + l * 0.4;
      for (let row = 0; row < 4; row++) {
        const s = (share[row] as number) * amount;
        const pu = (upper[row] as number) * 3 + k;
        const pl = (lower[row] as number) * 3 + k;
        points[pu] = (points[pu] as number) + (meet - u) * s;
        points[pl] = (points[pl] as number) + (meet - l) * s;
      }
    }
  }
}

/**
 * The head of one moment.
 *
 * @param expression 52 weights, 0..1
 * @param gaze degrees, x to the picture's right, y up; the `eyeLook...` weights turn the eyes as well
 */
export function moveHead(model: HeadModel, expression: Float32Array, gaze: readonly [number, number]): HeadShape {
  const points = Float32Array.from(model.rest);
  for (const field of FIELDS) {
    const w = expression[field.weight] as number;
    if (w === 0) continue;
    for (let i = 0; i < field.points.length; i++) {
      const p = (field.points[i] as number) * 3;
      for (let k = 0; k < 3; k++) points[p + k] = (points[p + k] as number) + w * (field.moves[i * 3 + k] as number);
    }
  }
  const weight = (i: number): number => expression[i] as number;
  const angle = weight(W.jawOpen) * JAW_RANGE;
  const shift = [
    0.75 * (weight(W.jawLeft) - weight(W.jawRight)),
    0,
    0.7 * weight(W.jawForward) + 0.15 * weight(W.jawOpen),
  ] as const;
  const [, hy, hz] = model.hinge;
  for (let i = 0; i < FACE_POINTS; i++) {
    const share = JAW_SHARE[i] as number;
    if (share === 0) continue;
    const a = angle * share;
    const y = at(points, i, 1) - hy;
    const z = at(points, i, 2) - hz;
    const c = Math.cos(a);
    const s = Math.sin(a);
    points[i * 3] = at(points, i, 0) * (1 - 0.06 * weight(W.jawOpen) * share) + shift[0] * share;
    points[i * 3 + 1] = hy + y * c - z * s;
    points[i * 3 + 2] = hz + z * c + y * s + shift[2] * share;
  }
  if (weight(W.mouthClose) > 0) closeLips(points, weight(W.mouthClose));

  const turns: [number, number][] = [];
  for (let s = 0; s < 2; s++) {
    const look = LOOK[s] as (typeof LOOK)[number];
    const inwards = s === 0 ? 1 : -1;
    const x = (gaze[0] * Math.PI) / 180 + 0.5 * inwards * (weight(look.in) - weight(look.out));
    const y = (gaze[1] * Math.PI) / 180 + 0.42 * weight(look.up) - 0.5 * weight(look.down);
    turns.push([x, y]);
    const blink = weight(look.blink);
    // The upper lid rides on the eyeball as it looks up and down.
    const follow = -y * 0.75 * (1 - blink);
    const upper = Math.min(
      1.02,
      Math.max(-0.55, blink + 0.28 * weight(look.squint) * (1 - blink) + follow - 0.42 * weight(look.wide)),
    );
    const lower = Math.min(
      1,
      Math.max(
        -0.8,
        blink * 0.75 + 1.4 * weight(look.squint) * (1 - blink) + Math.min(0, y * 0.9) - 0.3 * weight(look.wide),
      ),
    );
    const side = SIDES[s] as (typeof SIDES)[number];
    moveLids(points, side, model.eyes[s] as Eyeball, upper, lower);
  }
  MESH.follow.forEach(({ point, share }, i) => {
    if (share === 0) return;
    const p = (FACE_POINTS + i) * 3;
    for (let k = 0; k < 3; k++)
      points[p + k] = (points[p + k] as number) + share * (at(points, point, k) - at(model.rest, point, k));
  });
  return {
    points,
    jaw: { angle, shift: [shift[0], shift[1], shift[2]] },
    gaze: [turns[0] as [number, number], turns[1] as [number, number]],
    tongue: weight(W.tongueOut),
  };
}

/** Number of control points. */
export const CONTROL_POINTS: number = HEAD_POINTS;
