/** Training without Python: differentiable graphs, losses, optimisers, checkpoints, export. Knows nothing of faces. */
export * from './checkpoint.js';
export type { Feeds, StepResult } from './core.js';
export * from './device.js';
export * from './export.js';
export * from './graph.js';
export * from './half.js';
export * from './init.js';
export * from './layers.js';
export * from './losses.js';
export * from './ops-conv.js';
export * from './ops-linear.js';
export * from './ops-math.js';
export * from './ops-norm.js';
export * from './ops-resize.js';
export * from './ops-shape.js';
export * from './optimiser.js';
export type { TensorData } from './store.js';
export * from './trainer.js';
