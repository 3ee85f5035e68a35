/**
 * Recordings of people who consented, kept as evidence: AES-256-GCM in pieces under a key of its own for each, which lies
 * in the file under the machine key. The day on which it is to be deleted stands in the file's name and is bound into the
 * encryption; `sweepEvidence` deletes what is due and writes so into the audit log.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { fileError, LikenessError, likenessHome, temporaryBeside } from '../../base/index.js';
import { appendAudit } from '../audit.js';
import { lockSecret, secretBoxSchema, unlockSecret } from '../private-files.js';

const folder = (): string => join(likenessHome(), 'evidence');
/** Bytes of the recording in one piece. */
const PIECE = 1 << 20;
const TAG = 16;
const NAME = /^(\d{8}T\d{6}Z)-([0-9a-f]{32})\.evidence$/;

const headerSchema = z.strictObject({
  type: z.literal('LikenessEvidence'),
  /** Id of the challenge that the recording answers. */
  id: z.string().regex(/^[0-9a-f]{32}$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  name: z.string().max(255),
  until: z.iso.datetime(),
  key: secretBoxSchema,
});
type Header = z.infer<typeof headerSchema>;

/** `20270101T000000Z`: safe in file names, and in order of time. */
const stamp = (until: Date): string => `${until.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;

const instantOf = (text: string): number =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

/** What binds a key to its recording, and a piece to its place. */
const purposeOf = ({ id, sha256, until }: Pick<Header, 'id' | 'sha256' | 'until'>): string =>
  `evidence:${id}:${sha256}:${until}`;

function nonceOf(piece: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(piece, 8);
  return nonce;
}

/** A recording in the store. */
export interface Evidence {
  readonly id: string;
  /** UTC; from then on it is deleted. */
  readonly until: string;
  readonly path: string;
}

/** All recordings in the store, by their names alone. */
export function listEvidence(): Evidence[] {
  if (!existsSync(folder())) return [];
  return readdirSync(folder()).flatMap((name) => {
    const match = NAME.exec(name);
    if (match === null) return [];
    const until = new Date(instantOf(match[1] as string)).toISOString();
    return [{ id: match[2] as string, until, path: join(folder(), name) }];
  });
}

/** One encrypted piece: its length, the bytes, the tag. */
function sealPiece(key: Buffer, purpose: string, piece: number, plain: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(piece));
  cipher.setAAD(Buffer.from(purpose));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(plain.length);
  return Buffer.concat([length, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Encrypts a recording into the store. Memory does not grow with its length.
 *
 * @param id of its challenge
 * @param sha256 of the recording, hex
 * @param until when it is to be deleted
 */
export async function storeEvidence(path: string, id: string, sha256: string, until: Date): Promise<Evidence> {
  const bare = { id, sha256, until: `${until.toISOString().slice(0, 19)}Z` };
  const purpose = purposeOf(bare);
  const target = join(folder(), `${stamp(until)}-${id}.evidence`);
  const part = temporaryBeside(target);
  const key = randomBytes(32);
  try {
    await mkdir(folder(), { recursive: true, mode: 0o700 });
    const out = await open(part, 'wx', 0o600);
    try {
      const header: Header = {
        type: 'LikenessEvidence',
        ...bare,
        name: basename(path).slice(0, 200),
        key: await lockSecret(key, purpose),
      };
      await out.write(`${JSON.stringify(header)}\n`);
      let piece = 0;
      for await (const chunk of createReadStream(path, { highWaterMark: PIECE }))
        await out.write(sealPiece(key, purpose, piece++, chunk as Buffer));
      await out.sync();
    } finally {
      await out.close();
    }
    await rename(part, target);
  } catch (cause) {
    await rm(part, { force: true });
    throw fileError(target, 'storing evidence', cause);
  } finally {
    key.fill(0);
  }
  await appendAudit('evidence', { challenge: id, recording: sha256, until: bare.until, what: 'stored' });
  return { id, until: bare.until, path: target };
}

const damagedEvidence = (id: string, cause: unknown): LikenessError =>
  new LikenessError('consent.evidence.damaged', `The recording ${id} does not open: it was changed, or is not whole.`, {
    hint: 'Restore the evidence folder from a backup.',
    cause,
  });

/** Reads exactly `length` bytes, or fewer at the end of the file. */
async function readBytes(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}

/**
 * Writes a recording out again, for a person to look at. It appears whole or not at all.
 *
 * @throws LikenessError `consent.evidence.missing|damaged`
 */
export async function extractEvidence(id: string, to: string): Promise<void> {
  const evidence = listEvidence().find((one) => one.id === id);
  if (evidence === undefined)
    throw new LikenessError('consent.evidence.missing', `The recording ${id} is not kept here.`, {
      hint: 'It is deleted on its day; "likeness consent log" says when.',
    });
  const part = temporaryBeside(to);
  const file = await open(evidence.path, 'r');
  try {
    const head = await readBytes(file, 0, 16_384);
    const end = head.indexOf(10);
    let header: Header;
    let key: Buffer;
    try {
      header = headerSchema.parse(JSON.parse(head.subarray(0, end).toString('utf8')));
      key = await unlockSecret(header.key, purposeOf(header), `The recording ${id}`);
    } catch (cause) {
      throw damagedEvidence(id, cause);
    }
    const out = await open(part, 'wx', 0o600);
    const hash = createHash('sha256');
    try {
      let at = end + 1;
      for (let piece = 0; ; piece++) {
        const length = await readBytes(file, at, 4);
        if (length.length === 0) break;
        const bytes = length.length === 4 ? length.readUInt32BE() : PIECE + 1;
        if (bytes > PIECE) throw damagedEvidence(id, undefined);
        const sealed = await readBytes(file, at + 4, bytes + TAG);
        at += 4 + bytes + TAG;
        const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(piece), { authTagLength: TAG });
        decipher.setAAD(Buffer.from(purposeOf(header)));
        let plain: Buffer;
        try {
          decipher.setAuthTag(sealed.subarray(bytes));
          plain = Buffer.concat([decipher.update(sealed.subarray(0, bytes)), decipher.final()]);
        } catch (cause) {
          throw damagedEvidence(id, cause);
        }
        hash.update(plain);
        await out.write(plain);
      }
      if (hash.digest('hex') !== header.sha256) throw damagedEvidence(id, undefined);
    } finally {
      key.fill(0);
      await out.close();
    }
    await rename(part, to);
  } catch (cause) {
    await rm(part, { force: true });
    throw fileError(to, 'writing a recording', cause);
  } finally {
    await file.close();
  }
}

/**
 * Deletes every recording whose day has come. Only names are read, so it costs nothing where nothing is due.
 *
 * @returns what was deleted
 */
export async function sweepEvidence(now: Date = new Date()): Promise<Evidence[]> {
  const due = listEvidence().filter(({ until }) => Date.parse(until) <= now.getTime());
  for (const { id, until, path } of due) {
    await rm(path, { force: true });
    await appendAudit('evidence', { challenge: id, until, what: 'deleted' });
  }
  return due;
}
