/** Saying what it is: sealing, publishing, reading labels. */

export * from './audible/index.js';
export { inspect } from './inspect.js';
export type { ConsentReference, FurtherAction, SealDetails, SoftBinding } from './manifest.js';
export { CONSENT_ASSERTION } from './manifest.js';
export { Marker, type MarkPlan, visibleLabelOf, WATERMARK_ALGORITHM, watermarkPayload } from './marker.js';
export * from './metadata/index.js';
export type { ConsentFinding, LabelReport } from './report.js';
export { type SealOptions, seal } from './seal.js';
export { type PreviewOptions, sealPreview } from './seal-preview.js';
export { type Published, publish, type SealedInfo, SealedMedia, sidecarOf } from './sealed-media.js';
export {
  createSigner,
  importSigner,
  type SignerInfo,
  signerInfo,
} from './signer/signer.js';
export { type StoreEntry, settleStore, storePath, wholeStore } from './store/store.js';
export { readTimestampSettings, setTimestampAuthority, type TimestampSettings } from './timestamp/index.js';
export {
  importTrustList,
  type ListOrigin,
  type ListSummary,
  listSummary,
  listsOff,
  removeTrustList,
  restoreTrustList,
  type TrustedList,
  trustLists,
} from './trust/index.js';
export * from './verify/index.js';
export * from './visible/index.js';
export * from './watermark/index.js';
