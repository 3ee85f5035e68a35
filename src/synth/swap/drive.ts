/**
 * The drive vector: 24 numbers that say how a head is turned and what its mouth, eyes and brows do, apart from whose
 * head it is. The decoder gets them beside the code of the encoder. A code learned from two people carries expression
 * weakly across the gap between them (mouths come out half open); numbers measured from landmarks do not have that gap.
 */
import type { HeadFit } from '../../faces/index.js';

/** Length of a drive vector. */
export const DRIVE_LENGTH = 24;

/** Names of the numbers, in order; lengths are in interocular distances of the frontal head. */
export const DRIVE_NAMES = [
  'yaw',
  'pitch',
  'roll',
  'mouthGap',
  'mouthGapRight',
  'mouthGapLeft',
  'mouthWidth',
  'cornerHeight',
  'cornerTilt',
  'mouthShift',
  'upperLip',
  'lowerLip',
  'chin',
  'lipForward',
  'eyeRight',
  'eyeLeft',
  'gazeRightX',
  'gazeRightY',
  'gazeLeftX',
  'gazeLeftY',
  'browInnerRight',
  'browOuterRight',
  'browInnerLeft',
  'browOuterLeft',
] as const;

/** Typical spread of each number over people and expressions; what a net sees is divided by it. */
const SPREAD = [
  20, 12, 12, 0.12, 0.1, 0.1, 0.09, 0.06, 0.03, 0.03, 0.05, 0.12, 0.1, 0.06, 0.09, 0.09, 0.3, 0.3, 0.3, 0.3, 0.06, 0.06,
  0.06, 0.06,
];

/**
 * Those that differ between neutral faces of different people, and are therefore taken relative to the person's own. Pitch
 * and gaze are among them: fitted to one canonical face, every person has an offset of their own, up to ten degrees.
 */
const RELATIVE = [1, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23];
const EYES = [14, 15];

/** A person's neutral values, measured over a clip. */
export interface DriveReference {
  /** Raw drive vector of the person at rest. */
  readonly neutral: readonly number[];
  /** Raw eye opening of the open eye (85th percentile). */
  readonly openEye: number;
}

/**
 * Measures the raw drive vector of one face.
 *
 * @param points landmarks, 478 * 3, any similarity of picture coordinates
 * @param fit the rigid fit of the head to the canonical face (its inverse undoes turn, place and size)
 * @param pose degrees
 */
export function measureDrive(
  points: Float32Array,
  fit: HeadFit,
  pose: { readonly yaw: number; readonly pitch: number; readonly roll: number },
): Float32Array {
  const r = fit.rotation;
  const s = 1 / fit.scale;
  // Canonical units are centimetres with about 6.3 between the pupils.
  const unit = 1 / 6.3;
  const at = (i: number): [number, number, number] => {
    const x = ((points[i * 3] as number) - fit.centre[0]) * s * unit;
    const y = ((points[i * 3 + 1] as number) - fit.centre[1]) * s * unit;
    const z = ((points[i * 3 + 2] as number) - fit.centre[2]) * s * unit;
    // Transpose of the rotation.
    return [
      (r[0] as number) * x + (r[3] as number) * y + (r[6] as number) * z,
      (r[1] as number) * x + (r[4] as number) * y + (r[7] as number) * z,
      (r[2] as number) * x + (r[5] as number) * y + (r[8] as number) * z,
    ];
  };
  const distance = (a: number, b: number): number => {
    const p = at(a);
    const q = at(b);
    return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
  };
  const down = (a: number, b: number): number => at(a)[1] - at(b)[1];
  const eye = (outer: number, inner: number, lids: readonly (readonly [number, number])[]): number =>
    lids.reduce((sum, [u, l]) => sum + Math.max(0, down(l, u)), 0) /
    lids.length /
    Math.max(0.05, distance(outer, inner));
  const gaze = (iris: number, outer: number, inner: number): [number, number] => {
    const p = at(iris);
    const a = at(outer);
    const b = at(inner);
    const ex = b[0] - a[0];
    const ey = b[1] - a[1];
    const length = Math.max(1e-3, ex * ex + ey * ey);
    const mx = p[0] - (a[0] + b[0]) / 2;
    const my = p[1] - (a[1] + b[1]) / 2;
    // Along the eye and across it, both in half eye widths, x to the picture's right on both eyes.
    const sign = Math.sign(ex);
    return [(2 * sign * (mx * ex + my * ey)) / length, (2 * sign * (my * ex - mx * ey)) / length];
  };
  const cornerRight = at(61);
  const cornerLeft = at(291);
  const nose = at(2);
  const right = gaze(468, 33, 133);
  const left = gaze(473, 263, 362);
  const browRight = (i: number): number => (at(33)[1] + at(133)[1]) / 2 - at(i)[1];
  const browLeft = (i: number): number => (at(263)[1] + at(362)[1]) / 2 - at(i)[1];
  return Float32Array.of(
    pose.yaw,
    pose.pitch,
    pose.roll,
    Math.max(0, down(14, 13)),
    (Math.max(0, down(87, 82)) + Math.max(0, down(178, 81))) / 2,
    (Math.max(0, down(317, 312)) + Math.max(0, down(402, 311))) / 2,
    distance(61, 291),
    (cornerRight[1] + cornerLeft[1]) / 2 - nose[1],
    cornerLeft[1] - cornerRight[1],
    (cornerRight[0] + cornerLeft[0]) / 2 - nose[0],
    at(0)[1] - nose[1],
    at(17)[1] - nose[1],
    at(152)[1] - nose[1],
    (at(13)[2] + at(14)[2]) / 2 - nose[2],
    eye(33, 133, [
      [159, 145],
      [158, 153],
      [160, 144],
    ]),
    eye(263, 362, [
      [386, 374],
      [385, 380],
      [387, 373],
    ]),
    right[0],
    right[1],
    left[0],
    left[1],
    browRight(55),
    browRight(105),
    browLeft(285),
    browLeft(334),
  );
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(q * (sorted.length - 1))))] ?? 0;

