/**
 * Expression weights by measurement. No shipped net gives blendshapes, so each weight is a distance on the mesh after the
 * head has been turned to the front, against what that distance is at rest and at its most. The ranges come from the mesh
 * of drawn heads in known expressions and of 1,200 photographs; docs/models.md has the figures. What the mesh does not
 * show, or shows less than people differ at rest, is listed in {@link UNMEASURED} and stays 0.
 */
import { EXPRESSION_NAMES, type ExpressionName } from '../../base/index.js';
import type { Pose } from '../types.js';
import { eyeOpening } from './affine.js';
import { LANDMARK_COUNT } from './indices.js';
import { frontalised } from './pose.js';

/** Weights that are always 0. */
export const UNMEASURED: readonly ExpressionName[] = [
  'cheekPuff',
  'cheekSquintLeft',
  'cheekSquintRight',
  'eyeSquintLeft',
  'eyeSquintRight',
  'jawForward',
  'mouthClose',
  'mouthDimpleLeft',
  'mouthDimpleRight',
  'mouthLowerDownLeft',
  'mouthLowerDownRight',
  'mouthPressLeft',
  'mouthPressRight',
  'mouthRollLower',
  'mouthRollUpper',
  'mouthShrugLower',
  'mouthShrugUpper',
  'mouthUpperUpLeft',
  'mouthUpperUpRight',
  'noseSneerLeft',
  'noseSneerRight',
  'tongueOut',
];

/** What a measure is at weight 0 and at weight 1, in canonical centimetres or as a ratio. */
type Range = readonly [none: number, full: number];

const RANGES = {
  jawOpen: [0.3, 2.8],
  jawSide: [0.08, 0.3],
  blink: [0.25, 0.11],
  wide: [0.39, 0.5],
  lookSide: [0.06, 0.36],
  lookUp: [-0.17, -0.3],
  lookDown: [-0.05, 0.08],
  browDown: [1.35, 0.95],
  browInnerUp: [1.7, 2.2],
  browOuterUp: [1.5, 1.95],
  smile: [0.2, 0.95],
  frown: [0.1, 0.55],
  stretch: [0.15, 0.6],
  narrow: [4.9, 4.05],
  open: [0.3, 1.2],
  mouthSide: [0.12, 0.45],
} as const satisfies Record<string, Range>;

/** Where the mouth's corners rest: below the line of the eyes, and to the side of the nose. */
const CORNER_REST = { below: 7.2, aside: 2.65 } as const;

const ramp = (value: number, [none, full]: Range): number => Math.max(0, Math.min(1, (value - none) / (full - none)));

/** A mesh that looks straight ahead, with short names for its coordinates. */
class FrontFace {
  readonly #points: Float32Array;

  constructor(points: Float32Array, pose: Pose) {
    this.#points = frontalised(points, pose);
  }

  get points(): Float32Array {
    return this.#points;
  }

  x(index: number): number {
    return this.#points[3 * index] as number;
  }

  y(index: number): number {
    return this.#points[3 * index + 1] as number;
  }

  /** Mean height of some points. */
  height(...indices: readonly number[]): number {
    return indices.reduce((sum, i) => sum + this.y(i), 0) / indices.length;
  }
}

/** Landmarks of one side; `outward` is +1 on the picture's right, which is the person's left. */
interface Side {
  readonly name: 'Left' | 'Right';
  readonly outward: 1 | -1;
  readonly outer: number;
  readonly inner: number;
  readonly iris: number;
  readonly browOuter: number;
  readonly browInner: number;
  readonly corner: number;
}

const SIDES: readonly Side[] = [
  { name: 'Left', outward: 1, outer: 263, inner: 362, iris: 473, browOuter: 276, browInner: 285, corner: 291 },
  { name: 'Right', outward: -1, outer: 33, inner: 133, iris: 468, browOuter: 46, browInner: 55, corner: 61 },
];

type Weights = Map<ExpressionName, number>;

