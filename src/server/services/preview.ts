/** The latest picture of work that goes on: the sheet of a training, a frame of a render. Both carry marks and a label. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolder, type Job, type Snapshots, segmentsPath, trainingPath } from '../../jobs/index.js';
import { RENDER_PREVIEW } from '../../synth/swap/index.js';

/** Kinds of jobs that may have one. */
export const hasPreview = (kind: Job['kind']): boolean => kind === 'train' || kind === 'render';

/** PNG; null where there is none yet, or it lies on the machine of the worker that made it. */
export async function previewOf({ id, input }: Job, snapshots: Snapshots): Promise<Buffer | null> {
  if (input.kind === 'train') return snapshots.pick(trainingPath(input.target, input.route), 'preview.png');
  if (input.kind !== 'render') return null;
  return readFile(join(dataFolder(), segmentsPath(id), RENDER_PREVIEW)).catch(() => null);
}
