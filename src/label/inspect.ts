/** What the label of a file says, in words, and whether it can be believed. */
import { existsSync, readFileSync } from 'node:fs';
import { LikenessError, sha256File } from '../base/index.js';
import { knownRecord, verifyRecord } from '../consent/index.js';
import { withFileSource } from './c2pa/blob.js';
import { readCbor } from './c2pa/cbor.js';
import { assertionContent, framingHolds, signatureOf } from './c2pa/jumbf.js';
import { type ReadResult, readAsset } from './c2pa/library.js';
import type { Manifest } from './c2pa/store.js';
import { CONTAINER_ASSERTION, containerFailures } from './container.js';
import { type LabelFormat, labelFormat } from './formats.js';
import { labelBytes } from './label-bytes.js';
import { CONSENT_ASSERTION, type ConsentReference } from './manifest.js';
import { actionsOf, agentOf, type ConsentFinding, codesOf, type LabelReport, whenOf } from './report.js';
import { sidecarOf } from './sealed-media.js';
import { commonName } from './signer/certificates.js';
import { checkToken } from './timestamp/index.js';
import { signerFinding, trustNow } from './trust.js';
import { sentences } from './words.js';

/** The whole-file hash is checked here for a label that lies beside its file: the library never sees the two together. */
async function matchesSidecar(path: string, sidecar: string): Promise<boolean> {
  try {
    const store = readFileSync(sidecar);
    const content = assertionContent(store, 'c2pa.hash.data');
    if (content === null) return false;
    if (assertionContent(store, CONTAINER_ASSERTION) !== null && !framingHolds(store)) return false;
    const { alg, hash, exclusions } = readCbor(content) as { alg?: unknown; hash?: unknown; exclusions?: unknown };
    if ((alg ?? 'sha256') !== 'sha256' || !(hash instanceof Uint8Array)) return false;
    if (Array.isArray(exclusions) && exclusions.length > 0) return false;
    return (await sha256File(path)) === Buffer.from(hash).toString('hex');
  } catch (cause) {
    if (cause instanceof LikenessError && cause.code === 'label.manifest') return false;
    throw cause;
  }
}

function isReference(value: unknown): value is ConsentReference {
  const r = value as Partial<ConsentReference> | null;
  return (
    typeof r === 'object' &&
    r !== null &&
    typeof r.id === 'string' &&
    typeof r.digest === 'string' &&
    typeof r.role === 'string'
  );
}

async function consentOf(manifest: Manifest | undefined): Promise<ConsentFinding[]> {
  const data = manifest?.assertions?.find((a) => a.label === CONSENT_ASSERTION)?.data as
    | { records?: unknown }
    | undefined;
  const named = Array.isArray(data?.records) ? data.records.filter(isReference).slice(0, 32) : [];
  return Promise.all(
    named.map(async ({ role, id, digest, status }): Promise<ConsentFinding> => {
      const reference = { role, id, digest, status: typeof status === 'string' ? status : null };
      const record = knownRecord(id);
      if (record === null)
        return { ...reference, known: false, stands: null, note: 'this machine does not have the record' };
      if (record.digest !== digest)
        return {
          ...reference,
          known: true,
          stands: false,
          note: 'the record here is not the one the label was made under',
        };
      const verification = await verifyRecord(record).catch((cause: unknown) => {
        // A broken log of this machine must not keep anyone from reading a label.
        if (cause instanceof LikenessError) return cause;
        throw cause;
      });
      if (verification instanceof LikenessError)
        return {
          ...reference,
          known: true,
          stands: null,
          note: `whether it stands cannot be said: ${verification.message}`,
        };
      const failed = verification.checks.filter((c) => !c.passed);
      const note =
        failed.length === 0 ? `it stands until ${record.record.term.notAfter}` : failed.map((c) => c.found).join('; ');
      return { ...reference, known: true, stands: verification.stands, note };
    }),
  );
}

const EMPTY = {
  state: null,
  changed: false,
  madeBy: null,
  signedBy: null,
  when: null,
  signer: null,
  timestamp: null,
  title: null,
  actions: [],
  parents: [],
  consent: [],
  codes: { success: [], informational: [], failure: [], parents: [] },
} as const;

function finish(report: Omit<LabelReport, 'sentences'>): LabelReport {
  return { ...report, sentences: sentences(report) };
}

/** The bytes of a manifest store where they lie; `null` where they cannot be taken out. */
function storeBytes(path: string, format: LabelFormat, sidecar: string | null): Uint8Array | null {
  try {
    return sidecar === null ? (labelBytes(path, format)?.store ?? null) : readFileSync(sidecar);
  } catch (cause) {
    if (cause instanceof LikenessError && cause.code === 'label.boxes') return null;
    throw cause;
  }
}

