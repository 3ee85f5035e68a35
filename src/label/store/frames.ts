/** Frames of a picture or film, spread over its length: for the hashes that are kept and the look for watermarks. */
import { LikenessError } from '../../base/index.js';
import { type Frame, openVideo, readPicture, releaseFrame } from '../../media/index.js';
import { labelFormat } from '../formats.js';
import { hashText, perceptualHash } from '../watermark/index.js';

/** Frames that are kept of a film. */
export const KEPT_FRAMES = 8;

/**
 * Up to `count` frames in the middle of equal parts of the film; one for a picture, none for sound and other files. A
 * frame is valid until the next one is asked for.
 *
 * @throws LikenessError `media.*` for media that cannot be decoded
 */
export async function* spreadFrames(path: string, count: number): AsyncGenerator<Frame, void, undefined> {
  const { mime } = labelFormat(path);
  if (mime.startsWith('image/')) {
    yield await readPicture(path);
    return;
  }
  if (!mime.startsWith('video/')) return;
  const video = await openVideo(path);
  try {
    const { duration } = video.info;
    const frames = Math.max(1, Math.min(count, video.info.video?.frameCount ?? count));
    for (let i = 0; i < frames; i++) {
      const part = video.frames({ fromUs: Math.floor((((i + 0.5) * duration) / frames) * 1e6) });
      try {
        const next = await part.next();
        if (next.done === true) continue;
        yield next.value;
        releaseFrame(next.value);
      } finally {
        await part.return();
      }
    }
  } finally {
    video.close();
  }
}

/** Perceptual hashes of a file's frames as text; none where nothing of it can be seen. */
export async function hashesOf(path: string): Promise<string[]> {
  const hashes: string[] = [];
  try {
    for await (const frame of spreadFrames(path, KEPT_FRAMES)) hashes.push(hashText(perceptualHash(frame)));
  } catch (cause) {
    // Media without pictures, or that only others can decode, is still sealed and kept by its bytes.
    if (!(cause instanceof LikenessError)) throw cause;
  }
  return hashes;
}
