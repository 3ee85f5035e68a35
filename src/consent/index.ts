/** Who allowed what: records, keys, templates, the gate, revocation, the audit log. */
import './field-words.js';

export { type Approval, approvalSchema, approvalsOf, approveItem, readApproval, storeApproval } from './approval.js';
export { type AuditEntry, type AuditFacts, type AuditKind, appendAudit, auditLogPath, readAudit } from './audit.js';
export {
  type CaptureOptions,
  type CaptureReport,
  captureConsent,
  captureDigest,
  evidenceOf,
  measureCapture,
  onlyPerson,
  readCapture,
  writeCapture,
} from './capture/capture.js';
export {
  CHALLENGE_LIFE,
  type Challenge,
  issueChallenge,
  MOVE_WORDS,
  MOVES,
  type Move,
  readChallenge,
  writeChallenge,
} from './capture/challenge.js';
export {
  CAPTURE_CHECKS,
  CAPTURE_THRESHOLDS,
  type CaptureCheck,
  type CaptureCheckName,
  type CaptureMeasures,
  captureChecks,
} from './capture/checks.js';
export { type Evidence, extractEvidence, listEvidence, storeEvidence, sweepEvidence } from './capture/evidence.js';
export { recordSeal } from './count.js';
export {
  createRecord,
  DEFAULT_PROHIBITED_USES,
  type NewRecord,
  newRevocationToken,
  type RevocationToken,
  signRecord,
} from './create.js';
export { describeRecord, recordSentences, type ShownTerms, shownTerms, signedSentence } from './describe.js';
export { didOf, publicKeyOf, verifyWith } from './did.js';
export {
  EXPLICIT_LIMITS,
  EXPLICIT_STEP,
  type ExplicitScore,
  type ExplicitVerdict,
  ExplicitWatch,
  explicitFrameScores,
  explicitScores,
  judgeExplicit,
  refuseExplicit,
} from './explicit.js';
export {
  type AuthorizationRequest,
  authorize,
  type Deed,
  Grant,
  type GrantedParty,
  type GrantTerms,
} from './grant.js';
export { createKey, type KeyInfo, listKeys, loadKey, SigningKey } from './keys.js';
export type { GrantedDuty, GrantedLaw } from './law-gate.js';
export { type FaceMatch, matchFaces } from './match.js';
export { type ModelsEnd, modelsEnd } from './models-end.js';
export { consentPage, pageCode } from './page.js';
export type { Party } from './party.js';
export { plainName, plainText } from './plain-text.js';
export {
  lockSecret,
  machineKeyPath,
  type SecretBox,
  secretBoxSchema,
  unlockSecret,
  writePrivate,
} from './private-files.js';
export {
  type ConsentEnvelope,
  type ConsentRecord,
  type ConsentSignature,
  consentRecordSchema,
  envelopeSchema,
  MEDIA,
  type Medium,
  OPERATIONS,
  type Operation,
  parseEnvelope,
  RECORD_VERSION,
  type Review,
  ROLES,
  type Role,
  readEnvelope,
  type StatusEntry,
  writeEnvelope,
} from './record.js';
export { knownRecord, knownRecordPath, knownRecords, rememberRecord } from './registry.js';
export { reviewHolds, signReview } from './review.js';
export {
  type Revocation,
  readRevocation,
  revocationSchema,
  revoke,
  revokeWithToken,
  storeRevocation,
} from './revocation.js';
export { CONSENT_RULES, ConsentRefusedError, type ConsentRule, type RuleCheck } from './rules.js';
export { HOUSE_PROHIBITED_USES } from './scope.js';
export {
  createStatusList,
  importStatusList,
  isStatusListDue,
  readStatusList,
  reserveStatusEntry,
  statusListsOf,
  updateStatusList,
} from './status.js';
export {
  parseStatusList,
  STATUS_LIST_ENTRIES,
  STATUS_PURPOSES,
  type StatusList,
  type StatusPurpose,
  statusAt,
} from './status-list.js';
export {
  exportTemplate,
  FACE_TEMPLATE_ALGORITHM,
  importTemplate,
  type LikenessEntry,
  openTemplate,
  storeTemplate,
} from './template.js';
export { TermsReader, termsLanguageOf } from './terms/reader.js';
export { HOUSE_NAME, TERMS_LANGUAGES, type TermsLanguage } from './terms/words.js';
export { type RecordVerification, verifyRecord } from './verify.js';
