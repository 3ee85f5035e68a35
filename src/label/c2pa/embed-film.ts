/**
 * Labels for films without holding them in memory. The library builds and signs a manifest for a stand-in of a few bytes;
 * then the film is hashed, box by box, its hash takes the place of the stand-in's, and it is copied with the label in
 * front: at no moment is there a copy without one. Sound and picture data are hashed in blocks of 1 MB (`merkle` of `c2pa.hash.bmff.v3`), so that reading needs no more memory either.
 */
import { createHash } from 'node:crypto';
import { fstatSync } from 'node:fs';
import type { Veil } from '../../base/index.js';
import { XMP_UUID } from '../metadata/embed.js';
import { memorySource } from './blob.js';
import { C2PA_UUID, type FileBox, moveOffsets, readAt, topBoxes } from './boxes.js';
import { cborOf } from './cbor.js';
import { replaceAssertion, type Unsigned } from './jumbf.js';
import { writeLabelledCopy } from './labelled-copy.js';
import { type SignJob, signAsset } from './library.js';

const BLOCK = 1 << 20;
/** The blocks begin here in the `mdat` box, whatever the length of its header. */
const UNBLOCKED = 16;
const ASSERTION = 'c2pa.hash.bmff.v3';
/** The label itself, and what the standard leaves out: these say nothing of the film. */
const LEFT_OUT = new Set(['ftyp', 'mfra']);

/** A copyable film: `ftyp`, one index, one stretch of data, no label yet, nothing with other absolute positions. */
function plainFilm(boxes: readonly FileBox[], userType: (box: FileBox) => Buffer): boolean {
  const count = (type: string): number => boxes.filter((b) => b.type === type).length;
  const data = boxes.find((b) => b.type === 'mdat');
  return (
    boxes[0]?.type === 'ftyp' &&
    count('moov') === 1 &&
    count('mdat') === 1 &&
    data !== undefined &&
    data.size > UNBLOCKED &&
    ['moof', 'mfra', 'sidx', 'meta'].every((type) => count(type) === 0) &&
    // Marks in the metadata are no label, and have no positions in them.
    boxes.every((box) => box.type !== 'uuid' || userType(box).equals(XMP_UUID))
  );
}

/** The hash assertion of a film. */
function hashAssertion(hash: Uint8Array, leaves: readonly Uint8Array[]): Buffer {
  return cborOf({
    exclusions: [
      { xpath: '/uuid', data: [{ offset: 8, value: C2PA_UUID }] },
      { xpath: '/ftyp' },
      { xpath: '/mfra' },
      { xpath: '/mdat', subset: [{ offset: UNBLOCKED, length: 0 }] },
    ],
    alg: 'sha256',
    hash,
    merkle: [{ uniqueId: 0, localId: 0, count: leaves.length, alg: 'sha256', hashes: leaves, fixedBlockSize: BLOCK }],
    name: 'jumbf manifest',
  });
}

/** The box around a manifest store: type, no flags, purpose, no further boxes. */
function labelBox(manifest: Uint8Array): Buffer {
  const purpose = Buffer.from('manifest\0', 'latin1');
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + 16 + 4 + purpose.length + 8 + manifest.length, 0);
  head.write('uuid', 4, 'latin1');
  return Buffer.concat([head, C2PA_UUID, Buffer.alloc(4), purpose, Buffer.alloc(8), manifest]);
}

/** A film of nothing, for the library to build a manifest on. */
function standIn(): Uint8Array {
  const box = (type: string, content: Uint8Array): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(8 + content.length, 0);
    head.write(type, 4, 'latin1');
    return Buffer.concat([head, content]);
  };
  const brand = Buffer.from('isom\0\0\x02\0isommp41', 'latin1');
  return Buffer.concat([box('ftyp', brand), box('mdat', Buffer.alloc(16))]);
}

/** A manifest for a stand-in, unsigned: its hash and its signature are replaced later. */
export async function draftManifest(
  job: Omit<SignJob, 'asset'> & { readonly mime: string },
  asset: Uint8Array,
  sidecar = false,
): Promise<Uint8Array> {
  const signer = { ...job.signer, sign: async () => job.signer.draft() };
  const signed = await signAsset({ ...job, signer, sidecar, asset: { mime: job.mime, source: memorySource(asset) } });
  return signed.manifest;
}

/** What a film is put together from. */
interface Film {
  readonly handle: number;
  readonly veil: Veil | undefined;
  readonly boxes: readonly FileBox[];
  /** Bytes that the label takes, behind the first box. */
  readonly room: number;
}

