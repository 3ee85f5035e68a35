/**
 * The face set of one person: aligned crops with landmarks, pose, expression and drive vector, picked from a tracked
 * clip. A folder of four flat files, so that training reads it without decoding anything.
 */
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, LikenessError, type LongWork, sha256File, temporaryBeside, writeAtomic } from '../../base/index.js';
import { fitHead, type Track, type TrackedFace } from '../../faces/index.js';
import { openVideo, releaseFrame, sampleAffine } from '../../media/index.js';
import { placeCrop, pointsInCrop } from './alignment.js';
import type { CropStore } from './augment.js';
import { type DriveReference, driveReference, measureDrive, normaliseDrive } from './drive.js';
import { faceMasks } from './masks.js';
import { canonicalShape, neutralShape } from './neutral.js';
import type { ReadFile } from './types.js';

/** How far the stored crops reach beyond the training crop: room for turns and shifts. */
export const FACE_SET_MARGIN = 1.25;
const VERSION = 2;

/** What is known of one stored crop. */
export interface FaceSetEntry {
  readonly frame: number;
  readonly timestamp: number;
  /** Yaw, pitch, roll in degrees. */
  readonly pose: readonly [number, number, number];
  /** 52 weights, three decimals. */
  readonly expression: readonly number[];
  /** Raw drive vector. */
  readonly drive: readonly number[];
  /** Mean gradient inside the face, 0..255 per pixel. */
  readonly sharpness: number;
}

/** The index of a face set: `faces.json`. */
export interface FaceSetIndex {
  readonly version: number;
  readonly size: number;
  readonly margin: number;
  readonly count: number;
  /** The clip that it was taken from. */
  readonly sourceSha256: string;
  readonly track: number;
  readonly reference: DriveReference;
  /** Shape at rest, `neutral.ts`, 468 x y z in centimetres. */
  readonly neutral: readonly number[];
  /** How many pictures were passed over, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly faces: readonly FaceSetEntry[];
}

/** A face set in memory. */
export interface FaceSet extends CropStore {
  readonly index: FaceSetIndex;
  /** Landmarks in pixels of the stored crops: `count * 478 * 2`. */
  readonly points: Float32Array;
  /** What a net sees, per face. */
  readonly drives: readonly Float32Array[];
}

/** What {@link buildFaceSet} needs. */
export interface FaceSetRequest extends LongWork {
  readonly video: string;
  readonly track: Track;
  readonly folder: string;
  /** Side of the training crop; stored crops are `margin` times as large. */
  readonly cropSize: number;
  /** At most so many faces. */
  readonly limit?: number;
}

/** The raw drive vector of a tracked face. */
export function driveOf(face: Pick<TrackedFace, 'landmarks' | 'pose'>): Float32Array {
  return measureDrive(face.landmarks, fitHead(face.landmarks), face.pose);
}

/** A tracked person's shape at rest. */
export function neutralOf(faces: readonly Pick<TrackedFace, 'landmarks' | 'pose'>[]): Float32Array {
  return neutralShape(
    faces.map((f) => {
      const fit = fitHead(f.landmarks);
      // Of a long clip few shapes are looked at; all at once would be 340 kB for each second.
      return {
        get shape(): Float32Array {
          return canonicalShape(f.landmarks, fit);
        },
        gap: measureDrive(f.landmarks, fit, f.pose)[3] ?? 0,
      };
    }),
  );
}

/** Mean absolute gradient of the green channel inside the face mask. */
function sharpnessOf(rgb: Uint8Array, masks: Uint8Array, size: number): number {
  let sum = 0;
  let count = 0;
  for (let y = 1; y < size - 1; y++)
    for (let x = 1; x < size - 1; x++) {
      const i = y * size + x;
      if ((masks[i * 2] as number) < 128) continue;
      const g = rgb[i * 3 + 1] as number;
      sum += Math.abs(g - (rgb[i * 3 + 4] as number)) + Math.abs(g - (rgb[(i + size) * 3 + 1] as number));
      count++;
    }
  return count === 0 ? 0 : sum / count;
}

/** Mean absolute difference of two crops, every third byte. */
function difference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 3) sum += Math.abs((a[i] as number) - (b[i] as number));
  return (sum * 3) / a.length;
}

