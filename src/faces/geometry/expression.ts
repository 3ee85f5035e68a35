/**
 * Expression weights by measurement. No shipped net gives blendshapes, so each weight is a distance on the mesh after the
 * head has been turned to the front, against what that distance is at rest and at its most. Half of the 52 can be
 * measured so; the others, listed in {@link UNMEASURED}, stay 0.
 */
import { EXPRESSION_NAMES, type ExpressionName } from '../../base/index.js';
import type { Pose } from '../types.js';
import { eyeOpening } from './affine.js';
import { frontalised } from './pose.js';

/** Weights that the mesh does not show, or not reliably: always 0. */
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
  'mouthPressLeft',
  'mouthPressRight',
  'mouthRollLower',
  'mouthRollUpper',
  'mouthShrugLower',
  'mouthShrugUpper',
  'noseSneerLeft',
  'noseSneerRight',
  'tongueOut',
];

/** A measured number, what it is at rest and what it is at the full weight. */
type Range = readonly [rest: number, full: number];

const RANGES = {
  jawOpen: [0.3, 3.6],
  blink: [0.27, 0.1],
  wide: [0.36, 0.5],
  lookSide: [0.06, 0.42],
  lookUp: [0.02, 0.28],
  lookDown: [0.06, 0.34],
  browDown: [1.55, 1.05],
  browInnerUp: [1.75, 2.6],
  browOuterUp: [1.9, 2.7],
  smileOut: [0.1, 0.85],
  frown: [0.3, 1.0],
  stretch: [0.35, 1.1],
  narrow: [0.45, 1.6],
  mouthSide: [0.12, 0.8],
  jawSide: [0.2, 1.1],
  upperUp: [0.2, 0.8],
  lowerDown: [0.35, 1.2],
} as const satisfies Record<string, Range>;

const ramp = (value: number, [rest, full]: Range): number => Math.max(0, Math.min(1, (value - rest) / (full - rest)));

/**
 * The 52 weights of one face, 0..1, in the order of `EXPRESSION_NAMES`. They are made for the average face: a person whose
 * lids or brows rest elsewhere has an offset, which a track takes off with its own median.
 *
 * @param points 478 points, x y z in pixels
 * @param pose as fitted from the same points
 */
export function expression(points: Float32Array, pose: Pose): Float32Array {
  const front = frontalised(points, pose);
  const x = (i: number): number => front[3 * i] as number;
  const y = (i: number): number => front[3 * i + 1] as number;
  const weights = new Map<ExpressionName, number>();

  const opening = eyeOpening(front);
  for (const side of ['Left', 'Right'] as const) {
    // The person's left is the picture's right.
    const left = side === 'Left';
    const [outer, inner, iris] = left ? [263, 362, 473] : [33, 133, 468];
    const ratio = left ? opening.right : opening.left;
    weights.set(`eyeBlink${side}`, ramp(ratio, RANGES.blink));
    weights.set(`eyeWide${side}`, ramp(ratio, RANGES.wide));

    if (points.length >= 3 * 478) {
      const width = Math.hypot(x(outer) - x(inner), y(outer) - y(inner));
      const outward = ((x(iris) - (x(outer) + x(inner)) / 2) / width) * 2 * (left ? 1 : -1);
      const downward = ((y(iris) - (y(outer) + y(inner)) / 2) / width) * 2;
      weights.set(`eyeLookOut${side}`, ramp(outward, RANGES.lookSide));
      weights.set(`eyeLookIn${side}`, ramp(-outward, RANGES.lookSide));
      weights.set(`eyeLookUp${side}`, ramp(-downward, RANGES.lookUp));
      weights.set(`eyeLookDown${side}`, ramp(downward, RANGES.lookDown));
    }

    const eyeLine = (y(33) + y(133) + y(263) + y(362)) / 4;
    const [browInner, browOuter] = left ? [285, 283] : [55, 53];
    weights.set(`browDown${side}`, ramp(eyeLine - y(browInner), RANGES.browDown));
    weights.set(`browOuterUp${side}`, ramp(eyeLine - y(browOuter), RANGES.browOuterUp));
  }
  const browLift = (y(33) + y(133) + y(263) + y(362)) / 4 - (y(285) + y(55)) / 2;
  weights.set('browInnerUp', ramp(browLift, RANGES.browInnerUp));
  return Float32Array.from(EXPRESSION_NAMES, (name) => weights.get(name) ?? 0);
}
