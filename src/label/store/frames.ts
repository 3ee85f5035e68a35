/** Frames of a picture or film, spread over its length: for the hashes that are kept and the look for watermarks. */
import { LikenessError } from '../../base/index.js';
import {
  type Frame,
  type FrameRange,
  openVideo,
  readPicture,
  releaseFrame,
  type VideoSource,
} from '../../media/index.js';
import { labelFormat } from '../formats.js';
import { hashText, perceptualHash } from '../watermark/index.js';

/** Frames that are kept of a film: so many, or one for every second of a short one. */
const KEPT_FRAMES = 8;

/** Frames that a jump costs: from the key frame before to the one that is wanted, and some of delay. Shorter films are read through. */
const SEEK_FRAMES = 24;

/** Key frames before the wanted places, each once, and such places themselves where they are few. */
async function placesOf(video: VideoSource, wanted: readonly number[]): Promise<FrameRange[]> {
  const keys = new Set<number>();
  const places: { readonly range: FrameRange; readonly key: boolean }[] = [];
  for (const middle of wanted) {
    const before = await video.keyFrameBefore(middle);
    const key = before !== null && before >= 0 && !keys.has(before) ? before : null;
    if (key !== null) keys.add(key);
    places.push({ range: key === null ? { fromUs: middle } : { fromUs: key, toUs: key + 1 }, key: key !== null });
  }
  const enough = keys.size >= Math.max(2, wanted.length / 2);
  return places.filter(({ key }) => key || !enough).map(({ range }) => range);
}

/**
 * Up to `most` frames spread over the film, in order; one for a picture, none for sound and other files. Of a short film
 * those in the middle of equal parts. Of a longer one the key frames before these, each once: they cost one frame to decode
 * in place of dozens, and encoders spend most on them. Where they are fewer than half of what is wanted, or than two, the
 * middles that share one with another are taken as well. A frame is valid until the next one is asked for.
 *
 * @param each seconds of film that a frame is to stand for; a film of less than `most` times that gives fewer, two at least
 * @throws LikenessError `media.*` for media that cannot be decoded
 */
export async function* spreadFrames(path: string, most: number, each = 0): AsyncGenerator<Frame, void, undefined> {
  const { mime } = labelFormat(path);
  if (mime.startsWith('image/')) {
    yield await readPicture(path);
    return;
  }
  if (!mime.startsWith('video/')) return;
  const video = await openVideo(path);
  try {
    const { duration } = video.info;
    const count = each > 0 ? Math.min(most, Math.max(2, Math.round(duration / each))) : most;
    const all = video.info.video?.frameCount ?? Number.POSITIVE_INFINITY;
    const frames = Math.max(1, Math.min(count, all));
    const wanted = Array.from({ length: frames }, (_, i) => Math.floor((((i + 0.5) * duration) / frames) * 1e6));
    if (all <= count * SEEK_FRAMES) {
      let i = 0;
      for await (const frame of video.frames()) {
        // A place that lies behind the frame before and not behind this one is this one's.
        if (i < frames && frame.timestamp >= (wanted[i] as number)) {
          while (i < frames && frame.timestamp >= (wanted[i] as number)) i++;
          yield frame;
        }
        releaseFrame(frame);
        if (i === frames) break;
      }
      return;
    }
    for (const range of await placesOf(video, wanted)) {
      const part = video.frames(range);
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
    for await (const frame of spreadFrames(path, KEPT_FRAMES, 1)) hashes.push(hashText(perceptualHash(frame)));
  } catch (cause) {
    // Media without pictures, or that only others can decode, is still sealed and kept by its bytes.
    if (!(cause instanceof LikenessError)) throw cause;
  }
  return hashes;
}
