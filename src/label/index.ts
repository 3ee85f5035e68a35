/** Saying what it is: sealing, publishing, reading labels. */

export { type ConsentFinding, inspect, type LabelReport } from './inspect.js';
export type { ConsentReference, SealDetails } from './manifest.js';
export { CONSENT_ASSERTION } from './manifest.js';
export { type SealOptions, seal } from './seal.js';
export { type Published, publish, type SealedInfo, SealedMedia, sidecarOf } from './sealed-media.js';
