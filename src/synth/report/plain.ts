/** The fair comparison for untouched pixels: the original, encoded again and not otherwise changed. */
import type { LongWork } from '../../base/index.js';
import { WatermarkEmbedder, type WatermarkFinding } from '../../label/index.js';
import { createVideoWriter, openVideo, type Quality, releaseFrame } from '../../media/index.js';
import { type Plane, planeOf } from './planes.js';
import { compareOutside, noSums, ssimOf } from './untouched.js';

/** What {@link encodePlain} needs. */
export interface PlainOptions extends LongWork {
  readonly original: string;
  /** Encoder quality of the output. */
  readonly quality: Quality;
  /** Frames in the clip, for the progress. */
  readonly total: number;
  /** The output's watermark: the re-encode is marked alike, so that the two differ by the swap alone. */
  readonly watermark?: WatermarkFinding | null;
}

/** Every how many frames the cost of the watermark is measured. */
const EVERY = 10;

/**
 * Encodes the original again with the settings of the output; `path` ends as the output does.
 *
 * @returns SSIM that the watermark alone costs, before encoding; null where there is none
 * @throws LikenessError of the media room
 */
export async function encodePlain(path: string, options: PlainOptions): Promise<number | null> {
  const video = await openVideo(options.original);
  try {
    const info = video.info.video;
    if (info === null) return null;
    const mark = options.watermark ?? null;
    const watermark = mark === null ? null : new WatermarkEmbedder(info.width, info.height, mark.payload, mark.layout);
    const cost = noSums();
    const writer = await createVideoWriter(path, {
      width: info.width,
      height: info.height,
      color: info.color,
      frameRate: info.frameRate,
      quality: options.quality,
    });
    try {
      let done = 0;
      for await (const frame of video.frames()) {
        options.signal?.throwIfAborted();
        if (watermark !== null) {
          const before: Plane | null = done % EVERY === 0 ? planeOf({ ...frame, pixels: frame.pixels.slice() }) : null;
          watermark.apply(frame);
          if (before !== null) compareOutside(before, planeOf(frame), [], cost);
        }
        await writer.write(frame);
        releaseFrame(frame);
        options.onProgress?.({ stage: 'plain re-encode', done: ++done, total: options.total, unit: 'frames' });
      }
      await writer.finish();
      return watermark === null ? null : 1 - ssimOf(cost);
    } finally {
      await writer.abort();
    }
  } finally {
    video.close();
  }
}