/** The labelled film from its beginning, in pieces of at most 1 MB; null stands for the label. */
function* piecesOf({ handle, veil, boxes, room }: Film): Generator<{
  readonly box: FileBox;
  readonly bytes: Buffer | null;
  /** Whether it is one of the blocks that are hashed each for itself. */
  readonly block: boolean;
}> {
  const [first] = boxes;
  for (const box of boxes) {
    if (box.type === 'moov') {
      const moov = readAt(handle, box.start, box.size, veil);
      moveOffsets(moov, (offset) => offset + (offset >= (first?.size ?? 0) ? room : 0));
      yield { box, bytes: moov, block: false };
      continue;
    }
    const head = box.type === 'mdat' ? UNBLOCKED : 0;
    if (head > 0) yield { box, bytes: readAt(handle, box.start, head, veil), block: false };
    for (let done = head; done < box.size; done += BLOCK) {
      const bytes = readAt(handle, box.start + done, Math.min(BLOCK, box.size - done), veil);
      yield { box, bytes, block: box.type === 'mdat' };
    }
    if (box === first) yield { box, bytes: null, block: false };
  }
}

/** The hash of a film as `c2pa.hash.bmff.v3` has it: over positions and boxes, and block by block over the data. */
function hashOf(film: Film): { hash: Buffer; leaves: Buffer[] } {
  const hash = createHash('sha256');
  const leaves: Buffer[] = [];
  const position = Buffer.alloc(8);
  let at = 0;
  let begun: FileBox | null = null;
  for (const { box, bytes, block } of piecesOf(film)) {
    const counts = bytes !== null && !LEFT_OUT.has(box.type);
    if (counts && begun !== box) {
      position.writeBigUInt64BE(BigInt(at));
      hash.update(position);
      begun = box;
    }
    at += bytes === null ? film.room : bytes.length;
    if (block && bytes !== null) leaves.push(createHash('sha256').update(bytes).digest());
    else if (counts) hash.update(bytes);
  }
  return { hash: hash.digest(), leaves };
}

/**
 * Writes `from` with its label to `to`.
 *
 * @param job as for `signAsset`; its asset is not read
 * @param veil what `from` was encrypted with, if it was
 * @returns false, and nothing written, where the film is built in a way that this cannot copy
 */
export async function embedInFilm(
  from: string,
  to: string,
  job: Omit<SignJob, 'asset'> & { readonly mime: string },
  veil?: Veil,
): Promise<boolean> {
  return writeLabelledCopy(from, to, 'film', async (handle) => {
    const boxes = topBoxes(handle, fstatSync(handle).size, veil);
    if (!plainFilm(boxes, (box) => readAt(handle, box.start + box.header, XMP_UUID.length, veil))) return null;
    const data = boxes.find((b) => b.type === 'mdat') as FileBox;
    const draft = await draftManifest(job, standIn());
    const blank = Buffer.alloc(32);
    const leafCount = Math.ceil((data.size - UNBLOCKED) / BLOCK);
    const manifestOf = (hash: Uint8Array, leaves: readonly Uint8Array[]): Unsigned =>
      replaceAssertion(draft, ASSERTION, hashAssertion(hash, leaves));
    // Hashes have one length, so the size of the label is known before the film is read.
    const room = labelBox(
      manifestOf(blank, new Array<Buffer>(leafCount).fill(blank)).signed(job.signer.draft()),
    ).length;
    const film: Film = { handle, veil, boxes, room };
    const { hash, leaves } = hashOf(film);
    const unsigned = manifestOf(hash, leaves);
    const label = labelBox(unsigned.signed(await job.signer.sign(unsigned.claim)));
    return (function* () {
      for (const { bytes } of piecesOf(film)) yield bytes ?? label;
    })();
  });
}

/**
 * The label of a file that cannot carry one: a manifest over the hash of the whole file.
 *
 * @param sha256 of the file
 */
export async function sidecarManifest(
  sha256: Uint8Array,
  job: Omit<SignJob, 'asset' | 'sidecar'> & { readonly mime: string },
): Promise<Uint8Array> {
  const draft = await draftManifest(job, new Uint8Array(16), true);
  const content = cborOf({ alg: 'sha256', hash: sha256, name: 'whole file', pad: new Uint8Array() });
  const unsigned = replaceAssertion(draft, 'c2pa.hash.data', content);
  return unsigned.signed(await job.signer.sign(unsigned.claim));
}