function measureEyes(face: FrontFace, into: Weights): void {
  const opening = eyeOpening(face.points);
  const eyeLine = face.height(33, 133, 263, 362);
  for (const { name, outward, browOuter, browInner } of SIDES) {
    const open = outward > 0 ? opening.right : opening.left;
    into.set(`eyeBlink${name}`, ramp(open, RANGES.blink));
    into.set(`eyeWide${name}`, ramp(open, RANGES.wide));
    into.set(`browDown${name}`, ramp(eyeLine - face.y(browInner), RANGES.browDown));
    into.set(`browOuterUp${name}`, ramp(eyeLine - face.y(browOuter), RANGES.browOuterUp));
  }
  into.set('browInnerUp', ramp(eyeLine - face.height(55, 285), RANGES.browInnerUp));
}

/** Both eyes are taken to look the same way, which halves the noise of the irises; a squint is not seen. */
function measureGaze(face: FrontFace, into: Weights): void {
  let [aside, down] = [0, 0];
  for (const { outer, inner, iris } of SIDES) {
    // In half eye widths from the middle between the corners.
    const eye = Math.hypot(face.x(outer) - face.x(inner), face.y(outer) - face.y(inner));
    aside += (face.x(iris) - (face.x(outer) + face.x(inner)) / 2) / eye;
    down += (face.y(iris) - (face.y(outer) + face.y(inner)) / 2) / eye;
  }
  for (const { name, outward } of SIDES) {
    into.set(`eyeLookOut${name}`, ramp(outward * aside, RANGES.lookSide));
    into.set(`eyeLookIn${name}`, ramp(-outward * aside, RANGES.lookSide));
    into.set(`eyeLookUp${name}`, ramp(down, RANGES.lookUp));
    into.set(`eyeLookDown${name}`, ramp(down, RANGES.lookDown));
  }
}

function measureMouth(face: FrontFace, into: Weights): void {
  const eyeLine = face.height(33, 133, 263, 362);
  const nose = face.x(2);
  const gap = face.y(14) - face.y(13);
  into.set('jawOpen', ramp(gap, RANGES.jawOpen));
  const chin = face.x(152) - nose;
  into.set('jawLeft', ramp(chin, RANGES.jawSide));
  into.set('jawRight', ramp(-chin, RANGES.jawSide));

  const middle = (face.x(61) + face.x(291)) / 2 - nose;
  into.set('mouthLeft', ramp(middle, RANGES.mouthSide));
  into.set('mouthRight', ramp(-middle, RANGES.mouthSide));

  // An open jaw pulls the corners down and in; what it takes is given back before anything else is read from them.
  for (const { name, outward, corner } of SIDES) {
    const up = CORNER_REST.below - (face.y(corner) - eyeLine) + 0.3 * gap;
    const out = outward * (face.x(corner) - nose - middle) - CORNER_REST.aside + 0.1 * gap;
    into.set(`mouthSmile${name}`, ramp((up + out) / 2, RANGES.smile));
    into.set(`mouthStretch${name}`, ramp(out - 0.8 * Math.max(0, up), RANGES.stretch));
    into.set(`mouthFrown${name}`, ramp(face.y(corner) - face.height(0, 17) + 0.08 * gap, RANGES.frown));
  }
  const narrow = ramp(face.x(291) - face.x(61) + 0.19 * gap, RANGES.narrow);
  const open = ramp(gap, RANGES.open);
  into.set('mouthPucker', narrow * (1 - open));
  into.set('mouthFunnel', narrow * open);
}

/**
 * The 52 weights of one face, 0..1, in the order of `EXPRESSION_NAMES`. They are made for the average face: a person whose
 * lids or brows rest elsewhere has an offset, which a track can take off with its own median.
 *
 * @param points 478 points, x y z in pixels; with 468 the eyes' directions stay 0
 * @param pose as fitted from the same points
 */
export function expression(points: Float32Array, pose: Pose): Float32Array {
  const face = new FrontFace(points, pose);
  const weights: Weights = new Map();
  measureEyes(face, weights);
  if (points.length >= 3 * LANDMARK_COUNT) measureGaze(face, weights);
  measureMouth(face, weights);
  return Float32Array.from(EXPRESSION_NAMES, (name) => weights.get(name) ?? 0);
}
