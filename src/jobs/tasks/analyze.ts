/** Who is in a file: people, when, and a picture of each. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { likenessHome, writeAtomic } from '../../base/index.js';
import { cachedAnalysis, portraits } from '../../faces/index.js';
import { openStored, type Task } from './task.js';

/** Side of a person's picture, in pixels. */
const PORTRAIT = 192;

/** A person as the studio shows them. */
export interface MediaPerson {
  readonly id: number;
  /** Frames in which they are seen. */
  readonly frames: number;
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  /** Mean width of the face in pixels. */
  readonly width: number;
  readonly confidence: number;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);

/** See the head of this file. */
export const analyze: Task<'analyze'> = async ({ media }, { folder: _, ...work }) => {
  const path = await openStored(media);
  const analysis = await cachedAnalysis(path, join(likenessHome(), 'analysis'), work);
  const folder = join(dirname(path), 'people');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [id, jpeg] of await portraits(analysis, PORTRAIT, work.signal))
    await writeAtomic(join(folder, `${id}.jpg`), jpeg);
  const people = analysis.tracks.map(
    (track): MediaPerson => ({
      id: track.id,
      frames: track.faces.length,
      from: (track.faces[0]?.timestamp ?? 0) / 1e6,
      to: (track.faces.at(-1)?.timestamp ?? 0) / 1e6,
      width: Math.round(mean(track.faces.map((face) => face.box.width))),
      confidence: Math.round(1000 * mean(track.faces.map((face) => face.confidence))) / 1000,
    }),
  );
  const { frames, cuts, remarks } = analysis;
  return { result: { people, frames, cuts: cuts.length, remarks }, files: [], made: null };
};
