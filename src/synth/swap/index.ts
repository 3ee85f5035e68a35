/** Putting one person's face on another, with the consent of both. */
export { invertPlacement, type Placement, placeCrop, pointsInCrop } from './alignment.js';
export { DRIVE_LENGTH, DRIVE_NAMES, type DriveReference } from './drive.js';
export { defineSwapEngine } from './engine.js';
export { swapEngine, swapEngines } from './engine-list.js';
export { buildFaceSet, type FaceSet, type FaceSetEntry, type FaceSetIndex, openFaceSet } from './face-set.js';
export { type KeptPair, sweepPairs } from './kept-pairs.js';
export type { Purpose, Side } from './meet.js';
export { SWAP_PRESETS, type SwapPreset } from './presets.js';
export { type ProjectPaths, presetOf, projectPaths, readProject, type SwapProject } from './project.js';
export type { RenderStats } from './render.js';
export type { Route, SharedRender, SwapJob, SwapResult } from './swap-job.js';
export { type PackedPlan, type StretchPlan, type SwapPlan, SwapRun, swapMedia } from './swap-run.js';
export { type TrainRequest, type TrainResult, trainPair } from './train.js';
export { type TrainJob, trainProject } from './train-project.js';
export type { FaceCrop, SwapEngine, SwapPreparation, SwappedFace, SwapSession } from './types.js';
