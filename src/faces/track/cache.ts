/**
 * Analyses that other commands find again. The key is the content of the file together with the nets that looked at it,
 * so a changed file or a new net never meets an old answer. Landmarks lie in the file as plain numbers; who the people are
 * is locked with the key of this machine.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  assertUnchanged,
  EXPRESSION_NAMES,
  fileError,
  hasErrno,
  LikenessError,
  sha256,
  sha256File,
  temporaryBeside,
  witnessFile,
} from '../../base/index.js';
import { listModels } from '../../models/index.js';
import { LANDMARK_COUNT } from '../geometry/index.js';
import type { Identity, TrackedFace } from '../types.js';
import { type AnalyzeOptions, analyzeFile } from './analyze.js';
import { lockBytes, unlockBytes } from './machine-key.js';
import { MeshList } from './mesh-list.js';
import type { Analysis, AnalyzedTrack, TrackMask } from './types.js';

/** Raised whenever the same file would give another answer for a reason other than its nets. */
const REVISION = 3;
const MAGIC = 'likeness-analysis';
/** The nets that an analysis depends on. */
const NETS = ['blazeface', 'face-range', 'facemesh', 'faceres', 'mobilefacenet', 'selfie'];
const WEIGHTS = EXPRESSION_NAMES.length;
const POINTS = 3 * LANDMARK_COUNT;
/** Numbers of one face: points, weights, box, pose, confidence, occlusion, interpolated. */
const FACE = POINTS + WEIGHTS + 4 + 3 + 3;

interface Header {
  readonly magic: string;
  readonly key: string;
  readonly analysis: Omit<Analysis, 'tracks'>;
  readonly tracks: readonly {
    readonly id: number;
    readonly span: readonly [number, number];
    readonly runs: readonly (readonly [number, number])[];
    readonly frames: readonly number[];
    readonly timestamps: readonly number[];
    /** Frames whose identity was measured, in the order of the locked part. */
    readonly prints: readonly number[];
    readonly masks: readonly Omit<TrackMask, 'data'>[];
  }[];
  /** Bytes of the locked part. */
  readonly locked: number;
  readonly lengths: { readonly a: number; readonly b: number };
}

const bytesOf = (numbers: Float32Array): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** All identities behind one another: of each track the mean, then those of its prints. */
function identities(analysis: Analysis): Float32Array {
  const list: Identity[] = analysis.tracks.flatMap((t) => [
    t.identity,
    ...t.faces.flatMap((f) => (f.identity === null ? [] : [f.identity])),
  ]);
  const size = list.reduce((n, i) => n + i.a.length + i.b.length, 0);
  const all = new Float32Array(size);
  let at = 0;
  for (const i of list) {
    all.set(i.a, at);
    all.set(i.b, at + i.a.length);
    at += i.a.length + i.b.length;
  }
  return all;
}

function packFace(f: TrackedFace, row: Float32Array): void {
  row.set(f.landmarks, 0);
  row.set(f.expression, POINTS);
  const { box, pose } = f;
  row.set(
    [
      box.x,
      box.y,
      box.width,
      box.height,
      pose.yaw,
      pose.pitch,
      pose.roll,
      f.confidence,
      f.occlusion,
      f.interpolated ? 1 : 0,
    ],
    POINTS + WEIGHTS,
  );
}

/** A face from a row of the file. Its landmarks are kept in `meshes`. */
function unpackFace(
  row: Float32Array,
  frame: number,
  timestamp: number,
  identity: Identity | null,
  meshes: MeshList,
): TrackedFace {
  const at = meshes.length;
  meshes.push(row.subarray(0, POINTS));
  const [x = 0, y = 0, width = 0, height = 0, yaw = 0, pitch = 0, roll = 0, confidence = 0, occlusion = 0, filled = 0] =
    row.subarray(POINTS + WEIGHTS);
  return {
    frame,
    timestamp,
    box: { x, y, width, height },
    get landmarks(): Float32Array {
      return meshes.at(at) as Float32Array;
    },
    expression: row.slice(POINTS, POINTS + WEIGHTS),
    pose: { yaw, pitch, roll },
    confidence,
    occlusion,
    interpolated: filled === 1,
    identity,
  };
}

/** Writes the cache file: length and text of the header, locked identities, then per track its faces and masks, then a hash. */
async function store(path: string, key: string, analysis: Analysis): Promise<void> {
  const { tracks, ...rest } = analysis;
  const locked = await lockBytes(bytesOf(identities(analysis)), key);
  const first = tracks[0]?.identity;
  const header: Header = {
    magic: MAGIC,
    key,
    analysis: rest,
    tracks: tracks.map((t) => ({
      id: t.id,
      span: t.span,
      runs: t.runs,
      frames: t.faces.map((f) => f.frame),
      timestamps: t.faces.map((f) => f.timestamp),
      prints: t.faces.flatMap((f) => (f.identity === null ? [] : [f.frame])),
      masks: t.masks.map(({ frame, box, width, height }) => ({ frame, box, width, height })),
    })),
    locked: locked.length,
    lengths: { a: first?.a.length ?? 0, b: first?.b.length ?? 0 },
  };
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(text.length);
  const part = temporaryBeside(path);
  try {
    const handle = await open(part, 'wx', 0o600);
    try {
      const hash = createHash('sha256');
      const put = async (bytes: Uint8Array): Promise<void> => {
        hash.update(bytes);
        await handle.writeFile(bytes);
      };
      for (const bytes of [size, text, locked]) await put(bytes);
      const row = new Float32Array(FACE);
      for (const track of tracks) {
        for (const face of track.faces) {
          packFace(face, row);
          await put(bytesOf(row));
        }
        for (const mask of track.masks) await put(mask.data);
      }
      await handle.writeFile(hash.digest());
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    throw fileError(path, 'keeping the analysis', cause);
  }
}

/** Whether the file ends with the hash of all that stands before it. */
async function whole(path: string, bytes: number): Promise<boolean> {
  if (bytes < 64) return false;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { end: bytes - 33 })) hash.update(chunk as Buffer);
  const parts: Buffer[] = [];
  for await (const chunk of createReadStream(path, { start: bytes - 32 })) parts.push(chunk as Buffer);
  return hash.digest().equals(Buffer.concat(parts));
}