/** Faces worth a look before decoding: confident, whole, and at most `limit`, thinned where they are alike. */
function candidates(track: Track, limit: number, skipped: Record<string, number>): TrackedFace[] {
  const skip = (why: string): false => {
    skipped[why] = (skipped[why] ?? 0) + 1;
    return false;
  };
  const good = track.faces.filter((f) =>
    f.interpolated ? skip('lost') : f.confidence < 0.5 ? skip('unsure') : f.occlusion > 0.35 ? skip('covered') : true,
  );
  if (good.length <= limit) return good;
  skipped['thinned'] = good.length - limit;
  return Array.from({ length: limit }, (_, i) => good[Math.floor((i * good.length) / limit)] as TrackedFace);
}

/**
 * Cuts a person's crops out of a clip and writes the set. Blurred pictures (below 45 % of the median sharpness) and
 * near copies of the previous one are left out. A set that is there already for the same clip, track and size is kept.
 *
 * @throws LikenessError `faces.too-few` when fewer than 12 usable faces remain
 */
export async function buildFaceSet(request: FaceSetRequest): Promise<FaceSetIndex> {
  const { folder, track, video } = request;
  const size = Math.round((request.cropSize * FACE_SET_MARGIN) / 2) * 2;
  const sourceSha256 = await sha256File(video);
  const known = await readIndex(folder).catch(() => null);
  if (known && known.sourceSha256 === sourceSha256 && known.track === track.id && known.size === size) return known;
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw fileError(folder, 'making the folder of the face set', cause);
  });
  const skipped: Record<string, number> = {};
  const wanted = new Map(candidates(track, request.limit ?? 3000, skipped).map((f) => [f.timestamp, f]));
  const parts = {
    rgb: temporaryBeside(join(folder, 'crops.rgb')),
    masks: temporaryBeside(join(folder, 'masks.bin')),
    points: temporaryBeside(join(folder, 'points.f32')),
  };
  const files = {
    rgb: await open(parts.rgb, 'w'),
    masks: await open(parts.masks, 'w'),
    points: await open(parts.points, 'w'),
  };
  const faces: FaceSetEntry[] = [];
  const raws: Float32Array[] = [];
  let previous: Uint8Array | null = null;
  let seen = 0;
  const source = await openVideo(video);
  try {
    for await (const frame of source.frames()) {
      request.signal?.throwIfAborted();
      const face = wanted.get(frame.timestamp);
      if (face) {
        const placement = placeCrop(face.landmarks, size, FACE_SET_MARGIN);
        const rgb = new Uint8Array(size * size * 3);
        sampleAffine(frame, placement, size, size, rgb, { layout: 'interleaved' });
        const points = pointsInCrop(face.landmarks, placement);
        const masks = new Uint8Array(size * size * 2);
        faceMasks(points, size, masks);
        if (previous !== null && difference(previous, rgb) < 0.8)
          skipped['duplicate'] = (skipped['duplicate'] ?? 0) + 1;
        else {
          previous = rgb;
          const raw = driveOf(face);
          raws.push(raw);
          faces.push({
            frame: face.frame,
            timestamp: face.timestamp,
            pose: [face.pose.yaw, face.pose.pitch, face.pose.roll],
            expression: Array.from(face.expression, (v) => Math.round(v * 1000) / 1000),
            drive: Array.from(raw, (v) => Math.round(v * 1e5) / 1e5),
            sharpness: sharpnessOf(rgb, masks, size),
          });
          await files.rgb.write(rgb);
          await files.masks.write(masks);
          await files.points.write(new Uint8Array(points.buffer));
        }
        request.onProgress?.({ stage: 'cutting out faces', done: ++seen, total: wanted.size, unit: 'faces' });
      }
      releaseFrame(frame);
    }
    for (const file of Object.values(files)) await file.sync();
  } catch (cause) {
    for (const part of Object.values(parts)) await rm(part, { force: true });
    if (cause instanceof Error && cause.name === 'AbortError') throw cause;
    throw fileError(folder, 'writing the face set', cause);
  } finally {
    for (const file of Object.values(files)) await file.close();
    await source.close();
  }
  const median = [...faces].map((f) => f.sharpness).sort((a, b) => a - b)[faces.length >> 1] ?? 0;
  const index: FaceSetIndex = {
    version: VERSION,
    size,
    margin: FACE_SET_MARGIN,
    count: faces.length,
    sourceSha256,
    track: track.id,
    neutral: Array.from(neutralOf(track.faces), (v) => Math.round(v * 1e4) / 1e4),
    reference: driveReference(raws.length > 0 ? raws : [new Float32Array(24)]),
    skipped: { ...skipped, blurred: faces.filter((f) => f.sharpness < 0.45 * median).length },
    faces,
  };
  if (faces.length < 12) {
    for (const part of Object.values(parts)) await rm(part, { force: true });
    throw new LikenessError(
      'faces.too-few',
      `${video} shows person ${track.id} in ${faces.length} usable pictures, 12 are needed.`,
      {
        hint: 'Use a longer or sharper clip in which the face is seen well.',
      },
    );
  }
  await rename(parts.rgb, join(folder, 'crops.rgb'));
  await rename(parts.masks, join(folder, 'masks.bin'));
  await rename(parts.points, join(folder, 'points.f32'));
  await writeAtomic(join(folder, 'faces.json'), JSON.stringify(index));
  return index;
}

