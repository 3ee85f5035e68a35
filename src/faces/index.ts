/** Who is where, and how they move. */
export * from './engine/index.js';
export * from './geometry/index.js';
export * from './track/index.js';
export type * from './types.js';
