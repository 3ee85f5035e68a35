/**
 * `seal()`: the last step of everything that is made. It binds a label to the finished file, reads it back, and only then
 * hands out a `SealedMedia`.
 */
import { readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LikenessError, packageRoot, sha256File, temporaryBeside, type Veil, writeAtomic } from '../base/index.js';
import { Grant, type Operation, recordSeal } from '../consent/index.js';
import { copyTo, hashOf, withFileSource } from './c2pa/blob.js';
import { embedInFilm, sidecarManifest } from './c2pa/embed-film.js';
import { signAsset } from './c2pa/library.js';
import { containerHash } from './container.js';
import { type LabelFormat, labelFormat } from './formats.js';
import { readLabel, storeBytes } from './inspect.js';
import { editManifest, type SealDetails } from './manifest.js';
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
  /** Other files it was made from, never to be written over. */
  readonly inputs?: readonly string[];
}

/** The library holds such a file in memory about six times over. */
const MAX_IN_MEMORY = 256 * 2 ** 20;

const version = (): string => {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  return version;
};

async function checkGrants(options: SealOptions): Promise<{ grants: readonly Grant[]; parentHash: string }> {
  const given: readonly unknown[] = Array.isArray(options.grant) ? options.grant : [options.grant];
  const grants = given.map((grant) => {
    if (!Grant.is(grant))
      throw new LikenessError('consent.grant.forged', 'What was given as a grant was not made by authorize().', {
        hint: 'Call authorize() with the consent records of both people.',
      });
    return grant;
  });
  if (grants.length === 0)
    throw new LikenessError('consent.grant.missing', 'Nothing is sealed without a grant.', {
      hint: 'Call authorize() with the consent records of both people.',
    });
  const parentHash = await sha256File(options.parent);
  for (const grant of grants) grant.assertCovers({ operation: options.operation, targetSha256: parentHash });
  return { grants, parentHash };
}

/** Writes the labelled file to `to`, and its label to `sidecar` where it goes there. */
async function writeLabelled(
  options: SealOptions,
  grants: readonly Grant[],
  format: LabelFormat,
  signer: LabelSigner['signer'],
  to: string,
  sidecar: string | null,
): Promise<void> {
  const { file, parent, veil } = options;
  const ftyp = format.boxes ? containerHash(file, veil) : null;
  await withFileSource(parent, async (source) => {
    const job = {
      mime: format.mime,
      manifest: editManifest(options, grants, version(), ftyp),
      parent: { mime: labelFormat(parent).mime, source, title: basename(parent) },
      signer,
    };
    if (sidecar !== null) {
      const hash = await withFileSource(file, async (own) => hashOf(own), veil);
      await writeAtomic(sidecar, await sidecarManifest(hash, job));
      await withFileSource(file, async (own) => copyTo(own, to), veil);
      return;
    }
    if (format.boxes && (await embedInFilm(file, to, job, veil))) return;
    const { size } = statSync(file);
    if (size > MAX_IN_MEMORY)
      throw new LikenessError(
        'label.size',
        `${options.title} has ${Math.round(size / 2 ** 20)} MB; this kind of file can be labelled up to ${MAX_IN_MEMORY / 2 ** 20} MB.`,
        {
          hint: 'Write it as a plain MP4 (one index, one stretch of data): those are labelled at any size.',
        },
      );
    const asset = await withFileSource(
      file,
      (own) => signAsset({ ...job, asset: { mime: format.mime, source: own } }),
      veil,
    );
    await writeAtomic(to, asset.asset);
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
  const { grants, parentHash } = await checkGrants(options);
  const format = labelFormat(options.file, options.veil);
  const sealedPath = temporaryBeside(options.file);
  const sidecar = format.carries === 'sidecar' ? `${sealedPath}.c2pa` : null;
  const cleanUp = async (): Promise<void> => {
    await rm(sealedPath, { force: true });
    if (sidecar !== null) await rm(sidecar, { force: true });
  };
  try {
    const { signer, rooted, remarks } = await labelSigner();
    await writeLabelled(options, grants, format, signer, sealedPath, sidecar);
    const { report } = await readLabel(sealedPath, sidecar);
    const intact = report.state === 'trusted' || (report.state === 'valid' && !rooted);
    if (!intact || report.changed)
      throw new LikenessError(
        'label.readback',
        `The label of "${options.title}" does not read back: ${report.codes.failure.join(', ') || report.state || 'no label found'}.`,
        { hint: 'Nothing was published. Please report this with the file format.' },
      );
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
      carries: format.carries,
      grants: grants.map((g) => g.terms.id),
      authority: grants,
      remarks,
      inputs: [options.parent, ...(options.inputs ?? [])],
    });
  } catch (cause) {
    await cleanUp().catch(() => undefined);
    throw cause;
  }
}
