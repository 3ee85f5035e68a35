/** Judging evidence: calibration, fusion, three verdicts, reports, and the lab that measures detectors. */
export { type Calibration, type DetectorCalibration, errorRateOf, llrOf, readCalibration } from './calibration.js';
export { type CheckedFile, type Checker, checkFile, openChecker } from './check.js';
export { fitBentLine, fitCalibration, fitLine, leaveSourceOutError, type ScoredFile } from './fit.js';
export { checkFolder, type FolderCheck } from './folder.js';
export { type Fused, fuseVisual, fuseVoice, type WeighedCue } from './fuse.js';
export { fusedRatio, type Judgement, judge, type Obstacle, type Question, SMALLEST_FACE, turnedOn } from './judge.js';
export * from './lab/index.js';
export { type Lineup, readLineup } from './lineup.js';
export * from './metrics/index.js';
export { checkFolderPage, checkPage } from './page.js';
export type { ReportPicture } from './pictures.js';
export { hasLaidText, strangeness } from './strange.js';
export { type Bounds, CLOSED, chooseLimits, type FusedFile, type Limits, weighLimits } from './thresholds.js';
export type * from './types.js';
export { directionOf, reasonsOf, strengthOf } from './words.js';
