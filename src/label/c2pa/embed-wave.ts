/**
 * Labels for sound in WAVE files without holding it in memory. As for films, the library builds and signs a manifest for a
 * stand-in; the hash of the real file takes the place of the stand-in's, and the label goes into a chunk behind the last one,
 * where the library puts it, too.
 */
import { createHash } from 'node:crypto';
import { fstatSync } from 'node:fs';
import type { Veil } from '../../base/index.js';
import { readAt } from './boxes.js';
import { cborOf } from './cbor.js';
import { draftManifest } from './embed-film.js';
import { replaceAssertion, type Unsigned } from './jumbf.js';
import { writeLabelledCopy } from './labelled-copy.js';
import type { SignJob } from './library.js';
import { riffChunks } from './riff.js';

const PIECE = 1 << 20;
const ASSERTION = 'c2pa.hash.data';
/** The sizes of RIFF have 32 bits. */
const LARGEST = 2 ** 32 - 1;

/** A moment of silence, for the library to build a manifest on. */
function standIn(): Uint8Array {
  const out = Buffer.alloc(46);
  out.write('RIFF', 0, 'latin1');
  out.writeUInt32LE(out.length - 8, 4);
  out.write('WAVEfmt ', 8, 'latin1');
  // 16 bytes of format: PCM, one channel, 8000 samples a second of 2 bytes each.
  [16, 0x0001_0001, 8000, 16_000, 0x0010_0002].forEach((value, i) => {
    out.writeUInt32LE(value, 16 + 4 * i);
  });
  out.write('data', 36, 'latin1');
  out.writeUInt32LE(2, 40);
  return out;
}

/** The hash assertion: of all bytes but the label's chunk. `pad` keeps the label's length even, as chunks want it. */
const hashAssertion = (hash: Uint8Array, start: number, length: number, pad: number): Buffer =>
  cborOf({
    exclusions: [{ start, length }],
    name: 'jumbf manifest',
    alg: 'sha256',
    hash,
    pad: new Uint8Array(pad),
  });

/**
 * Writes `from` with its label to `to`.
 *
 * @param job as for `signAsset`; its asset is not read
 * @param veil what `from` was encrypted with, if it was
 * @returns false, and nothing written, where the file has a label already, is cut off, or would pass 4 GB
 */
export async function embedInWave(
  from: string,
  to: string,
  job: Omit<SignJob, 'asset'> & { readonly mime: string },
  veil?: Veil,
): Promise<boolean> {
  return writeLabelledCopy(from, to, 'sound', async (handle) => {
    const { size } = fstatSync(handle);
    const chunks = riffChunks(handle, size, veil);
    if (chunks === null || chunks.some(({ type }) => type === 'C2PA')) return null;
    // What is counted in the first bytes, and an odd last chunk's filling that some programs leave out.
    const start = size + (size % 2);
    const draft = await draftManifest(job, standIn());
    const blank = Buffer.alloc(32);
    const signedLength = (unsigned: Unsigned): number => unsigned.signed(job.signer.draft()).length;
    // The label's length stands in the label: a few rounds settle how many digits it has, and whether it is even.
    let [length, pad] = [0, 0];
    for (let round = 0; round < 8; round++) {
      const now = signedLength(replaceAssertion(draft, ASSERTION, hashAssertion(blank, start, length, pad)));
      if (now % 2 === 1) pad ^= 1;
      else if (now + 8 === length) break;
      else length = now + 8;
    }
    if (start + length - 8 > LARGEST) return null;
    const head = readAt(handle, 0, 12, veil);
    head.writeUInt32LE(start + length - 8, 4);
    function* sound(): Generator<Buffer> {
      yield head;
      for (let at = 12; at < size; at += PIECE) yield readAt(handle, at, Math.min(PIECE, size - at), veil);
      if (start > size) yield Buffer.alloc(1);
    }
    const hash = createHash('sha256');
    for (const piece of sound()) hash.update(piece);
    const unsigned = replaceAssertion(draft, ASSERTION, hashAssertion(hash.digest(), start, length, pad));
    const manifest = unsigned.signed(await job.signer.sign(unsigned.claim));
    if (manifest.length + 8 !== length) return null;
    const chunk = Buffer.alloc(8);
    chunk.write('C2PA', 0, 'latin1');
    chunk.writeUInt32LE(manifest.length, 4);
    return (function* () {
      yield* sound();
      yield chunk;
      yield manifest;
    })();
  });
}
