/** Everything that can be found out about one file: its label, what it was made from, consent, watermark, the store. */
import { statSync } from 'node:fs';
import { fileError, LikenessError, messageOf, sha256File } from '../../base/index.js';
import { plainText } from '../../consent/index.js';
import { encodeThumbnail, probe } from '../../media/index.js';
import type { ManifestStore } from '../c2pa/store.js';
import { consentFindings } from '../consent-findings.js';
import { readLabel, readManifestStore, sidecarFor } from '../inspect.js';
import type { ConsentFinding, LabelReport } from '../report.js';
import { entriesByHash, type StoreEntry, settleStore } from '../store/store.js';
import { oldListRemarks } from '../trust/index.js';
import { answerFor, look, type Seen } from './mark.js';
import { provenanceOf } from './provenance.js';
import { statusWords } from './status-words.js';
import type { MarkFinding, StatusFinding, StoreFinding, VerifiedFile, VerifyReport, VerifyVerdict } from './types.js';
import { verdictSentences } from './verdict-words.js';

/** Longer side of the small picture. */
const THUMBNAIL = 480;

function statusesOf(report: LabelReport, store: ManifestStore | null): StatusFinding[] {
  const { activeManifest } = store?.validation_results ?? {};
  const said = [
    ...(activeManifest?.success ?? []),
    ...(activeManifest?.informational ?? []),
    ...(activeManifest?.failure ?? []),
  ];
  const of = (kind: StatusFinding['kind'], codes: readonly string[]): StatusFinding[] =>
    codes.map((code) => ({
      code: plainText(code),
      kind,
      words: statusWords(code),
      explanation: plainText(said.find((s) => s.code === code)?.explanation ?? '') || null,
    }));
  const { failure, informational, success, parents } = report.codes;
  return [
    ...of('failure', failure),
    ...of('parent', parents),
    ...of('informational', informational),
    ...of('success', success),
  ];
}

async function storeFinding(
  entry: StoreEntry,
  found: Pick<StoreFinding, 'by' | 'confirmed' | 'similarity'>,
): Promise<StoreFinding> {
  const kept =
    entry.manifest === null ? null : await readManifestStore(Buffer.from(entry.manifest, 'base64'), entry.title);
  const { title, sealedAt, sha256 } = entry;
  return {
    ...found,
    title: plainText(title),
    sealedAt,
    sha256,
    consent: await consentFindings(entry.consent),
    label: kept?.report ?? null,
    provenance: kept?.store == null ? null : provenanceOf(kept.store, title),
  };
}

/** What the store answers for, by exact bytes first, then by the watermark. */
async function askStore(
  hash: string,
  seen: Seen,
): Promise<{ readonly finding: StoreFinding | null; readonly damaged: readonly string[] }> {
  await settleStore();
  const exact = entriesByHash(hash);
  const [entry] = exact.entries;
  if (entry !== undefined) {
    const by = entry.sha256 === hash ? 'file' : 'content';
    return { finding: await storeFinding(entry, { by, confirmed: true, similarity: null }), damaged: exact.damaged };
  }
  if (seen.mark === null) return { finding: null, damaged: exact.damaged };
  const answer = answerFor(seen.mark, seen.hashes);
  const damaged = [...exact.damaged, ...answer.damaged];
  if (answer.entry === null) return { finding: null, damaged };
  const confirmed = answer.likeness?.confirmed === true;
  const similarity = answer.likeness?.similarity ?? null;
  return { finding: await storeFinding(answer.entry, { by: 'watermark', confirmed, similarity }), damaged };
}

/** Names that promise media. */
const MEDIA_NAME =
  /\.(mp4|m4v|mov|m4a|webm|mkv|avi|mpe?g|ts|gif|jpe?g|png|webp|avif|heic|tiff?|bmp|wav|mp3|flac|ogg|opus|aac)$/i;

/** That nothing was found in a file says something only where there was something to look at. */
async function refuseUnreadable(path: string, seen: Seen): Promise<void> {
  if (seen.hashes.length > 0 || !MEDIA_NAME.test(path)) return;
  await probe(path).catch((cause: unknown) => {
    throw new LikenessError('label.verify.unreadable', `${messageOf(cause)} Its name says otherwise.`, {
      hint: 'Fetch or export the file again, and verify that.',
      cause,
    });
  });
}

function verdictOf(label: LabelReport, mark: MarkFinding | null, store: StoreFinding | null): VerifyVerdict {
  if (label.found === 'damaged' || label.state === 'invalid') return 'broken';
  if (label.found === 'label') return 'intact';
  if (store?.confirmed === true) return 'known';
  return mark === null ? 'none' : 'marked';
}

/** How to verify. */
export interface VerifyOptions {
  /** Leave the pictures alone: no watermark, no small picture. */
  readonly labelOnly?: boolean;
}

/**
 * Finds out everything about one file. Nothing is fetched from a network, nothing is written.
 *
 * @throws LikenessError `file.*` where it cannot be read, `media.empty`, `label.verify.unreadable` where it is named like
 *   media and is none, `label.trust.damaged`; a damaged label is a finding, not an error
 */
export async function verifyFile(path: string, options: VerifyOptions = {}): Promise<VerifiedFile> {
  let bytes: number;
  try {
    const stat = statSync(path);
    if (!stat.isFile())
      throw new LikenessError('file.kind', `${path} is ${stat.isDirectory() ? 'a folder' : 'no regular file'}.`, {
        hint: 'Name a file.',
      });
    bytes = stat.size;
    if (bytes === 0)
      throw new LikenessError('media.empty', `${path} holds no bytes.`, { hint: 'Copy or export the file again.' });
  } catch (cause) {
    throw fileError(path, 'verifying it', cause);
  }
  const sha256 = await sha256File(path);
  const { report: label, store: manifests } = await readLabel(path, sidecarFor(path));
  let thumbnail: Uint8Array | null = null;
  const seen: Seen =
    options.labelOnly === true
      ? { mark: null, hashes: [], failure: null }
      : await look(path, async (frame) => {
          thumbnail ??= await encodeThumbnail(frame, THUMBNAIL);
        });
  const { finding: store, damaged } = await askStore(sha256, seen);
  if (label.found === 'none' && label.container === 'other' && store === null) await refuseUnreadable(path, seen);
  const watermark: MarkFinding | null =
    seen.mark === null
      ? null
      : {
          payload: Buffer.from(seen.mark.payload).toString('hex'),
          confidence: seen.mark.confidence,
          chance: seen.mark.chance,
          mirrored: seen.mark.transform.mirrored,
          rotation: seen.mark.transform.rotation,
          scale: seen.mark.transform.scale,
        };
  const now = new Date();
  const verdict = verdictOf(label, watermark, store);
  const rests: readonly ConsentFinding[] = [...label.consent, ...(store?.confirmed === true ? store.consent : [])];
  const body: Omit<VerifyReport, 'sentences'> = {
    file: path,
    bytes,
    sha256,
    container: label.container,
    verdict,
    withdrawn: rests.some((c) => c.stands === false),
    label,
    provenance: manifests === null ? null : provenanceOf(manifests, label.title ?? path),
    statuses: statusesOf(label, manifests),
    watermark,
    store,
    remarks: [
      ...(seen.failure === null ? [] : [`Its pictures could not be looked at: ${seen.failure}`]),
      ...oldListRemarks(label, now),
      ...damaged.map((where) => `An entry of the manifest store is damaged and was left out: ${where}`),
    ],
    verifiedAt: now.toISOString(),
  };
  return { report: { ...body, sentences: verdictSentences(body) }, thumbnail };
}
