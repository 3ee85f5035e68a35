/** People as tracks through a clip. */
export { type AnalyzeOptions, analyzeFile, analyzePicture, analyzeVideo } from './analyze.js';
export { assign, FORBIDDEN } from './assign.js';
export { analysisKey, cachedAnalysis, keptAnalysis } from './cache.js';
export { CUT_LOOKAHEAD, CutFinder, type CutSignature, cutDistance, cutSignature } from './cuts.js';
export { cosine, type JoinThresholds, meanIdentity, meanVector, sameness } from './join.js';
export { lockBytes, unlockBytes } from './machine-key.js';
export { OneEuroFilter, type OneEuroOptions } from './one-euro.js';
export { overlayOf, writeOverlay } from './overlay.js';
export { portraits } from './portraits.js';
export {
  type AnalysisDocument,
  analysisSchema,
  type DocumentOptions,
  fromDocument,
  toDocument,
} from './schema.js';
export { contactSheet, timeCode, writeContactSheet } from './sheet.js';
export { type SmoothOptions, smoothSequence } from './smooth.js';
export { smoothMeshes } from './smooth-face.js';
export { readAnalysis, writeAnalysis } from './store.js';
export type { Analysis, AnalyzedTrack, TrackMask, Waypoint } from './types.js';
