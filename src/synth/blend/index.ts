export { type Compositor, createCompositor, type LearnSample } from './compositor.js';
export type { CompositorState } from './state.js';
export type { CompositeInput, CompositeResult, CompositeStats, CompositorOptions } from './types.js';
