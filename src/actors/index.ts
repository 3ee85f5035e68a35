/** Drawn actors: heads of nobody, with the truth about every point. */
export { createActor } from './actor.js';
export { renderActor, renderScene } from './render.js';
export { SHAPE_NAMES } from './shape.js';
export { expressionOf, restState } from './states.js';
export type * from './types.js';