/** Certificate and time stamp of a label, as far as they can be read. */
function signatureFindings(
  store: Uint8Array | null,
  codes: LabelReport['codes'],
): Pick<LabelReport, 'signer' | 'timestamp'> & { readonly stampHolds: boolean } {
  const parts = store === null ? null : signatureOf(store);
  if (parts === null) return { signer: null, timestamp: null, stampHolds: true };
  const signer = signerFinding(parts.chain);
  if (parts.stamp === null) return { signer, timestamp: null, stampHolds: true };
  try {
    const { time, signer: authority } = checkToken(parts.stamp.token, parts.stamp.over);
    const trusted = codes.success.includes('timeStamp.trusted');
    return {
      signer,
      timestamp: { time: time.toISOString(), authority: commonName(authority), trusted },
      stampHolds: true,
    };
  } catch (cause) {
    if (cause instanceof LikenessError) return { signer, timestamp: null, stampHolds: false };
    throw cause;
  }
}

const containerOf = (manifest: Manifest | undefined): unknown =>
  manifest?.assertions?.find((a) => a.label === CONTAINER_ASSERTION)?.data;

/** {@link inspect} with the label file named. */
export async function inspectWith(path: string, sidecar: string | null): Promise<LabelReport> {
  const format = labelFormat(path);
  const trust = trustNow();
  const read = (file: string, mime: string): Promise<ReadResult> =>
    withFileSource(file, (source) => readAsset({ mime, source }, trust));
  const base = { file: path, container: format.container };

  let where: 'embedded' | 'sidecar' = 'embedded';
  let result: ReadResult = format.carries === 'embedded' ? await read(path, format.mime) : { kind: 'none' };
  if (result.kind === 'none' && sidecar !== null) {
    where = 'sidecar';
    result = await read(sidecar, 'application/c2pa');
  }
  if (result.kind === 'none') return finish({ ...base, ...EMPTY, found: 'none', where: null });
  if (result.kind === 'damaged')
    return finish({
      ...base,
      ...EMPTY,
      found: 'damaged',
      where,
      state: 'invalid',
      changed: true,
      codes: { success: [], informational: [], failure: [result.message], parents: [] },
    });

  const { store } = result;
  const manifest = store.manifests?.[store.active_manifest ?? ''];
  let codes = codesOf(store);
  let state = (store.validation_state ?? 'Invalid').toLowerCase() as 'trusted' | 'valid' | 'invalid';
  if (where === 'sidecar' && sidecar !== null) {
    const intact = await matchesSidecar(path, sidecar);
    const rest = codes.failure.filter((code) => code !== 'assertion.dataHash.mismatch');
    if (intact) {
      codes = { ...codes, success: [...codes.success, 'assertion.dataHash.match'], failure: rest };
      if (rest.length === 0) state = codes.success.includes('signingCredential.trusted') ? 'trusted' : 'valid';
    } else {
      codes = { ...codes, failure: [...rest, 'assertion.dataHash.mismatch'] };
      state = 'invalid';
    }
  }
  // Only a label of ours says how its surroundings must look; another maker's may be framed otherwise.
  const ours = where === 'embedded' ? containerOf(manifest) : undefined;
  const stray = ours === undefined ? [] : containerFailures(path, format, ours);
  if (stray.length > 0) {
    codes = { ...codes, failure: [...codes.failure, ...stray] };
    state = 'invalid';
  }
  const { stampHolds, ...signed } = signatureFindings(
    storeBytes(path, format, where === 'sidecar' ? sidecar : null),
    codes,
  );
  // The library takes a broken time stamp for none; nobody breaks one by accident.
  if (!stampHolds) {
    codes = { ...codes, failure: [...codes.failure, 'timeStamp.mismatch'] };
    state = 'invalid';
  }
  const ingredients = manifest?.ingredients ?? [];
  const signature = manifest?.signature_info;
  return finish({
    ...base,
    found: 'label',
    where,
    state,
    changed: codes.failure.some((code) => /mismatch|hashedURI|claimSignature|missing|malformed/i.test(code)),
    madeBy: agentOf(manifest?.claim_generator_info?.[0]),
    signedBy: signature?.common_name ?? signature?.issuer ?? null,
    when: signed.timestamp?.time ?? whenOf(manifest),
    ...signed,
    title: manifest?.title ?? null,
    actions: actionsOf(manifest),
    parents: ingredients.map((i) => ({
      title: i.title ?? 'a file without a name',
      relationship: i.relationship ?? 'unknown',
      labelled: i.active_manifest !== undefined,
    })),
    consent: await consentOf(manifest),
    codes,
  });
}

/**
 * Reads the label of a file: inside it, or in `<file>.c2pa` beside it. Nothing is fetched from a network.
 *
 * @throws LikenessError `file.*` where the file cannot be read; a damaged label is a finding, not an error
 */
export async function inspect(path: string): Promise<LabelReport> {
  const beside = sidecarOf(path);
  return inspectWith(path, existsSync(beside) ? beside : null);
}
