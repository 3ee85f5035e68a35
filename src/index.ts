/**
 * Likeness as a library: one namespace for each room that a program may want to call. The command line uses nothing else.
 *
 * @example
 * import { faces, swap } from 'likeness';
 * const { tracks } = await faces.analyzeFile('clip.mp4');
 */
export * as actors from './actors/index.js';
export { LikenessError, type LongWork, type ProgressEvent, type ProgressListener } from './base/index.js';
export * as consent from './consent/index.js';
export * as detect from './detect/index.js';
export * as faces from './faces/index.js';
export * as label from './label/index.js';
export * as law from './law/index.js';
export * as media from './media/index.js';
export * as models from './models/index.js';
export * as report from './synth/report/index.js';
export * as swap from './synth/swap/index.js';
export * as tensor from './tensor/index.js';
export * as verdict from './verdict/index.js';
