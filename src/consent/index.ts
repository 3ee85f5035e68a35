/** Who allowed what: records, keys, templates, the gate, revocation, the audit log. */
export { type AuditEntry, type AuditFacts, type AuditKind, appendAudit, auditLogPath, readAudit } from './audit.js';
export { createRecord, DEFAULT_PROHIBITED_USES, type NewRecord, signRecord } from './create.js';
export { describeRecord } from './describe.js';
export { didOf, publicKeyOf, verifyWith } from './did.js';
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
export type { Party } from './party.js';
export { plainText } from './plain-text.js';
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
  ROLES,
  type Role,
  readEnvelope,
  writeEnvelope,
} from './record.js';
export { knownRecord, knownRecords, rememberRecord } from './registry.js';
export { type Revocation, readRevocation, revocationSchema, revoke, storeRevocation } from './revocation.js';
export { CONSENT_RULES, ConsentRefusedError, type ConsentRule, type RuleCheck } from './rules.js';
export { HOUSE_PROHIBITED_USES } from './scope.js';
export {
  exportTemplate,
  FACE_TEMPLATE_ALGORITHM,
  importTemplate,
  type LikenessEntry,
  openTemplate,
  storeTemplate,
} from './template.js';
export { type RecordVerification, verifyRecord } from './verify.js';
