/** The nets of the faces room, run on single frames. */
export type { Detection, DetectOptions } from './detect.js';
export { createFaceEngine, type FaceEngine, type FaceEngineOptions } from './engine.js';
export { cropA, cropB } from './identity.js';
export { occlusionOf, type PersonMask } from './mask.js';
export { type Mesh, type MeshFinder, openMesh } from './mesh.js';
export { IDENTITY_THRESHOLDS } from './thresholds.js';
