/** Measures a swapped picture: what a single moment can say. Nothing of it is about time. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { LikenessError } from '../../base/index.js';
import { analyzePicture, createFaceEngine, mouthOpening } from '../../faces/index.js';
import { WatermarkEmbedder } from '../../label/index.js';
import { type Frame, readPicture, writePicture } from '../../media/index.js';
import { scoreIdentity } from './identity.js';
import { labelBoxes, watermarkIn } from './marks.js';
import { type MeasureOptions, touchedBy } from './options.js';
import { lids, pairFaces } from './pairs.js';
import { sideBySide } from './pictures.js';
import { detailsOf } from './pixel-pass.js';
import { planeOf } from './planes.js';
import { poseAngle } from './pose.js';
import { trackOf } from './prints.js';
import type { QualityReport } from './types.js';
import { compareOutside, noSums, psnrOf, ssimOf } from './untouched.js';

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
const NOTHING = { ratio: null, output: null, original: null };

/** As `measureSwap`, for a picture. */
export async function measurePicture(options: MeasureOptions): Promise<QualityReport> {
  const { original, output, source, signal, onProgress } = options;
  const step = (done: number): void => {
    signal?.throwIfAborted();
    onProgress?.({ stage: 'measuring', done, total: 3, unit: 'steps' });
  };
  const engine = await createFaceEngine();
  const temporary = await mkdtemp(join(tmpdir(), 'likeness-report-'));
  try {
    const before = options.analysis ?? (await analyzePicture(original, { engine, masks: false }));
    const track = trackOf(before, original, options.track);
    step(1);
    const [was, is] = [await readPicture(original), await readPicture(output)];
    if (was.width !== is.width || was.height !== is.height)
      throw new LikenessError('report.mismatch', `${output} is no swap of ${original}: the two differ in size.`, {
        hint: 'Name the original first and the swapped picture second.',
      });
    const after = await analyzePicture(output, { engine, masks: false });
    const [pair] = pairFaces(track, after.tracks);
    if (pair === undefined)
      throw new LikenessError('report.no-face', `${original} shows no face to measure.`, {
        hint: `likeness analyze ${original} shows who is there.`,
      });
    step(2);
    const made = pair.output;
    const prints =
      made !== null && source.length > 1
        ? [await engine.embedB(is, made.landmarks), await engine.embedB(was, pair.target.landmarks)]
        : [];
    const [print, target] = prints;
    // The re-encode is marked as the output is: the two differ by the swap alone.
    const watermark = watermarkIn(is);
    const marked: Frame = { ...was, pixels: was.pixels.slice() };
    if (watermark !== null)
      new WatermarkEmbedder(was.width, was.height, watermark.payload, watermark.layout).apply(marked);
    const plain = join(temporary, `plain${extname(output).toLowerCase()}`);
    await writePicture(plain, marked);
    const again = await readPicture(plain);
    const sums = { output: noSums(), plain: noSums(), marks: noSums() };
    const label = await labelBoxes(output, before);
    const boxes = [...touchedBy(options, track)(0), ...label(0)];
    const [a, b] = [planeOf(was), planeOf(is)];
    compareOutside(a, planeOf(marked), [], sums.marks);
    compareOutside(a, b, boxes, sums.output);
    compareOutside(a, planeOf(again), boxes, sums.plain);
    const [ssim, plainSsim] = [ssimOf(sums.output), ssimOf(sums.plain)];
    const [detailWas, detailIs] = detailsOf(a, b, pair.target);
    const angle = made === null ? null : poseAngle(pair.target.pose, made.pose);
    const picture = {
      frame: 0,
      time: 0,
      caption: 'Original and output',
      jpeg: await sideBySide(was, is, pair.target.box),
    };
    step(3);
    return {
      version: 1,
      made: new Date().toISOString(),
      original,
      output,
      media: { kind: 'picture', width: was.width, height: was.height, frameRate: 0, frames: 1 },
      track: track.id,
      coverage: { target: 1, found: made === null ? 0 : 1 },
      identity: print && target ? { ...scoreIdentity([print], source, [target]), samples: 1 } : null,
      still:
        made === null
          ? null
          : {
              mouth: mouthOpening(made.landmarks) - mouthOpening(pair.target.landmarks),
              eyes: lids(made.landmarks) - lids(pair.target.landmarks),
            },
      pose: { mean: angle, p95: angle },
      expression: { mouth: { correlation: null, amplitude: null }, eyes: { correlation: null, amplitude: null } },
      flicker: NOTHING,
      jitter: NOTHING,
      untouched: {
        ssim: orNull(ssim),
        plainSsim: orNull(plainSsim),
        loss: orNull(plainSsim - ssim),
        psnr: orNull(psnrOf(sums.output)),
        plainPsnr: orNull(psnrOf(sums.plain)),
      },
      watermark: {
        payload: watermark === null ? null : Buffer.from(watermark.payload).toString('hex'),
        loss: watermark === null ? null : orNull(1 - ssimOf(sums.marks)),
      },
      sharpness: {
        ratio: orNull(detailIs.gradient / detailWas.gradient),
        bands: ([0, 1, 2] as const).map((i) => orNull(detailIs.bands[i] / detailWas.bands[i])),
      },
      series: [],
      worst: [],
      facts: options.facts,
      pictures: { strip: [picture], worst: [] },
    };
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await engine.close();
  }
}
