/** Measures a finished swap: two analyses, one pass over the pixels, one comparison of identities. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { LongWork } from '../../base/index.js';
import { analyzeVideo, cosine, createFaceEngine, type Track } from '../../faces/index.js';
import { probe } from '../../media/index.js';
import { scoreIdentity } from './identity.js';
import { labelBoxes, watermarkOf } from './marks.js';
import { measurePicture } from './measure-picture.js';
import { type MeasureOptions, touchedBy } from './options.js';
import { faceFigures, pairFaces } from './pairs.js';
import { takePictures, type WantedPicture } from './pictures.js';
import { pixelFigures } from './pixel-figures.js';
import { passOverPixels } from './pixel-pass.js';
import { encodePlain } from './plain.js';
import { PRINTS, seen, spread, trackOf } from './prints.js';
import { mean } from './stats.js';
import { suspectsOf } from './suspects.js';
import type { QualityReport, ReportPicture, Series } from './types.js';
import { type Standout, worstFrames } from './worst.js';

const STRIP = 6;
const WORST = 6;

/** The strip of before and after, and the worst frames. */
async function reportPictures(
  options: MeasureOptions,
  track: Track,
  worst: readonly Standout[],
): Promise<{ strip: ReportPicture[]; worst: ReportPicture[] }> {
  const faces = seen(track);
  const strip = spread(faces.slice(Math.min(3, faces.length - 1)), STRIP);
  const boxes = new Map(faces.map((face) => [face.frame, face.box]));
  const wanted = new Map<number, WantedPicture>(
    strip.map(({ frame, box }) => [frame, { box, caption: 'Original and output' }]),
  );
  for (const { frame, reason } of worst) {
    const box = boxes.get(frame);
    if (box !== undefined) wanted.set(frame, { box, caption: reason });
  }
  const pictures = await takePictures(options, wanted);
  const of = (frames: readonly number[]): ReportPicture[] => pictures.filter(({ frame }) => frames.includes(frame));
  const bad = worst.map(({ frame }) => frame);
  return { strip: of(strip.map(({ frame }) => frame).filter((frame) => !bad.includes(frame))), worst: of(bad) };
}

/**
 * Measures how good a swap is, of a video or a picture.
 *
 * @throws LikenessError `report.mismatch` where the output is no render of the original, `report.no-face`,
 * `report.no-track`, and those of media and faces
 * @example
 * const report = await measureSwap({ original, output, source: await sourcePrints('her.mp4'), facts });
 * await writeReport('him.swap.report', report);
 */
export async function measureSwap(options: MeasureOptions): Promise<QualityReport> {
  const { kind } = options.analysis?.media ?? (await probe(options.original));
  return kind === 'picture' ? measurePicture(options) : measureVideo(options);
}

async function measureVideo(options: MeasureOptions): Promise<QualityReport> {
  const { onProgress, signal } = options;
  const engine = await createFaceEngine();
  const temporary = await mkdtemp(join(tmpdir(), 'likeness-report-'));
  try {
    const work = (what: string): LongWork => ({
      signal,
      onProgress: onProgress && ((event) => onProgress({ ...event, stage: `${what}: ${event.stage}` })),
    });
    const before =
      options.analysis ?? (await analyzeVideo(options.original, { ...work('original'), engine, masks: false }));
    const track = trackOf(before, options.original, options.track);
    const after = await analyzeVideo(options.output, { ...work('output'), engine, masks: false });
    const pairs = pairFaces(track, after.tracks);

    const total = before.frames;
    const plain = join(temporary, `plain${extname(options.output).toLowerCase() === '.webm' ? '.webm' : '.mp4'}`);
    const watermark = await watermarkOf(options.output);
    const label = await labelBoxes(options.output, before);
    const changedBySwap = touchedBy(options, track);
    const markLoss = await encodePlain(plain, {
      watermark,
      original: options.original,
      quality: options.quality ?? 'good',
      total,
      onProgress,
      signal,
    });

    const found = pairs.flatMap(({ frame, output }) => (output === null ? [] : [{ frame, output }]));
    const chosen = new Map(spread(found, PRINTS).map(({ frame, output }) => [frame, output]));
    const prints = { frames: [] as number[], output: [] as Float32Array[], target: [] as Float32Array[] };
    const pass = await passOverPixels({
      original: options.original,
      output: options.output,
      plain,
      faces: new Map(seen(track).map((face) => [face.frame, face])),
      cuts: new Set(before.cuts),
      touched: (frame) => [...changedBySwap(frame), ...label(frame)],
      total,
      onProgress,
      signal,
      onFace: async (frame, original, output, face) => {
        const mine = chosen.get(frame);
        if (mine === undefined || options.source.length === 0) return;
        const [target, made] = await Promise.all([
          engine.embedB(original, face.landmarks),
          engine.embedB(output, mine.landmarks),
        ]);
        prints.frames.push(frame);
        prints.output.push(made);
        prints.target.push(target);
      },
    });

    const fromFaces = faceFigures(pairs);
    const fromPixels = pixelFigures(pass);
    const likeness: Series = {
      id: 'identity',
      title: 'Identity: cosine with the source',
      unit: '1 is the same picture',
      frames: prints.frames,
      output: prints.output.map((print) => mean(options.source.map((other) => cosine(print, other)))),
      target: prints.target.map((print) => mean(options.source.map((other) => cosine(print, other)))),
    };
    const series = [...(prints.frames.length > 0 ? [likeness] : []), ...fromFaces.series, ...fromPixels.series];
    const rate = before.media.video?.frameRate ?? 25;
    const worst = worstFrames(suspectsOf(series, pairs), WORST, Math.round(rate / 2));
    const pictures = await reportPictures(options, track, worst);
    const video = before.media.video;
    return {
      version: 1,
      made: new Date().toISOString(),
      original: options.original,
      output: options.output,
      media: {
        kind: 'video',
        width: video?.width ?? 0,
        height: video?.height ?? 0,
        frameRate: rate,
        frames: pass.count,
      },
      track: track.id,
      still: null,
      ...fromFaces,
      ...fromPixels,
      watermark: {
        payload: watermark === null ? null : Buffer.from(watermark.payload).toString('hex'),
        loss: markLoss,
      },
      identity:
        prints.output.length > 0 && options.source.length > 1
          ? { ...scoreIdentity(prints.output, options.source, prints.target), samples: prints.output.length }
          : null,
      series,
      worst: worst.map(({ frame, reason }) => ({ frame, time: frame / rate, reason })),
      facts: options.facts,
      pictures,
    };
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await engine.close();
  }
}
