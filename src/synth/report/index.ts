/** How good a swap is: measured on the files, written as JSON and as a page that explains itself. */
export { type Following, following } from './expression.js';
export { type Figure, figuresOf } from './figures.js';
export { landmarkJitter, motionResidual } from './flicker.js';
export { type IdentityScore, scoreIdentity } from './identity.js';
export { measureSwap } from './measure.js';
export type { MeasureOptions } from './options.js';
export { pageOf } from './page.js';
export { type FacePair, faceFigures, pairFaces } from './pairs.js';
export type { Plane } from './planes.js';
export { poseAngle } from './pose.js';
export { sourcePrints } from './prints.js';
export { type Detail, measureDetail } from './sharpness.js';
export { correlation, flooredRatio, quantile } from './stats.js';
export type * from './types.js';
export { compareOutside, noSums, type OutsideSums, psnrOf, ssimOf } from './untouched.js';
export { type Standout, type Suspect, worstFrames } from './worst.js';
export { type ReportFiles, writeReport } from './write.js';
