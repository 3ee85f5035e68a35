/** What the label of a file says, in words, and whether it can be believed. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { LikenessError, sha256File } from '../base/index.js';
import { hashOf, memorySource, withFileSource } from './c2pa/blob.js';
import { readCbor } from './c2pa/cbor.js';
import { assertionContent, framingHolds, signatureOf } from './c2pa/jumbf.js';
import { type ReadResult, readAsset } from './c2pa/library.js';
import type { Manifest, ManifestStore } from './c2pa/store.js';
import { consentOf } from './consent-findings.js';
import { CONTAINER_ASSERTION, containerFailures } from './container.js';
import { type LabelFormat, labelFormat } from './formats.js';
import { type LabelBytes, labelBytes } from './label-bytes.js';
import { CONSENT_ASSERTION } from './manifest.js';
import { actionsOf, agentOf, codesOf, type LabelReport, whenOf } from './report.js';
import { sidecarOf } from './sealed-media.js';
import { commonName } from './signer/certificates.js';
import { checkToken, readToken } from './timestamp/index.js';
import { authorityList, judge, signerFinding, trustNow } from './trust/index.js';
import { sentences } from './words.js';

/** A stretch of a file, in bytes. */
type Stretch = NonNullable<LabelBytes['chunk']>;

/** SHA-256 of a file but for the stretch that holds its label; hex. */
async function hashWithout(path: string, label: Stretch | null): Promise<string> {
  if (label === null) return sha256File(path);
  return withFileSource(path, async (source) => {
    const after = label.start + label.length;
    return hashOf(source.slice(0, label.start), source.slice(after)).toString('hex');
  });
}

/**
 * The hash of the file's bytes is checked here for a label that lies beside its file, since the library never sees the two
 * together, and for long sound, which the library reads a quarter of a gigabyte at a time.
 *
 * @param label where the label lies in the file; null where it lies beside it
 */
async function matchesFile(path: string, store: Uint8Array, label: Stretch | null): Promise<boolean> {
  try {
    const content = assertionContent(store, 'c2pa.hash.data');
    if (content === null) return false;
    if (assertionContent(store, CONTAINER_ASSERTION) !== null && !framingHolds(store)) return false;
    const { alg, hash, exclusions } = readCbor(content) as { alg?: unknown; hash?: unknown; exclusions?: unknown };
    if ((alg ?? 'sha256') !== 'sha256' || !(hash instanceof Uint8Array)) return false;
    if (!leavesOutOnly(exclusions, label)) return false;
    return (await hashWithout(path, label)) === Buffer.from(hash).toString('hex');
  } catch (cause) {
    if (cause instanceof LikenessError && cause.code === 'label.manifest') return false;
    throw cause;
  }
}

function leavesOutOnly(exclusions: unknown, label: Stretch | null): boolean {
  const list: readonly unknown[] = Array.isArray(exclusions) ? exclusions : [];
  if (label === null) return list.length === 0;
  const [only] = list as readonly Partial<Stretch>[];
  return list.length === 1 && only?.start === label.start && only.length === label.length;
}

/** Sound that is longer is not given to the library as a whole; bytes. */
const LONG_SOUND = 32 * 2 ** 20;

/** The label inside a long WAVE file that leaves out itself and nothing else; null where the library has to look. */
function longSound(path: string, format: LabelFormat): { store: Uint8Array; label: Stretch } | null {
  if (format.container !== 'wav' || statSync(path).size <= LONG_SOUND) return null;
  const bytes = labelBytes(path, format);
  if (bytes?.chunk === undefined) return null;
  const { store, chunk: label } = bytes;
  try {
    const content = assertionContent(store, 'c2pa.hash.data');
    const { exclusions } = (content === null ? {} : readCbor(content)) as { exclusions?: unknown };
    return leavesOutOnly(exclusions, label) ? { store, label } : null;
  } catch (cause) {
    if (cause instanceof LikenessError && cause.code === 'label.manifest') return null;
    throw cause;
  }
}

/** A label beside its file is held in memory. */
const MOST_SIDECAR = 64 * 2 ** 20;

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
export function storeBytes(path: string, format: LabelFormat, sidecar: string | null): Uint8Array | null {
  try {
    return sidecar === null ? (labelBytes(path, format)?.store ?? null) : readFileSync(sidecar);
  } catch (cause) {
    if (cause instanceof LikenessError && cause.code === 'label.boxes') return null;
    throw cause;
  }
}

/**
 * Certificate and time stamp of a label, as far as they can be read. In labels of ours every byte of the stamp is checked
 * here; what others keep around one, and how their authorities build theirs, the library knows better.
 */
function signatureFindings(
  store: Uint8Array | null,
  codes: LabelReport['codes'],
  ours: boolean,
): Pick<LabelReport, 'signer' | 'timestamp'> & { readonly stampHolds: boolean } {
  const parts = store === null ? null : signatureOf(store);
  if (parts === null) return { signer: null, timestamp: null, stampHolds: true };
  const signer = signerFinding(parts.chain);
  const none = { signer, timestamp: null, stampHolds: true };
  if (parts.stamp === null) return none;
  const { token, over } = parts.stamp;
  const validated = codes.success.includes('timeStamp.validated');
  if (over === null && !validated) return none;
  const lenient = over === null || (validated && !ours);
  try {
    const { time, signer: authority, chain } = lenient ? readToken(token) : checkToken(token, over);
    const list = codes.success.includes('timeStamp.trusted') ? authorityList(chain) : null;
    const timestamp = {
      time: time.toISOString(),
      authority: commonName(authority),
      trusted: list !== null,
      list: list?.name ?? null,
      listTitle: list?.title ?? null,
    };
    return { signer, timestamp, stampHolds: true };
  } catch (cause) {
    if (cause instanceof LikenessError) return { ...none, stampHolds: lenient };
    throw cause;
  }
}

