export { type Compositor, createCompositor } from './compositor.js';
export type { CompositeInput, CompositeResult, CompositeStats, CompositorOptions } from './types.js';
