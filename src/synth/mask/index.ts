/** Correcting a mask by hand: strokes, what they make of a mask, and the masks of a render to paint on. */
export { type EditPlanes, MaskEdits, shotOf } from './edits.js';
export { FLAT_POINTS, FLAT_SIDE, type FlatMesh, flatMesh } from './flat.js';
export {
  BRUSH,
  MASK_EDITS_VERSION,
  type MaskStroke,
  maskStrokesSchema,
  type PersonEdits,
  parseMaskEdits,
} from './strokes.js';
export {
  type MaskFrame,
  type MaskPlace,
  type PersonMask,
  packMasks,
  personMask,
  readMasks,
  writeMasks,
} from './track.js';