const containerOf = (manifest: Manifest | undefined): unknown =>
  manifest?.assertions?.find((a) => a.label === CONTAINER_ASSERTION)?.data;

/** A label as a report, and what the library read. */
export interface ReadLabel {
  readonly report: LabelReport;
  /** `null` where there is no label that can be read. */
  readonly store: ManifestStore | null;
}

type Codes = ReturnType<typeof codesOf>;

/** The report of a label that was read, whatever was found of its file. */
async function describe(
  base: Pick<LabelReport, 'file' | 'container' | 'where'> & { readonly state: LabelReport['state'] },
  store: ManifestStore,
  said: Codes,
  bytes: Uint8Array | null,
): Promise<LabelReport> {
  const manifest = store.manifests?.[store.active_manifest ?? ''];
  const ours = manifest?.assertions?.some(({ label }) => label === CONSENT_ASSERTION) === true;
  const { stampHolds, ...signed } = signatureFindings(bytes, said, ours);
  const { codes, state } = judge({ codes: said, state: base.state }, signed, new Date());
  // The library takes a broken time stamp for none; nobody breaks one by accident.
  const failure = stampHolds ? codes.failure : [...codes.failure, 'timeStamp.mismatch'];
  const ingredients = manifest?.ingredients ?? [];
  const signature = manifest?.signature_info;
  return finish({
    ...base,
    found: 'label',
    state: stampHolds ? state : 'invalid',
    changed: failure.some((code) => /mismatch|hashedURI|claimSignature|missing|malformed/i.test(code)),
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
    codes: { ...codes, failure },
  });
}

/**
 * Reads a manifest store by itself, such as one that was kept: who signed it and whether it is whole. What it says of a
 * file's bytes is left aside.
 */
export async function readManifestStore(bytes: Uint8Array, title: string): Promise<ReadLabel | null> {
  const result = await readAsset({ mime: 'application/c2pa', source: memorySource(bytes) }, trustNow());
  if (result.kind !== 'label') return null;
  const codes = codesOf(result.store);
  const failure = codes.failure.filter((code) => !/^assertion\.(data|bmff)Hash\.mismatch$/.test(code));
  const trusted = codes.success.includes('signingCredential.trusted');
  const state = failure.length > 0 ? 'invalid' : trusted ? 'trusted' : 'valid';
  const base = { file: title, container: 'c2pa', where: 'sidecar', state } as const;
  return { report: await describe(base, result.store, { ...codes, failure }, bytes), store: result.store };
}

/** Reads a label; the file with it is named, `null` where there is none. */
export async function readLabel(path: string, sidecar: string | null): Promise<ReadLabel> {
  const format = labelFormat(path);
  const trust = trustNow();
  const read = (file: string, mime: string): Promise<ReadResult> =>
    withFileSource(file, (source) => readAsset({ mime, source }, trust));
  const base = { file: path, container: format.container };

  let where: 'embedded' | 'sidecar' = 'embedded';
  // Bytes of the manifest whose hash of the file is checked here, and where they lie.
  let apart = longSound(path, format) as { readonly store: Uint8Array; readonly label: Stretch | null } | null;
  let result: ReadResult =
    apart !== null
      ? await readAsset({ mime: 'application/c2pa', source: memorySource(apart.store) }, trust)
      : format.carries === 'embedded'
        ? await read(path, format.mime)
        : { kind: 'none' };
  if (result.kind === 'none' && sidecar !== null) {
    where = 'sidecar';
    if (statSync(sidecar).size > MOST_SIDECAR) result = { kind: 'damaged', message: 'the label is larger than 64 MB' };
    else {
      apart = { store: readFileSync(sidecar), label: null };
      result = await read(sidecar, 'application/c2pa');
    }
  }
  if (result.kind === 'none') return { report: finish({ ...base, ...EMPTY, found: 'none', where: null }), store: null };
  if (result.kind === 'damaged') {
    const codes = { success: [], informational: [], failure: [result.message], parents: [] };
    const found = { found: 'damaged', where, state: 'invalid', changed: true, codes } as const;
    return { report: finish({ ...base, ...EMPTY, ...found }), store: null };
  }

  const { store } = result;
  let codes = codesOf(store);
  let state = (store.validation_state ?? 'Invalid').toLowerCase() as 'trusted' | 'valid' | 'invalid';
  if (apart !== null) {
    const intact = await matchesFile(path, apart.store, apart.label);
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
  const manifest = store.manifests?.[store.active_manifest ?? ''];
  const ours = where === 'embedded' ? containerOf(manifest) : undefined;
  const stray = ours === undefined ? [] : containerFailures(path, format, ours);
  if (stray.length > 0) {
    codes = { ...codes, failure: [...codes.failure, ...stray] };
    state = 'invalid';
  }
  const bytes = storeBytes(path, format, where === 'sidecar' ? sidecar : null);
  return { report: await describe({ ...base, where, state }, store, codes, bytes), store };
}

/** The file with the label of `path`, where there is one. */
export function sidecarFor(path: string): string | null {
  const beside = sidecarOf(path);
  return existsSync(beside) ? beside : null;
}

/**
 * Reads the label of a file: inside it, or in `<file>.c2pa` beside it. Nothing is fetched from a network.
 *
 * @throws LikenessError `file.*` where the file cannot be read; a damaged label is a finding, not an error
 */
export async function inspect(path: string): Promise<LabelReport> {
  return (await readLabel(path, sidecarFor(path))).report;
}
