/** Pure geometry of a face mesh: transforms, head rotation, expression weights, which point is where. */
export {
  type Affine,
  ARCFACE_112,
  applyAffine,
  composeAffine,
  distance,
  eyeOpening,
  faceBox,
  fivePoints,
  invertAffine,
  mouthOpening,
  overlap,
  type Point,
  pointAt,
  similarity,
} from './affine.js';
export { CANONICAL_POINTS, RIGID_WEIGHTS } from './canonical-points.js';
export { expression, UNMEASURED } from './expression.js';
export * from './indices.js';
export { MESH_TRIANGLES } from './mesh-triangles.js';
export { fitHead, frontalised, type HeadFit, headPose, poseOfRotation, rotationOfPose } from './pose.js';
export { scaledFace } from './scale.js';
