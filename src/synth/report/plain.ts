/** The fair comparison for untouched pixels: the original, encoded again and not otherwise changed. */
import type { LongWork } from '../../base/index.js';
import { createVideoWriter, openVideo, type Quality, releaseFrame } from '../../media/index.js';

/** What {@link encodePlain} needs. */
export interface PlainOptions extends LongWork {
  readonly original: string;
  /** Encoder quality of the output. */
  readonly quality: Quality;
  /** Frames in the clip, for the progress. */
  readonly total: number;
}

/**
 * Encodes the original again with the settings of the output; `path` ends as the output does.
 *
 * @throws LikenessError of the media room
 */
export async function encodePlain(path: string, options: PlainOptions): Promise<void> {
  const video = await openVideo(options.original);
  try {
    const info = video.info.video;
    if (info === null) return;
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
        await writer.write(frame);
        releaseFrame(frame);
        options.onProgress?.({ stage: 'plain re-encode', done: ++done, total: options.total, unit: 'frames' });
      }
      await writer.finish();
    } finally {
      await writer.abort();
    }
  } finally {
    video.close();
  }
}