/** Reads a file front to back, a piece of known length at a time, so that it is never in memory twice. */
class PieceReader {
  readonly #handle: FileHandle;
  #at = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async next(bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const piece = new Uint8Array(bytes);
    let got = 0;
    while (got < bytes) {
      const { bytesRead } = await this.#handle.read(piece, got, bytes - got, this.#at + got);
      if (bytesRead === 0) throw new LikenessError('file.damaged', 'A kept analysis ends too early.');
      got += bytesRead;
    }
    this.#at += bytes;
    return piece;
  }
}

async function readTracks(reader: PieceReader, header: Header, who: Float32Array): Promise<AnalyzedTrack[]> {
  let whoAt = 0;
  const identity = (): Identity => {
    const { a, b } = header.lengths;
    whoAt += a + b;
    return { a: who.slice(whoAt - a - b, whoAt - b), b: who.slice(whoAt - b, whoAt) };
  };
  const tracks: AnalyzedTrack[] = [];
  for (const t of header.tracks) {
    const mean = identity();
    const prints = new Map(t.prints.map((frame) => [frame, identity()]));
    const faces: TrackedFace[] = [];
    const meshes = new MeshList();
    for (const [i, frame] of t.frames.entries()) {
      const row = new Float32Array((await reader.next(4 * FACE)).buffer);
      faces.push(unpackFace(row, frame, t.timestamps[i] as number, prints.get(frame) ?? null, meshes));
    }
    const masks: TrackMask[] = [];
    for (const m of t.masks) masks.push({ ...m, data: await reader.next(m.width * m.height) });
    tracks.push({ id: t.id, span: t.span, runs: t.runs, identity: mean, faces, masks });
  }
  return tracks;
}

/** Reads a cache file; null where it is missing, damaged, of another key or of another machine. */
async function load(path: string, key: string): Promise<Analysis | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (cause) {
    if (hasErrno(cause, 'ENOENT')) return null;
    throw fileError(path, 'reading a kept analysis', cause);
  }
  try {
    if (!(await whole(path, (await handle.stat()).size))) return null;
    const reader = new PieceReader(handle);
    const size = Buffer.from(await reader.next(4)).readUInt32LE(0);
    const header = JSON.parse(Buffer.from(await reader.next(size)).toString('utf8')) as Header;
    if (header.magic !== MAGIC || header.key !== key) return null;
    const who = await unlockBytes(await reader.next(header.locked), key);
    if (who === null) return null;
    return {
      ...header.analysis,
      tracks: await readTracks(reader, header, new Float32Array(new Uint8Array(who).buffer)),
    };
  } catch (cause) {
    throw fileError(path, 'reading a kept analysis', cause);
  } finally {
    await handle.close();
  }
}

async function keyOf(fileSha256: string, options: AnalyzeOptions): Promise<string> {
  const cards = (await listModels()).filter((card) => NETS.includes(card.id));
  const nets = cards.map((card) => `${card.id}:${card.sha256}`).sort();
  const [small, masks] = [options.small ?? true, options.masks ?? true];
  return sha256(JSON.stringify([REVISION, fileSha256, nets, small, masks]));
}

/** What a cached analysis is kept under: 64 hex digits. Changes with the file, the nets and the options. */
export async function analysisKey(path: string, options: AnalyzeOptions = {}): Promise<string> {
  return keyOf(await sha256File(path), options);
}

/**
 * The analysis of a file whose hash is known, where it was kept: for whoever has not the file itself.
 *
 * @param path what messages call the file
 * @returns null where it is not kept, or not by this machine
 */
export async function keptAnalysis(fileSha256: string, path: string, folder: string): Promise<Analysis | null> {
  const key = await keyOf(fileSha256, {});
  const kept = await load(join(folder, `${key}.analysis`), key);
  return kept === null ? null : { ...kept, media: { ...kept.media, path } };
}

/**
 * The analysis of a file, from `folder` where it is kept from an earlier time, else made now and kept there.
 *
 * @param folder made where it is missing; its files are for this machine only
 * @throws LikenessError as `analyzeFile` does, `file.changed` where the file changes meanwhile, and of the disk
 */
export async function cachedAnalysis(path: string, folder: string, options: AnalyzeOptions = {}): Promise<Analysis> {
  const witness = await witnessFile(path);
  const key = await keyOf(witness.sha256, options);
  const file = join(folder, `${key}.analysis`);
  const kept = await load(file, key);
  if (kept !== null) return { ...kept, media: { ...kept.media, path } };
  const analysis = await analyzeFile(path, options);
  // The people of a file that stood in its place meanwhile must not be kept as the people of this one.
  await assertUnchanged(witness);
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw fileError(folder, 'making the folder for analyses', cause);
  }
  await store(file, key, analysis);
  return analysis;
}
