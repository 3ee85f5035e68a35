/**
 * Who a head is: a linear space of shapes. Each name moves smooth lobes of space (face, skull, eyes and hair alike) by so
 * many centimetres for one standard deviation.
 */

/** One smooth lobe: within a Gaussian around `at`, points move by `by` and stretch by `stretch` away from `at`. */
interface Lobe {
  readonly at: readonly [number, number, number];
  readonly size: readonly [number, number, number];
  readonly by?: readonly [number, number, number];
  readonly stretch?: readonly [number, number, number];
  /** False for a lobe in the middle; else the same happens on the other side. */
  readonly pair?: boolean;
}

const FAR = 60;

const LOBES: Readonly<Record<string, readonly Lobe[]>> = {
  faceWidth: [{ at: [0, 0, -2], size: [FAR, 12, FAR], stretch: [0.045, 0, 0] }],
  headWidth: [{ at: [0, 5, -4], size: [FAR, 6, FAR], stretch: [0.03, 0, 0] }],
  headHeight: [{ at: [0, 12, -4], size: [20, 7, 20], by: [0, 0.55, 0] }],
  headDepth: [{ at: [0, 3, -13], size: [14, 12, 7], by: [0, 0, -0.6] }],
  lowerFace: [{ at: [0, -11, 3], size: [14, 6.2, 14], by: [0, -0.62, 0] }],
  midFace: [{ at: [0, -6, 3], size: [20, 7, 20], by: [0, -0.4, 0] }],
  jawWidth: [{ at: [6.2, -5.5, -1], size: [3.4, 3.4, 5], by: [0.62, 0, 0], pair: true }],
  jawAngle: [{ at: [6.4, -5.2, -1.5], size: [2.6, 3, 4], by: [0.15, -0.75, 0], pair: true }],
  chinWidth: [{ at: [2.4, -8.8, 3.4], size: [2.2, 2.2, 4], by: [0.5, 0, 0], pair: true }],
  chinForward: [{ at: [0, -8.4, 4.5], size: [3.2, 2.4, 5], by: [0, 0, 0.55] }],
  chinHeight: [{ at: [0, -9.4, 4], size: [3.4, 2.2, 5], by: [0, -0.5, 0] }],
  chinCleft: [{ at: [0, -8.2, 5], size: [0.55, 1.2, 3], by: [0, 0, -0.16] }],
  cheekbones: [{ at: [5.6, 0.2, 2.6], size: [2, 1.8, 4], by: [0.38, 0.08, 0.36], pair: true }],
  cheekFull: [{ at: [4.8, -3.6, 2.6], size: [2.2, 2.5, 4], by: [0.5, -0.05, 0.34], pair: true }],
  temples: [{ at: [7, 4.4, 0], size: [2.4, 3, 4], by: [0.4, 0, 0], pair: true }],
  foreheadHeight: [{ at: [0, 9.2, 3.5], size: [12, 3.2, 9], by: [0, 0.55, 0.05] }],
  foreheadSlope: [{ at: [0, 8.2, 4], size: [9, 3, 7], by: [0, 0, -0.5] }],
  browRidge: [{ at: [2.8, 4.4, 5], size: [2.6, 1, 3], by: [0, -0.06, 0.3], pair: true }],
  browHeight: [{ at: [3.2, 4.9, 4.6], size: [3, 1.1, 4], by: [0, 0.32, 0], pair: true }],
  browTilt: [
    { at: [5.2, 4.6, 3], size: [1.6, 1.2, 4], by: [0, 0.26, 0], pair: true },
    { at: [1.4, 4.7, 5], size: [1.2, 1.1, 4], by: [0, -0.2, 0], pair: true },
  ],
  noseLength: [{ at: [0, -1.6, 7], size: [2.6, 2, 4], by: [0, -0.38, 0] }],
  noseWidth: [{ at: [1.6, -1.2, 5.4], size: [1.2, 1.2, 2.4], by: [0.26, 0, 0], pair: true }],
  noseBridge: [{ at: [0, 2, 6], size: [1.2, 2.1, 2.5], by: [0, 0, 0.36] }],
  noseBridgeWidth: [{ at: [0.9, 2, 5.4], size: [0.9, 2, 2], by: [0.14, 0, 0], pair: true }],
  noseProject: [{ at: [0, -0.8, 7.4], size: [1.7, 1.8, 3], by: [0, 0, 0.38] }],
  noseTip: [{ at: [0, -0.9, 7.5], size: [1.3, 1.2, 2.4], by: [0, 0.36, 0.05] }],
  noseBall: [{ at: [0, -0.8, 7], size: [1.3, 1, 1.6], stretch: [0.11, 0.07, 0.04] }],
  nostrilFlare: [{ at: [1.7, -1.3, 5.2], size: [0.7, 0.8, 1.8], by: [0.18, 0.12, 0], pair: true }],
  noseHump: [{ at: [0, 1.1, 6.7], size: [0.9, 0.9, 1.6], by: [0, 0, 0.24] }],
  eyeSize: [{ at: [3.15, 2.62, 3.6], size: [1.9, 1.3, 4], stretch: [0.07, 0.11, 0], pair: true }],
  eyeOpen: [{ at: [3.15, 3.1, 3.9], size: [1.2, 0.34, 3], by: [0, 0.11, 0], pair: true }],
  eyeSpacing: [{ at: [3.15, 2.62, 3.6], size: [2.4, 2.2, 5], by: [0.2, 0, 0], pair: true }],
  eyeTilt: [
    { at: [4.4, 2.66, 3.2], size: [0.9, 0.9, 3], by: [0, 0.19, 0], pair: true },
    { at: [1.9, 2.6, 3.7], size: [0.8, 0.8, 3], by: [0, -0.11, 0], pair: true },
  ],
  eyeDepth: [{ at: [3.1, 3, 3.6], size: [2, 1.5, 3], by: [0, 0, -0.26], pair: true }],
  eyeBags: [{ at: [3.2, 1.4, 4], size: [1.3, 0.5, 2.5], by: [0, -0.03, 0.13], pair: true }],
  mouthWidth: [{ at: [0, -4.4, 4.6], size: [3.4, 1.9, 4], stretch: [0.085, 0, 0] }],
  mouthHeight: [{ at: [0, -4.4, 5], size: [3.6, 2.2, 5], by: [0, 0.3, 0] }],
  mouthForward: [{ at: [0, -4.4, 5], size: [3, 2.2, 4], by: [0, 0, 0.36] }],
  mouthCorner: [{ at: [2.3, -4.35, 4.2], size: [0.9, 0.8, 2], by: [0, 0.16, 0], pair: true }],
  lipUpper: [
    { at: [0, -3.25, 5.8], size: [1.9, 0.5, 2.5], by: [0, 0.2, 0.09] },
    { at: [0, -3.8, 5.8], size: [1.9, 0.3, 2], by: [0, 0, 0.07] },
  ],
  lipLower: [
    { at: [0, -5.45, 5.5], size: [1.9, 0.55, 2.5], by: [0, -0.24, 0.07] },
    { at: [0, -4.9, 5.5], size: [1.9, 0.35, 2], by: [0, 0, 0.1] },
  ],
  lipBow: [{ at: [0, -3.35, 5.9], size: [0.42, 0.32, 2], by: [0, -0.11, 0] }],
  philtrum: [{ at: [0, -2.7, 6], size: [0.4, 0.7, 2], by: [0, 0, -0.1] }],
  neckWidth: [{ at: [0, -12, -5], size: [FAR, 5.5, FAR], stretch: [0.09, 0, 0.04] }],
  shoulders: [{ at: [0, -24, -6], size: [FAR, 7, FAR], stretch: [0.07, 0, 0] }],
  // Small differences between the two sides, as every face has them.
  skewNose: [{ at: [0, -0.6, 7.4], size: [1.4, 1.8, 3], by: [0.1, 0, 0] }],
  skewMouth: [{ at: [2.2, -4.4, 4.5], size: [1.6, 1.2, 3], by: [0, 0.11, 0] }],
  skewBrow: [{ at: [3.2, 4.8, 4.5], size: [2.4, 1.2, 4], by: [0, 0.13, 0] }],
  skewJaw: [{ at: [0, -9, 3.5], size: [5, 3, 6], by: [0.16, 0, 0] }],
  skewEye: [{ at: [3.15, 2.62, 3.6], size: [1.6, 1, 4], by: [0, 0.06, 0] }],
};

