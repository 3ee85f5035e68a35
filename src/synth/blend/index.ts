export {
  type Composited,
  type CompositeJob,
  type Compositing,
  compositeHere,
  compositeInThread,
} from './compositing.js';
export { type Compositor, createCompositor, type LearnSample } from './compositor.js';
export type { CompositorState } from './state.js';
export type { CompositeInput, CompositeResult, CompositeStats, CompositorOptions } from './types.js';