/** A person's reference over many frames: the medians where the mouth is nearly shut, and the open eye. */
export function driveReference(raws: readonly Float32Array[]): DriveReference {
  const gap = raws.map((r) => r[3] as number).sort((a, b) => a - b);
  const shut = quantile(gap, 0.4);
  const calm = raws.filter((r) => (r[3] as number) <= shut);
  const use = calm.length > 0 ? calm : raws;
  const neutral = Array.from({ length: DRIVE_LENGTH }, (_, i) =>
    quantile(
      use.map((r) => r[i] as number).sort((a, b) => a - b),
      0.5,
    ),
  );
  const open = raws.flatMap((r) => EYES.map((i) => r[i] as number)).sort((a, b) => a - b);
  return { neutral, openEye: Math.max(0.08, quantile(open, 0.85)) };
}

/**
 * The drive vector that a net sees: relative to the person, in units of spread, limited to +-5.
 * Eyes are relative to the person's open eye: 0 is as open as usual, negative is closing.
 */
export function normaliseDrive(raw: Float32Array, reference: DriveReference): Float32Array {
  const out = new Float32Array(DRIVE_LENGTH);
  for (let i = 0; i < DRIVE_LENGTH; i++) {
    let v = raw[i] as number;
    if (RELATIVE.includes(i)) v -= reference.neutral[i] ?? 0;
    else if (EYES.includes(i)) v = (v / reference.openEye - 1) * 0.3;
    out[i] = Math.max(-5, Math.min(5, v / (SPREAD[i] as number)));
  }
  return out;
}

/** Partner of each number when the picture is mirrored, and whether its sign turns. */
const MIRROR: readonly (readonly [number, number])[] = [
  [0, -1],
  [1, 1],
  [2, -1],
  [3, 1],
  [5, 1],
  [4, 1],
  [6, 1],
  [7, 1],
  [8, -1],
  [9, -1],
  [10, 1],
  [11, 1],
  [12, 1],
  [13, 1],
  [15, 1],
  [14, 1],
  [18, -1],
  [19, 1],
  [16, -1],
  [17, 1],
  [22, 1],
  [23, 1],
  [20, 1],
  [21, 1],
];

/** The drive vector of the mirrored picture. Applying it twice gives the same vector. */
export function mirrorDrive(drive: Float32Array): Float32Array {
  return Float32Array.from(MIRROR, ([from, sign]) => (drive[from] as number) * sign);
}

/** The drive vector with some degrees of roll added (the crop was turned). */
export function rollDrive(drive: Float32Array, degrees: number): Float32Array {
  const out = drive.slice();
  out[2] = (out[2] as number) + degrees / (SPREAD[2] as number);
  return out;
}
