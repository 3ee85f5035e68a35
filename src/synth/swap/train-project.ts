/**
 * Training a pair, end to end: analyze, ask for consent, cut out faces, train. The command line and the server call this,
 * and `swapMedia` of `swap-run.ts`, and nothing below.
 */
import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { assertUnchanged, LikenessError, type LongWork } from '../../base/index.js';
import type { DeviceRequest } from '../../tensor/index.js';
import { buildFaceSet } from './face-set.js';
import { rememberPair } from './kept-pairs.js';
import { allow, meet, type Purpose, type Side } from './meet.js';
import { openProject, presetOf, projectPaths, readProject, type SwapProject } from './project.js';
import { type TrainResult, trainPair } from './train.js';
import { writeTrainingPreview } from './train-preview.js';

/** What {@link trainProject} needs. */
export interface TrainJob extends LongWork, Purpose {
  readonly project: string;
  readonly source: Side;
  readonly target: Side;
  readonly preset: string;
  readonly seed?: number;
  readonly minutes?: number | undefined;
  readonly steps?: number | undefined;
  readonly warm?: boolean;
  readonly device?: DeviceRequest;
  readonly flip?: number;
}

/**
 * Trains a pair, or goes on with it: the source person's face for the target person's movements.
 *
 * @throws LikenessError of the rooms it calls; `consent.*` when a record does not allow it
 */
export async function trainProject(job: TrainJob): Promise<TrainResult & { readonly grant: string }> {
  const preset = presetOf(job.preset);
  const source = await meet(job.source, 'source', job);
  const target = await meet(job.target, 'target', job);
  const grant = await allow(['train'], source, job.source.consent, target, job.target.consent, job);
  const project: SwapProject = {
    version: 1,
    preset: preset.id,
    seed: job.seed ?? 1,
    a: { path: source.path, sha256: source.sha256, track: source.track.id, consent: grant.terms.source.recordDigest },
    b: {
      path: target.path,
      sha256: target.sha256,
      track: target.track.id,
      consent: grant.terms.replaced?.recordDigest ?? '',
    },
  };
  const begun = (await readProject(job.project)) !== null;
  await openProject(job.project, project);
  await rememberPair(job.project, [grant.terms.source.recordId, grant.terms.replaced?.recordId ?? '']);
  const paths = projectPaths(job.project);
  try {
    for (const [met, folder] of [
      [source, paths.facesA],
      [target, paths.facesB],
    ] as const)
      await buildFaceSet({
        video: met.path,
        track: met.track,
        folder,
        cropSize: preset.size,
        onProgress: job.onProgress,
        signal: job.signal,
      });
    // What was cut out is what was looked at and asked for.
    for (const met of [source, target]) await assertUnchanged(met.witness);
  } catch (thrown) {
    // A clip that will not do must not bind the folder to itself: the next try comes with another clip.
    if (!begun && thrown instanceof LikenessError && thrown.code === 'faces.too-few') {
      await rm(paths.settings, { force: true });
      for (const folder of [paths.facesA, paths.facesB]) await rm(folder, { recursive: true, force: true });
      await rmdir(dirname(paths.facesA)).catch(() => undefined);
      await rmdir(paths.root).catch(() => undefined);
    }
    throw thrown;
  }
  const { onProgress, signal, minutes, steps, warm, device, flip } = job;
  const unseen = new Set<string>();
  const result = await trainPair({
    project: job.project,
    grant,
    writePreview: async (sheet) => {
      const { territory } = job;
      const of = { grant, sourceSha256: source.sha256, targetSha256: target.sha256, preset: preset.id, territory };
      await writeTrainingPreview(sheet, paths.preview, of).catch(async (thrown: unknown) => {
        if (!(thrown instanceof LikenessError) || !thrown.code.startsWith('label.')) throw thrown;
        // A certificate that has run out stops what is made from being sealed, and is no reason to stop learning.
        unseen.add(`There is no preview: ${thrown.message}`);
        await rm(paths.preview, { force: true });
      });
    },
    onProgress,
    signal,
    minutes,
    steps,
    ...(warm === undefined ? {} : { warm }),
    ...(device === undefined ? {} : { device }),
    ...(flip === undefined ? {} : { flip }),
  });
  return { ...result, warnings: [...result.warnings, ...unseen], grant: grant.terms.id };
}
