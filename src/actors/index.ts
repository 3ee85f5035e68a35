/** Drawn actors: heads of nobody, with the truth about every point. */
export { createActor } from './actor.js';
export { type ActorClipOptions, type ActorPart, type ClipTruth, type FrameTruth, writeActorClip } from './clip.js';
export { type ActorMove, type MovesOptions, performMoves } from './moves.js';
export { type PerformanceOptions, type PerformanceStyle, performance } from './performance.js';
export { renderActor, renderScene } from './render.js';
export { SHAPE_NAMES } from './shape.js';
export { expressionOf, restState } from './states.js';
export type * from './types.js';
