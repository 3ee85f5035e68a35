/** Trained nets as files: cards, proof of the bytes, and sessions in worker threads. */
export { listModels, modelCard, modelsFolder, verifyModels } from './cards.js';
export { takeInput } from './inputs.js';
export { stopModels } from './pool.js';
export {
  type ModelInfo,
  type ModelSession,
  modelBytes,
  type OpenOptions,
  openModel,
  openModelFile,
  type RunOptions,
} from './session.js';
export type * from './types.js';
