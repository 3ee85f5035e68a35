/** Faces in copies of a frame that have another size. */
import type { Face } from '../types.js';

/** The face as it lies in a copy of its frame of `scale` times the size. */
export function scaledFace(face: Face, scale: number): Face {
  const { x, y, width, height } = face.box;
  return {
    ...face,
    box: { x: x * scale, y: y * scale, width: width * scale, height: height * scale },
    landmarks: face.landmarks.map((v) => v * scale),
  };
}