const readPlain: ReadFile = async (path) => Uint8Array.from(await readFile(path));

async function readIndex(folder: string, read: ReadFile = readPlain): Promise<FaceSetIndex> {
  const path = join(folder, 'faces.json');
  let index: FaceSetIndex;
  try {
    index = JSON.parse(Buffer.from(await read(path)).toString('utf8')) as FaceSetIndex;
  } catch (cause) {
    throw fileError(path, 'reading the face set', cause);
  }
  if (index.version !== VERSION)
    throw new LikenessError('faces.version', `${path} was written by another version (${String(index.version)}).`, {
      hint: 'Delete the folder; the set is made anew.',
    });
  return index;
}

/**
 * Reads a face set into memory.
 *
 * @param read how its files are read, where they do not lie on the disk as they are
 * @throws LikenessError `faces.damaged` when a file does not have the size that the index says
 */
export async function openFaceSet(folder: string, read?: ReadFile): Promise<FaceSet> {
  const index = await readIndex(folder, read);
  const pixels = index.count * index.size * index.size;
  const load = async (name: string, bytes: number): Promise<Uint8Array> => {
    const path = join(folder, name);
    const known = read === undefined ? null : await read(path);
    const size =
      known?.length ??
      (
        await stat(path).catch((cause: unknown) => {
          throw fileError(path, 'reading the face set', cause);
        })
      ).size;
    if (size !== bytes)
      throw new LikenessError('faces.damaged', `${path} has ${size} bytes, ${bytes} are expected.`, {
        hint: 'Delete the folder; the set is made anew.',
      });
    return known ?? readFile(path);
  };
  const rgb = await load('crops.rgb', pixels * 3);
  const masks = await load('masks.bin', pixels * 2);
  const raw = await load('points.f32', index.count * 478 * 2 * 4);
  const points = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
  const drives = index.faces.map((f) => normaliseDrive(Float32Array.from(f.drive), index.reference));
  return { size: index.size, margin: index.margin, count: index.count, rgb, masks, points, drives, index };
}
