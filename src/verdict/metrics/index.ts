/** Figures of detectors: ROC, intervals, reliability, risk and coverage. */
export { bootstrapInterval, type Interval, wilson } from './bootstrap.js';
export { type PairedAuc, type PairedFile, pairedAucs } from './paired.js';
export {
  type Claimed,
  calibrationError,
  type ReliabilityBin,
  type RiskPoint,
  reliabilityBins,
  riskCoverage,
} from './reliability.js';
export { auc, equalErrorRate, type RocPoint, rocCurve, tprAt } from './roc.js';
