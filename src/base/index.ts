export * from './errors.js';
export * from './expression-names.js';
export * from './files.js';
export * from './paths.js';
export * from './progress.js';
export * from './random.js';
export * from './veil.js';
export * as wasm from './wasm.js';
export * from './worker-url.js';
