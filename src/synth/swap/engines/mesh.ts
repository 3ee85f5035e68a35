/**
 * The engine without training: for every face of the target the source's best-matching pictures, warped piece by piece
 * onto the target's mesh. An instant preview, and the fallback where there is no time to train. It knows no more of the
 * source than the pictures show: turned further than they were, a face smears.
 */
import { FACE_OVAL, MESH_COUNT } from '../../../faces/index.js';
import { convexDistance, smoothstep } from '../../blend/grid.js';
import { defineSwapEngine } from '../engine.js';
import { FACE_SET_MARGIN, type FaceSet, openFaceSet } from '../face-set.js';
import { convexHull } from '../masks.js';
import { type Choice, choose } from '../mesh/choose.js';
import { MouthPainter, missingMouth, mouthGap } from '../mesh/mouth.js';
import { placeShape } from '../mesh/shape.js';
import { Warper, type WarpSource } from '../mesh/warp.js';
import type { FaceCrop, SwappedFace, SwapSession } from '../types.js';

/** Share of the source's own shape that the face takes on. */
const PROPORTIONS = 1;

/** Best-matching source pictures, warped over the face mesh. */
export const meshEngine = defineSwapEngine({
  id: 'mesh',
  title: 'Source pictures warped over the face mesh, no training',
  needsTraining: false,
  async prepare({ sourceFaces, read }): Promise<SwapSession> {
    return meshSession(await openFaceSet(sourceFaces, read));
  },
});

/** A session on a face set in memory. Crops have the size that the set was cut for. */
export function meshSession(set: FaceSet): SwapSession {
  const size = Math.max(32, Math.round(set.size / FACE_SET_MARGIN / 16) * 16);
  const warper = new Warper(size);
  const painter = new MouthPainter(size);
  const median = [...set.index.faces].map((f) => f.sharpness).sort((a, b) => a - b)[set.count >> 1] ?? 0;
  const usable = set.index.faces.map((f) => f.sharpness >= 0.6 * median);
  const gains = lightGains(set);
  const points = Array.from({ length: set.count }, (_, i) => set.points.subarray(i * 478 * 2, (i + 1) * 478 * 2));
  const neutral = Float32Array.from(set.index.neutral);
  const placed = new Float32Array(MESH_COUNT * 2);
  const blend = new Float32Array(size);
  const plane = new Float32Array(size * size);

  const one = (crop: FaceCrop): SwappedFace => {
    const upper = choose('upper', crop.drive, set.drives, usable);
    const lower = choose('lower', crop.drive, set.drives, usable);
    const share = (list: readonly Choice[], index: number): number => list.find((c) => c.index === index)?.weight ?? 0;
    const sources: WarpSource[] = [...new Set([...upper, ...lower].map((c) => c.index))].map((index) => ({
      size: set.size,
      rgb: set.rgb,
      at: index * set.size * set.size * 3,
      points: points[index] as Float32Array,
      upper: share(upper, index),
      lower: share(lower, index),
      gain: gains[index] as [number, number, number],
    }));
    placeShape(neutral, crop.neutral, crop.points, PROPORTIONS, placed);
    // The lower half of the face takes over between the tip of the nose and the upper lip.
    const from = crop.points[4 * 2 + 1] as number;
    const to = Math.max(from + 2, crop.points[0 * 2 + 1] as number);
    for (let y = 0; y < size; y++) blend[y] = smoothstep((y - from) / (to - from));
    const image = new Float32Array(3 * size * size);
    warper.warp(placed, crop.pose, sources, blend, crop.image, image);
    const had = lower.reduce((sum, c) => sum + c.weight * mouthGap(points[c.index] as Float32Array), 0);
    const missing = missingMouth(mouthGap(crop.points), had);
    if (missing > 0.01) painter.paint(crop.points, image, missing);
    return { size, image, mask: hullMask(crop.points, size, plane) };
  };
  return { size, shape: neutral, render: async (crops) => crops.map(one), close: async () => undefined };
}

/** 1 inside the hull of the face, falling to 0 over a twentieth of the crop outside of it. */
function hullMask(points: Float32Array, size: number, plane: Float32Array): Float32Array {
  const hull = convexHull(FACE_OVAL.map((i) => [points[i * 2] as number, points[i * 2 + 1] as number] as const)).flat();
  convexDistance(plane, size, { x0: 0, y0: 0, x1: size, y1: size }, hull);
  const reach = 0.05 * size;
  return plane.map((d) => smoothstep(1 + d / reach));
}

/** Factors per picture that bring the mean of its face to the median of the set: no breathing when the mixture changes. */
function lightGains(set: FaceSet): [number, number, number][] {
  const n = set.size * set.size;
  const means = Array.from({ length: set.count }, (_, f) => {
    const sum = [0, 0, 0];
    let count = 1;
    for (let i = 0; i < n; i += 7) {
      if ((set.masks[(f * n + i) * 2] as number) < 128) continue;
      count++;
      for (let c = 0; c < 3; c++) sum[c] = (sum[c] as number) + (set.rgb[(f * n + i) * 3 + c] as number);
    }
    return sum.map((s) => s / count);
  });
  const middle = [0, 1, 2].map((c) => means.map((m) => m[c] as number).sort((a, b) => a - b)[set.count >> 1] ?? 0);
  return means.map(
    (m) =>
      [0, 1, 2].map((c) => Math.max(0.7, Math.min(1.4, ((middle[c] as number) + 1) / ((m[c] as number) + 1)))) as [
        number,
        number,
        number,
      ],
  );
}
