/**
 * Which landmark is where. The numbers are those of the MediaPipe face mesh. `Left` and `Right` in these names are sides
 * of the picture, as in a portrait that looks at the viewer: `EYE_LEFT` is the person's right eye.
 */

/** Points of the mesh together with the irises. */
export const LANDMARK_COUNT = 478;

/** Points of the mesh alone; the irises follow. */
export const MESH_COUNT = 468;

/** The outline of the face, clockwise as seen, from the middle of the forehead. */
export const FACE_OVAL: readonly number[] = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
  172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];

/** The outer edge of the lips, clockwise as seen, from the corner on the left. */
export const LIPS_OUTER: readonly number[] = [
  61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146,
];

/** The inner edge of the lips, clockwise as seen, from the corner on the left. */
export const LIPS_INNER: readonly number[] = [
  78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95,
];

/** The opening of the eye on the picture's left, clockwise as seen, from its outer corner. */
export const EYE_LEFT: readonly number[] = [
  33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7,
];

/** The opening of the eye on the picture's right, clockwise as seen, from its inner corner. */
export const EYE_RIGHT: readonly number[] = [
  362, 398, 384, 385, 386, 387, 388, 466, 263, 249, 390, 373, 374, 380, 381, 382,
];

/** The brow on the picture's left: upper edge from outside to inside, then the lower edge back. */
export const BROW_LEFT: readonly number[] = [70, 63, 105, 66, 107, 55, 65, 52, 53, 46];

/** The brow on the picture's right: upper edge from inside to outside, then the lower edge back. */
export const BROW_RIGHT: readonly number[] = [336, 296, 334, 293, 300, 276, 283, 282, 295, 285];

/** The iris on the picture's left: centre, then its points towards the right, top, left and bottom. */
export const IRIS_LEFT: readonly number[] = [468, 469, 470, 471, 472];

/** The iris on the picture's right: centre, then its points towards the right, top, left and bottom. */
export const IRIS_RIGHT: readonly number[] = [473, 474, 475, 476, 477];
