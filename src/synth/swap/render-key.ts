/** What decides the pixels of a render, as one hash: where any of it is different, finished segments are of no use. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { packageRoot } from '../../base/index.js';
import type { AnalyzedTrack } from '../../faces/index.js';
import type { RenderRoute } from './render.js';
import { type FrameRange, RUN_IN, SEGMENT_SECONDS, STRETCH_SECONDS } from './stretches.js';

/** Everything but the routes. */
export interface RenderFacts {
  /** SHA-256 of the target. */
  readonly target: string;
  /** Everybody in it: the visible label keeps out of all faces. */
  readonly tracks: readonly AnalyzedTrack[];
  /** What the manifest says of the marks in the pixels. */
  readonly marks: unknown;
  readonly cuts: readonly number[];
  readonly job: {
    readonly out: string;
    readonly quality?: unknown;
    readonly segmentSeconds?: number;
    readonly stretchSeconds?: number;
    readonly enhance?: boolean;
    readonly outline?: number;
    readonly use: string;
    readonly territory?: string | undefined;
  };
  /** The frames that are made, where it is not all of them. */
  readonly range: FrameRange | undefined;
  /** Engine, nets and records of each route. */
  readonly facts: readonly unknown[];
}

let code: string | null = null;

/** Hash of the program itself: its compiled files, the packages that it was made for, and the machine that runs it. */
export function codeVersion(): string {
  if (code !== null) return code;
  const hash = createHash('sha256');
  const dist = join(packageRoot, 'dist');
  let files: string[] = [];
  try {
    files = readdirSync(dist, { recursive: true }).map(String);
  } catch {
    // Sources that were never built: the version in package.json has to do.
  }
  for (const file of files.filter((f) => f.endsWith('.js')).sort())
    hash.update(file).update(readFileSync(join(dist, file)));
  hash.update(readFileSync(join(packageRoot, 'package.json')));
  hash.update(`${process.version} ${process.platform} ${process.arch}`);
  code = hash.digest('hex');
  return code;
}

const bytesOf = (numbers: Float32Array): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** Hash of all that was measured of a person. */
function trackDigest(track: AnalyzedTrack): string {
  const hash = createHash('sha256');
  for (const {
    landmarks,
    expression,
    frame,
    timestamp,
    box,
    pose,
    confidence,
    occlusion,
    interpolated,
  } of track.faces) {
    hash.update(bytesOf(landmarks)).update(bytesOf(expression));
    hash.update(JSON.stringify([frame, timestamp, box, pose, confidence, occlusion, interpolated]));
  }
  for (const { data, frame, box } of track.masks) hash.update(data).update(JSON.stringify([frame, box]));
  return hash.digest('hex');
}

/** The key of a render: 64 hex digits. */
export function renderKey(
  routes: readonly RenderRoute[],
  { target, tracks, cuts, marks, job, range, facts }: RenderFacts,
): string {
  const people = tracks.map((track) => [track.id, trackDigest(track)]);
  const routed = routes.map(({ track, sourceSha256 }) => [track.id, sourceSha256]);
  const {
    quality = 'good',
    segmentSeconds = SEGMENT_SECONDS,
    stretchSeconds = STRETCH_SECONDS,
    enhance = false,
    outline = 1,
    use,
    territory = null,
  } = job;
  const division = [segmentSeconds, stretchSeconds, RUN_IN];
  const settings = [quality, division, enhance, outline, use, territory, extname(job.out).toLowerCase()];
  return createHash('sha256')
    .update(JSON.stringify([codeVersion(), target, cuts, people, routed, marks, settings, range ?? null, facts]))
    .digest('hex');
}
