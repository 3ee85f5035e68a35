/** The lab: measuring detectors on labelled files. */
export { type Ablation, ablate, type CompressionLoss, compressionLosses, fuseAgain } from './ablation.js';
export { type AddedDetector, type AddOptions, addDetector } from './add.js';
export { type BenchOptions, type BenchReport, benchSet, type LevelFigures, levelFigures } from './bench.js';
export { leftOutWords, readLabSet, refuseOneClass } from './dataset.js';
export { differenceHash, hammingDistance } from './difference-hash.js';
export {
  type DetectorFigures,
  detectorFigures,
  type Judged,
  type Scored,
  type Share,
  shareOf,
  type VerdictFigures,
  verdictFigures,
} from './figures.js';
export { DUPLICATE_LIMIT, type Duplicate, type GateFindings, gateSet } from './gates.js';
export { benchPage, modelCardText } from './page.js';
export { LEVELS, scoreFile } from './score-file.js';
export {
  FALSE_REFUSALS,
  isLeak,
  type Labelled,
  type Property,
  SHORTCUT_LIMIT,
  type Shortcut,
  testShortcuts,
} from './shortcuts.js';
export { changeText, titleOf } from './tables.js';
export type * from './types.js';
