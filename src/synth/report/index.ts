/** How good a swap is: measured on the files, written as JSON and as a page that explains itself. */
export * from './expression.js';
export * from './figures.js';
export * from './flicker.js';
export * from './identity.js';
export * from './page.js';
export * from './planes.js';
export * from './pose.js';
export * from './sharpness.js';
export * from './stats.js';
export * from './types.js';
export * from './untouched.js';
export * from './worst.js';
export * from './write.js';
