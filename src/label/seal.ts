/**
 * `seal()`: the last step of everything that is made. It binds a label to the finished file, reads it back, and only then
 * hands out a `SealedMedia`.
 */
import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { LikenessError, likenessVersion, sha256File, temporaryBeside, type Veil, writeAtomic } from '../base/index.js';
import { type Grant, type Operation, recordSeal } from '../consent/index.js';
import { copyTo, hashOf, withFileSource } from './c2pa/blob.js';
import { embedInFilm, sidecarManifest } from './c2pa/embed-film.js';
import { embedInWave } from './c2pa/embed-wave.js';
import { signAsset } from './c2pa/library.js';
import { containerHash } from './container.js';
import { type LabelFormat, labelFormat } from './formats.js';
import { readLabel, storeBytes } from './inspect.js';
import { editManifest, type SealDetails } from './manifest.js';
import { assertReadsBack, coveringGrants } from './seal-checks.js';
import { makeSealed, type SealedMedia, sameFile } from './sealed-media.js';
import { type LabelSigner, labelSigner } from './signer/signer.js';
import { hashesOf } from './store/frames.js';
import { prepareEntry, settleStore } from './store/store.js';

/** What to seal. */
export interface SealOptions extends SealDetails {
  /** The finished media at a temporary place. It is removed once the labelled file stands beside it. */
  readonly file: string;
  /** What `file` was encrypted with, if it was. */
  readonly veil?: Veil;
  /** The original that was changed. Its SHA-256 must be the one the grant was given for. */
  readonly parent: string;
  /** The leave it was made under; one grant per pair of people. */
  readonly grant: Grant | readonly Grant[];
  readonly operation: Operation;
  /** Larger files that cannot be labelled piece by piece get their label in a file beside them; bytes, 256 MB unless told. */
  readonly maxInMemory?: number;
  /** Other files it was made from, never to be written over. */
  readonly inputs?: readonly string[];
}

/** The library holds a file that it labels in memory about six times over. */
const MAX_IN_MEMORY = 256 * 2 ** 20;

/** Said of a file that could carry its label and does not. */
const tooLarge = (title: string): string =>
  `"${title}" is too large for its kind to carry its label, which lies in a .c2pa file beside it: keep the two together.`;

/**
 * Writes the labelled file to `to`, or the file as it is and its label to `sidecar`.
 *
 * @returns `sidecar` where the label lies there, else null
 */
async function writeLabelled(
  options: SealOptions,
  grants: readonly Grant[],
  format: LabelFormat,
  signer: LabelSigner['signer'],
  to: string,
  sidecar: string,
): Promise<string | null> {
  const { file, parent, veil, maxInMemory = MAX_IN_MEMORY } = options;
  const ftyp = format.boxes ? containerHash(file, veil) : null;
  return withFileSource(parent, async (source) => {
    const job = {
      mime: format.mime,
      manifest: editManifest(options, grants, likenessVersion(), ftyp),
      parent: { mime: labelFormat(parent).mime, source, title: basename(parent) },
      signer,
    };
    const beside = async (path: string): Promise<string> => {
      const hash = await withFileSource(file, async (own) => hashOf(own), veil);
      // The library wants to see what it knows: of the stand-in that it is given here it must know nothing.
      const mime = format.carries === 'sidecar' ? format.mime : 'application/octet-stream';
      await writeAtomic(path, await sidecarManifest(hash, { ...job, mime }));
      await withFileSource(file, async (own) => copyTo(own, to), veil);
      return path;
    };
    if (format.carries === 'sidecar') return beside(sidecar);
    if (format.boxes && (await embedInFilm(file, to, job, veil))) return null;
    if (format.container === 'wav' && (await embedInWave(file, to, job, veil))) return null;
    // Too large to be held in memory, and of a kind that is not labelled piece by piece: the label goes beside it.
    if (statSync(file).size > maxInMemory) return beside(sidecar);
    const asset = await withFileSource(
      file,
      (own) => signAsset({ ...job, asset: { mime: format.mime, source: own } }),
      veil,
    );
    await writeAtomic(to, asset.asset);
    return null;
  });
}

/**
 * Labels a finished file: action, source type, parent, consent records by hash, no leave for training. Reads the result
 * back and validates every hash before it returns.
 *
 * @throws ConsentRefusedError where a grant does not cover the operation or the parent, or does not stand any more
 * @throws LikenessError `consent.grant.forged`, `label.sign`, `label.readback`, `label.certificate.*`, `label.timestamp.*`,
 * `file.*`
 */
export async function seal(options: SealOptions): Promise<SealedMedia> {
  // The finished media is removed in the end; an original must never be.
  for (const input of [options.parent, ...(options.inputs ?? [])])
    if (sameFile(input, options.file))
      throw new LikenessError('label.destination.input', `${options.file} is one of the files it was made from.`, {
        hint: 'Write the result to a file of its own.',
      });
  const parentHash = await sha256File(options.parent);
  const grants = coveringGrants(options.grant, { operation: options.operation, targetSha256: parentHash });
  const format = labelFormat(options.file, options.veil);
  const sealedPath = temporaryBeside(options.file);
  const besidePath = `${sealedPath}.c2pa`;
  const cleanUp = async (): Promise<void> => {
    await rm(sealedPath, { force: true });
    await rm(besidePath, { force: true });
  };
  try {
    const { signer, rooted, remarks } = await labelSigner();
    const sidecar = await writeLabelled(options, grants, format, signer, sealedPath, besidePath);
    const { report } = await readLabel(sealedPath, sidecar);
    assertReadsBack(report, rooted, options.title);
    const hash = await sha256File(sealedPath);
    await settleStore();
    const entry = await prepareEntry({
      title: options.title,
      mime: format.mime,
      operation: options.operation,
      sha256: hash,
      content: await sha256File(options.file),
      parent: parentHash,
      watermark: options.softBinding ?? null,
      perceptual: await hashesOf(options.file),
      consent: report.consent.map(({ role, id, digest, status }) => ({ role, id, digest, status })),
      manifest: storeBytes(sealedPath, format, sidecar),
    });
    await recordSeal(grants, {
      sha256: hash,
      title: options.title,
      parent: parentHash,
      operation: options.operation,
      records: report.consent.map((c) => c.id),
    }).catch(async (cause: unknown) => {
      await entry.drop();
      throw cause;
    });
    // Only now: an entry of the store speaks for a seal that the audit log knows.
    await entry.confirm();
    await rm(options.file, { force: true });
    return makeSealed({
      path: sealedPath,
      sidecar,
      sha256: hash,
      bytes: statSync(sealedPath).size,
      title: options.title,
      mime: format.mime,
      carries: sidecar === null ? 'embedded' : 'sidecar',
      grants: grants.map((g) => g.terms.id),
      authority: grants,
      remarks: sidecar === null || format.carries === 'sidecar' ? remarks : [...remarks, tooLarge(options.title)],
      inputs: [options.parent, ...(options.inputs ?? [])],
    });
  } catch (cause) {
    await cleanUp().catch(() => undefined);
    throw cause;
  }
}
