/**
 * The masks of a render, kept small beside it, so that a page can show them and somebody can paint on them. What lies on
 * the disk is locked with the key of this machine: landmarks and outlines of people are in it.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { deflateSync, inflateSync } from 'node:zlib';
import { fileError, hasErrno, writeAtomic } from '../../base/index.js';
import { type Box, lockBytes, unlockBytes } from '../../faces/index.js';
import { SKIRT_COUNT, withSkirt } from '../swap/mesh/skirt.js';

/** Longer side of a mask that is kept, in pixels. */
const KEPT_SIDE = 112;

/** One person in one frame. */
export interface PersonMask {
  /** Number of the person in the target. */
  readonly person: number;
  /** What the mask covers, pixels of the frame. */
  readonly box: Box;
  readonly columns: number;
  readonly rows: number;
  /** How much of each place is the new face, 0..255, row by row. */
  readonly alpha: Uint8Array;
  /** The mesh with its skirt in the frame: x y pairs, pixels. */
  readonly points: Float32Array;
}

/** The masks of one frame. */
export interface MaskFrame {
  /** Number in the target, from 0. */
  readonly frame: number;
  /** Microseconds. */
  readonly timestamp: number;
  /** First frame of its shot, and of the next one, or null where there is none. */
  readonly shot: readonly [number, number | null];
  readonly people: readonly PersonMask[];
}

/**
 * Takes down what was put into a frame.
 *
 * @param alpha of each pixel of the box, 0..255
 * @param landmarks x y z each, pixels of the frame
 */
export function personMask(person: number, box: Box, alpha: Uint8Array, landmarks: Float32Array): PersonMask {
  const shrink = Math.max(1, Math.max(box.width, box.height) / KEPT_SIDE);
  const columns = Math.max(1, Math.round(box.width / shrink));
  const rows = Math.max(1, Math.round(box.height / shrink));
  const small = new Uint8Array(box.width > 0 ? columns * rows : 0);
  for (let y = 0; y < rows && small.length > 0; y++) {
    const y0 = Math.floor((y * box.height) / rows);
    const y1 = Math.max(y0 + 1, Math.floor(((y + 1) * box.height) / rows));
    for (let x = 0; x < columns; x++) {
      const x0 = Math.floor((x * box.width) / columns);
      const x1 = Math.max(x0 + 1, Math.floor(((x + 1) * box.width) / columns));
      let sum = 0;
      for (let v = y0; v < y1; v++) for (let u = x0; u < x1; u++) sum += alpha[v * box.width + u] ?? 0;
      small[y * columns + x] = Math.round(sum / ((y1 - y0) * (x1 - x0)));
    }
  }
  const flat = new Float32Array((landmarks.length / 3) * 2);
  for (let i = 0; i * 2 < flat.length; i++) {
    flat[i * 2] = landmarks[i * 3] as number;
    flat[i * 2 + 1] = landmarks[i * 3 + 1] as number;
  }
  const points = new Float32Array(SKIRT_COUNT * 2);
  withSkirt(flat, points);
  return { person, box, columns, rows, alpha: small, points };
}

/** A stretch of frames as bytes. */
export const packMasks = (frames: readonly MaskFrame[]): Uint8Array => deflateSync(serialize(frames), { level: 3 });

const unpackMasks = (bytes: Uint8Array): MaskFrame[] => deserialize(inflateSync(bytes)) as MaskFrame[];

/** Where the masks of a render lie, and of which render they are: bound to their bytes. */
export interface MaskPlace {
  readonly folder: string;
  readonly id: string;
}

const NAME = /^(\d{1,9})-(\d{1,15})\.masks$/;
const purpose = ({ id }: MaskPlace, at: number): string => `likeness.masks/1 ${id} ${at}`;

/** Keeps one stretch of a render: whole or not at all. */
export async function writeMasks(place: MaskPlace, at: number, packed: Uint8Array): Promise<void> {
  const [first] = unpackMasks(packed);
  if (first === undefined) return;
  await mkdir(place.folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw fileError(place.folder, 'making the folder of the masks', cause);
  });
  const path = join(place.folder, `${at}-${Math.max(0, first.timestamp)}.masks`);
  await writeAtomic(path, await lockBytes(packed, purpose(place, at)), 0o600);
}

/**
 * The masks of the frame that is shown at a time, or null where none were kept or they cannot be opened.
 *
 * @throws LikenessError `file.*`
 */
export async function readMasks(place: MaskPlace, seconds: number): Promise<MaskFrame | null> {
  const names = await readdir(place.folder).catch((cause: unknown): string[] => {
    if (hasErrno(cause, 'ENOENT')) return [];
    throw fileError(place.folder, 'reading the masks', cause);
  });
  const at = Math.round(seconds * 1e6);
  const stretches = names
    .flatMap((name) => {
      const [, number, from] = NAME.exec(name) ?? [];
      return number === undefined ? [] : [{ name, number: Number(number), from: Number(from) }];
    })
    .sort((a, b) => a.from - b.from);
  const found = stretches.findLast(({ from }) => from <= at) ?? stretches[0];
  if (found === undefined) return null;
  const path = join(place.folder, found.name);
  const locked = await readFile(path).catch((cause: unknown) => {
    throw fileError(path, 'reading the masks', cause);
  });
  const packed = await unlockBytes(locked, purpose(place, found.number));
  if (packed === null) return null;
  // A frame is shown from its own time on.
  const frames = unpackMasks(packed);
  return frames.findLast(({ timestamp }) => timestamp <= at + 500) ?? frames[0] ?? null;
}
