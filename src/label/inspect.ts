/** What the label of a file says, in words, and whether it can be believed. */
import { existsSync, readFileSync } from 'node:fs';
import { LikenessError, sha256File } from '../base/index.js';
import { knownRecord, verifyRecord } from '../consent/index.js';
import { ACCEPTED_USAGES, ownRoot } from './authority.js';
import { withFileSource } from './c2pa/blob.js';
import { readCbor } from './c2pa/cbor.js';
import { assertionContent, framingHolds } from './c2pa/jumbf.js';
import { type ReadResult, readAsset } from './c2pa/library.js';
import type { Manifest, ManifestStore, ValidationStatus } from './c2pa/store.js';
import { CONTAINER_ASSERTION, containerFailures } from './container.js';
import { labelFormat } from './formats.js';
import { CONSENT_ASSERTION, type ConsentReference } from './manifest.js';
import { sidecarOf } from './sealed-media.js';
import { sentences } from './words.js';

/** A consent record that a label names, and what is known of it here. */
export interface ConsentFinding extends ConsentReference {
  /** Whether this machine has the record. */
  readonly known: boolean;
  /** Whether it still stands; `null` where it is not known here. */
  readonly stands: boolean | null;
  /** Why it does not, or what is not known. */
  readonly note: string;
}

/** What {@link inspect} found. */
export interface LabelReport {
  readonly file: string;
  readonly container: string;
  /** `none` is no statement about how the file was made. */
  readonly found: 'label' | 'none' | 'damaged';
  readonly where: 'embedded' | 'sidecar' | null;
  /** `trusted`: intact, by a signer on a trust list here; `valid`: intact, signer on no list; `invalid`: do not believe it. */
  readonly state: 'trusted' | 'valid' | 'invalid' | null;
  /** True where the file, or the label, was changed after it was sealed. */
  readonly changed: boolean;
  /** The program that wrote the label. */
  readonly madeBy: string | null;
  /** Who signed, by their certificate. */
  readonly signedBy: string | null;
  /** When, by the signer's own clock unless a time stamp is in the label. */
  readonly when: string | null;
  readonly title: string | null;
  readonly actions: readonly {
    readonly action: string;
    readonly sourceType: string | null;
    readonly description: string | null;
    readonly agent: string | null;
  }[];
  readonly parents: readonly { readonly title: string; readonly relationship: string; readonly labelled: boolean }[];
  readonly consent: readonly ConsentFinding[];
  /** All status codes of the validation. */
  readonly codes: {
    readonly success: readonly string[];
    readonly informational: readonly string[];
    readonly failure: readonly string[];
    /** What does not hold in the labels of the files it was made from; says nothing against this file. */
    readonly parents: readonly string[];
  };
  /** The report in plain sentences. */
  readonly sentences: readonly string[];
}

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

function codesOf(store: ManifestStore): { -readonly [K in keyof LabelReport['codes']]: string[] } {
  const unique = (statuses: readonly ValidationStatus[]): string[] => [...new Set(statuses.map((s) => s.code))];
  const results = store.validation_results;
  const active = results?.activeManifest;
  // What was found when the parent was taken in, and what has changed since; who is trusted depends on the reader.
  const recorded = (store.manifests?.[store.active_manifest ?? '']?.ingredients ?? []).flatMap(
    (i) => i.validation_results?.activeManifest?.failure ?? [],
  );
  const later = (results?.ingredientDeltas ?? []).flatMap((d) => d.validationDeltas?.failure ?? []);
  return {
    success: unique(active?.success ?? []),
    informational: unique(active?.informational ?? []),
    failure: unique(active?.failure ?? []),
    parents: unique([...recorded, ...later]).filter((code) => code !== 'signingCredential.untrusted'),
  };
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
  title: null,
  actions: [],
  parents: [],
  consent: [],
  codes: { success: [], informational: [], failure: [], parents: [] },
} as const;

function finish(report: Omit<LabelReport, 'sentences'>): LabelReport {
  return { ...report, sentences: sentences(report) };
}

function agentOf(agent: unknown): string | null {
  if (typeof agent === 'string') return agent;
  const { name, version } = (agent ?? {}) as { name?: unknown; version?: unknown };
  return typeof name === 'string' ? `${name}${typeof version === 'string' ? ` ${version}` : ''}` : null;
}

function actionsOf(manifest: Manifest | undefined): LabelReport['actions'] {
  const list = (manifest?.assertions ?? [])
    .filter((a) => a.label.startsWith('c2pa.actions'))
    .flatMap((a) => {
      const { actions } = (a.data ?? {}) as { actions?: unknown };
      return Array.isArray(actions) ? (actions as Record<string, unknown>[]) : [];
    });
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return list.map((a) => ({
    action: text(a['action']) ?? 'unknown',
    sourceType: text(a['digitalSourceType'])?.split('/').at(-1) ?? null,
    description: text(a['description']),
    agent: agentOf(a['softwareAgent']),
  }));
}

function whenOf(manifest: Manifest | undefined): string | null {
  if (manifest?.signature_info?.time !== undefined) return manifest.signature_info.time;
  for (const a of manifest?.assertions ?? []) {
    const { actions } = (a.data ?? {}) as { actions?: { when?: unknown }[] };
    if (!a.label.startsWith('c2pa.actions') || !Array.isArray(actions)) continue;
    for (const { when } of [...actions].reverse()) if (typeof when === 'string') return when;
  }
  return null;
}

const containerOf = (manifest: Manifest | undefined): unknown =>
  manifest?.assertions?.find((a) => a.label === CONTAINER_ASSERTION)?.data;

/** {@link inspect} with the label file named. */
export async function inspectWith(path: string, sidecar: string | null): Promise<LabelReport> {
  const format = labelFormat(path);
  const root = ownRoot();
  const trust = root === null ? null : { anchors: root, usages: ACCEPTED_USAGES };
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
    when: whenOf(manifest),
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
