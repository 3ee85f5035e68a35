/** Which points of the canonical face are lids, lips and brows, and which triangles are skin. */
import { FACE_POINTS, FACE_POSITIONS, FACE_TRIANGLES } from './canonical-face.js';

/** Lid contour on the picture's left, outer corner to inner, over the top. */
export const LID_UPPER: readonly number[] = [33, 246, 161, 160, 159, 158, 157, 173, 133];
/** The same, along the lower lid. */
export const LID_LOWER: readonly number[] = [33, 7, 163, 144, 145, 153, 154, 155, 133];
/** The row of points around {@link LID_UPPER}. */
export const LID_UPPER_2: readonly number[] = [130, 247, 30, 29, 27, 28, 56, 190, 243];
/** The row of points around {@link LID_LOWER}. */
export const LID_LOWER_2: readonly number[] = [130, 25, 110, 24, 23, 22, 26, 112, 243];
/** The row above {@link LID_UPPER_2}, in the fold under the brow. */
export const LID_UPPER_3: readonly number[] = [226, 113, 225, 224, 223, 222, 221, 189, 244];

/** Upper lip columns from the picture's left corner to its right, each from the outer edge inwards. */
export const LIP_UPPER: readonly (readonly number[])[] = [
  [61, 76, 62, 78],
  [185, 184, 183, 191],
  [40, 74, 42, 80],
  [39, 73, 41, 81],
  [37, 72, 38, 82],
  [0, 11, 12, 13],
  [267, 302, 268, 312],
  [269, 303, 271, 311],
  [270, 304, 272, 310],
  [409, 408, 407, 415],
  [291, 306, 292, 308],
];
/** Lower lip columns in the same order. */
export const LIP_LOWER: readonly (readonly number[])[] = [
  [61, 76, 62, 78],
  [146, 77, 96, 95],
  [91, 90, 89, 88],
  [181, 180, 179, 178],
  [84, 85, 86, 87],
  [17, 16, 15, 14],
  [314, 315, 316, 317],
  [405, 404, 403, 402],
  [321, 320, 319, 318],
  [375, 307, 325, 324],
  [291, 306, 292, 308],
];

/** Brow on the picture's left, outer end to inner, upper edge. */
export const BROW_UPPER: readonly number[] = [70, 63, 105, 66, 107];
/** The same, lower edge. */
export const BROW_LOWER: readonly number[] = [46, 53, 52, 65, 55];

/** The rim of the face, clockwise in the picture from the top of the forehead. */
export const OVAL: readonly number[] = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
  172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];

/** For each point, its mirror image across the middle of the face. */
export const MIRROR: Uint16Array = new Uint16Array(FACE_POINTS);
for (let i = 0; i < FACE_POINTS; i++) {
  let best = Number.POSITIVE_INFINITY;
  for (let j = 0; j < FACE_POINTS; j++) {
    const dx = (FACE_POSITIONS[i * 3] as number) + (FACE_POSITIONS[j * 3] as number);
    const dy = (FACE_POSITIONS[i * 3 + 1] as number) - (FACE_POSITIONS[j * 3 + 1] as number);
    const dz = (FACE_POSITIONS[i * 3 + 2] as number) - (FACE_POSITIONS[j * 3 + 2] as number);
    const d = dx * dx + dy * dy + dz * dz;
    if (d < best) {
      best = d;
      MIRROR[i] = j;
    }
  }
}

/** The same list of points on the other side of the face. */
export function mirrored(points: readonly number[]): number[] {
  return points.map((p) => MIRROR[p] as number);
}

const inner = (rows: readonly (readonly number[])[]): number[] => rows.map((column) => column[3] as number);

/** The rim of the mouth opening, once around: the upper lip left to right, the lower lip back. */
export const MOUTH_RIM: readonly number[] = [...inner(LIP_UPPER), ...inner(LIP_LOWER).slice(1, -1).reverse()];

/** The rim of an eye opening, once around: the upper lid outer to inner, the lower lid back. */
export const EYE_RIM: readonly number[] = [...LID_UPPER, ...LID_LOWER.slice(1, -1).reverse()];

const rims = [new Set(MOUTH_RIM), new Set(EYE_RIM), new Set(mirrored(EYE_RIM))];

/** The triangles of the face without those that close the eyes and the mouth. */
export const SKIN_TRIANGLES: readonly (readonly [number, number, number])[] = (() => {
  const out: [number, number, number][] = [];
  for (let t = 0; t < FACE_TRIANGLES.length; t += 3) {
    const tri: [number, number, number] = [
      FACE_TRIANGLES[t] as number,
      FACE_TRIANGLES[t + 1] as number,
      FACE_TRIANGLES[t + 2] as number,
    ];
    if (!rims.some((rim) => tri.every((p) => rim.has(p)))) out.push(tri);
  }
  return out;
})();