/** The names of the shape space. */
export const SHAPE_NAMES: readonly string[] = Object.keys(LOBES);

interface Active extends Lobe {
  readonly amount: number;
}

function active(shape: Readonly<Record<string, number>>): Active[] {
  const out: Active[] = [];
  for (const name of SHAPE_NAMES) {
    const amount = shape[name] ?? 0;
    if (amount === 0) continue;
    for (const lobe of LOBES[name] as readonly Lobe[]) {
      out.push({ ...lobe, amount });
      if (!lobe.pair) continue;
      const by = lobe.by ?? [0, 0, 0];
      const pair: Active = {
        at: [-lobe.at[0], lobe.at[1], lobe.at[2]],
        size: lobe.size,
        by: [-by[0], by[1], by[2]],
        amount,
      };
      out.push(lobe.stretch ? { ...pair, stretch: lobe.stretch } : pair);
    }
  }
  return out;
}

/**
 * Moves points (x, y, z each, head space, centimetres) from the mean head to the head of a shape, in place.
 *
 * @example
 * warpToShape(positions, { noseLength: 1.5, jawWidth: -1 });
 */
export function warpToShape(points: Float32Array, shape: Readonly<Record<string, number>>): void {
  const lobes = active(shape);
  for (let i = 0; i < points.length; i += 3) {
    const x = points[i] as number;
    const y = points[i + 1] as number;
    const z = points[i + 2] as number;
    let mx = 0;
    let my = 0;
    let mz = 0;
    for (const { at, size, by, stretch, amount } of lobes) {
      const dx = x - at[0];
      const dy = y - at[1];
      const dz = z - at[2];
      const q = (dx / size[0]) ** 2 + (dy / size[1]) ** 2 + (dz / size[2]) ** 2;
      if (q > 9) continue;
      const g = Math.exp(-q / 2) * amount;
      if (by) {
        mx += g * by[0];
        my += g * by[1];
        mz += g * by[2];
      }
      if (stretch) {
        mx += g * stretch[0] * dx;
        my += g * stretch[1] * dy;
        mz += g * stretch[2] * dz;
      }
    }
    points[i] = x + mx;
    points[i + 1] = y + my;
    points[i + 2] = z + mz;
  }
}
