/** The latest picture of work that goes on: the sheet of a training, a frame of a render. Both carry marks and a label. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BlobStore,
  dataFolder,
  type Job,
  previewPath,
  type Snapshots,
  shownPreviewPath,
  trainingPath,
  wholeBlob,
} from '../../jobs/index.js';

/** Kinds of jobs that may have one. */
export const hasPreview = (kind: Job['kind']): boolean => kind === 'train' || kind === 'render';

/** PNG; null where there is none yet. */
export async function previewOf(
  { id, input }: Job,
  { blobs, snapshots }: { readonly blobs: BlobStore; readonly snapshots: Snapshots },
): Promise<Buffer | null> {
  if (input.kind === 'train') return snapshots.pick(trainingPath(input.target, input.route), 'preview.png');
  if (input.kind !== 'render') return null;
  const shown = shownPreviewPath(id);
  if (blobs.shared && (await blobs.size(shown)) !== null) return wholeBlob(blobs, shown);
  return readFile(join(dataFolder(), previewPath(id))).catch(() => null);
}
