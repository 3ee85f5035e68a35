/**
 * Checkpoints that survive a crash at any moment. One file each, written to a temporary name, flushed and renamed; the
 * last two are kept. Layout: magic, length of the JSON header, header, tensors as raw little-endian float32 in the
 * header's order, SHA-256 of everything before it.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, hasErrno, LikenessError, temporaryBeside } from '../base/index.js';
import { type Shape, sizeOf } from './graph.js';

const MAGIC = 'LIKENESS-TENSOR1';
const NAME = /^checkpoint-(\d{10})\.bin$/;
const PART = /^\.checkpoint-\d{10}\.bin\..*\.part$/;
const KEPT = 2;

/** What a checkpoint holds. */
export interface CheckpointContent {
  /** Steps made, by group. */
  readonly steps: Readonly<Record<string, number>>;
  /** The caller's own JSON value: random state, position in the data, settings. */
  readonly note: unknown;
  readonly tensors: readonly { readonly name: string; readonly shape: Shape; readonly data: Float32Array }[];
  /** What went wrong with newer checkpoints of the folder, one sentence each. */
  readonly warnings: readonly string[];
}

interface Header {
  readonly steps: Record<string, number>;
  readonly note: unknown;
  readonly tensors: { name: string; shape: number[] }[];
}

async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (hasErrno(cause, 'ENOENT')) return [];
    throw fileError(folder, 'looking for checkpoints', cause);
  }
}

/** Checkpoint files of a folder, newest first. */
async function checkpoints(folder: string): Promise<string[]> {
  return (await names(folder))
    .filter((n) => NAME.test(n))
    .sort()
    .reverse();
}

async function flushFolder(folder: string): Promise<void> {
  // Windows cannot open a folder for flushing and needs no such flush for a rename to last.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes the next checkpoint of a folder and removes all but the last two.
 * @returns the path of the new file
 */
export async function writeCheckpoint(folder: string, content: Omit<CheckpointContent, 'warnings'>): Promise<string> {
  const [newest] = await checkpoints(folder);
  const number = newest ? Number(NAME.exec(newest)?.[1]) + 1 : 1;
  const path = join(folder, `checkpoint-${String(number).padStart(10, '0')}.bin`);
  const part = temporaryBeside(path);
  try {
    await mkdir(folder, { recursive: true });
    const handle = await open(part, 'wx');
    try {
      const hash = createHash('sha256');
      const put = async (bytes: Uint8Array): Promise<void> => {
        let at = 0;
        while (at < bytes.length) at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
      };
      const tensors = content.tensors.map((t) => ({ name: t.name, shape: t.shape }));
      const header = Buffer.from(JSON.stringify({ steps: content.steps, note: content.note, tensors }));
      const length = Buffer.alloc(4);
      length.writeUInt32LE(header.length);
      const head = Buffer.concat([Buffer.from(MAGIC), length, header]);
      hash.update(head);
      await put(head);
      for (const { data } of content.tensors) {
        const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        hash.update(raw);
        await put(raw);
      }
      await put(hash.digest());
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
    await flushFolder(folder);
    // Left-overs of earlier crashes go too; two writers on one folder are not supported.
    for (const old of (await checkpoints(folder)).slice(KEPT)) await rm(join(folder, old), { force: true });
    for (const n of await names(folder)) if (PART.test(n)) await rm(join(folder, n), { force: true });
    return path;
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    throw fileError(path, 'writing the checkpoint', cause);
  }
}

/** Decodes one file, or says what is wrong with it. */
function decode(bytes: Buffer): Omit<CheckpointContent, 'warnings'> | string {
  const start = MAGIC.length + 4;
  if (bytes.length < start + 32) return 'is cut short';
  if (bytes.subarray(0, MAGIC.length).toString('latin1') !== MAGIC) return 'is not a checkpoint';
  const body = bytes.subarray(0, bytes.length - 32);
  if (!createHash('sha256').update(body).digest().equals(bytes.subarray(body.length)))
    return 'is damaged: its checksum does not match';
  const end = start + bytes.readUInt32LE(MAGIC.length);
  const header = JSON.parse(body.subarray(start, end).toString('utf8')) as Header;
  let at = end;
  const tensors = header.tensors.map(({ name, shape }) => {
    const data = new Float32Array(sizeOf(shape));
    const raw = new Uint8Array(data.buffer);
    raw.set(body.subarray(at, at + raw.length));
    at += raw.length;
    return { name, shape, data };
  });
  return { steps: header.steps, note: header.note, tensors };
}

/**
 * Reads the newest checkpoint of a folder that is sound. A damaged one is named in `warnings`, set aside under the ending
 * `.damaged`, and the one before it is taken.
 *
 * @returns undefined where the folder holds no checkpoint
 * @throws LikenessError `checkpoint.damaged` when there are some and none is sound
 */
export async function readCheckpoint(folder: string): Promise<CheckpointContent | undefined> {
  const warnings: string[] = [];
  for (const name of await checkpoints(folder)) {
    const path = join(folder, name);
    let bytes: Buffer;
    try {
      bytes = await readFile(path);
    } catch (cause) {
      throw fileError(path, 'reading the checkpoint', cause);
    }
    const found = decode(bytes);
    if (typeof found !== 'string') return { ...found, warnings };
    warnings.push(`${path} ${found}.`);
    // Out of the sequence, so that it does not count among the two that are kept. In a read-only folder it stays.
    await rename(path, `${path}.damaged`).catch(() => undefined);
  }
  if (warnings.length === 0) return undefined;
  throw new LikenessError('checkpoint.damaged', `${warnings.join(' ')} No sound checkpoint is left.`, {
    hint: `Remove the folder ${folder} and train anew.`,
  });
}
