/** Evidence: what a file shows about how it was made. One file for each detector; judging them is the verdict room's. */
export { defineDetector, found, silentBecause } from './detector.js';
export { detectors } from './detector-list.js';
export { copyOf } from './material/copies.js';
export { SOUND_RATE, SOUND_SECONDS } from './material/limits.js';
export { openMaterial, shareNets, type Tools } from './material/open.js';
export { type OwnCard, readOwnCard } from './own/card.js';
export { type Candidate, keepOwn, type OwnDetector, ownDetectors, readCandidate, removeOwn } from './own/store.js';
export type * from './types.js';
