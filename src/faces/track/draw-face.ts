/** How a tracked face is drawn: outlines of its features, its points, and the axes of the head. */
import {
  BROW_LEFT,
  BROW_RIGHT,
  EYE_LEFT,
  EYE_RIGHT,
  FACE_OVAL,
  IRIS_LEFT,
  IRIS_RIGHT,
  LIPS_INNER,
  LIPS_OUTER,
  rotationOfPose,
} from '../geometry/index.js';
import type { Pose, TrackedFace } from '../types.js';
import type { Canvas, Ink } from './canvas.js';

const OUTLINES: readonly (readonly [readonly number[], number])[] = [
  [FACE_OVAL, 0.55],
  [EYE_LEFT, 1],
  [EYE_RIGHT, 1],
  [BROW_LEFT, 0.7],
  [BROW_RIGHT, 0.7],
  [LIPS_OUTER, 1],
  [LIPS_INNER, 1],
  [IRIS_LEFT.slice(1), 1],
  [IRIS_RIGHT.slice(1), 1],
];
const X_INK: Ink = [255, 90, 90];
const Y_INK: Ink = [110, 230, 110];
const Z_INK: Ink = [110, 160, 255];

/** Three axes of a head: red to its left ear's side of the picture, green down the face, blue out of the nose. */
export function drawPose(canvas: Canvas, pose: Pose, x: number, y: number, size: number, thickness: number): void {
  const r = rotationOfPose(pose);
  const axis = (column: number, sign: number, ink: Ink): void => {
    const dx = sign * (r[column] as number) * size;
    const dy = sign * (r[3 + column] as number) * size;
    canvas.line(x, y, x + dx, y + dy, ink, thickness);
  };
  axis(0, 1, X_INK);
  axis(1, 1, Y_INK);
  // z points away from the viewer, the nose towards them.
  axis(2, -1, Z_INK);
}

/** The mesh of a face: outlines, and a dot for every point. */
export function drawMesh(canvas: Canvas, landmarks: Float32Array, ink: Ink, thickness: number, strength: number): void {
  for (let i = 0; i < landmarks.length; i += 3)
    canvas.dot(Math.round(landmarks[i] as number), Math.round(landmarks[i + 1] as number), ink, 0.6 * strength);
  for (const [indices, alpha] of OUTLINES)
    canvas.path(
      indices.flatMap((i) => [landmarks[3 * i] as number, landmarks[3 * i + 1] as number]),
      ink,
      thickness,
      alpha * strength,
      true,
    );
}

/** The head axes of a face at the tip of its nose. */
export function drawHead(canvas: Canvas, face: TrackedFace, thickness: number): void {
  const nose = 3 * 4;
  const [x, y] = [face.landmarks[nose] as number, face.landmarks[nose + 1] as number];
  drawPose(canvas, face.pose, x, y, 0.4 * face.box.width, thickness);
}
