/** A first look at a file that came from outside: what it is, and a small picture of it. Runs in a child process. */
import { writeAtomic } from '../base/index.js';
import {
  encodeThumbnail,
  type Frame,
  type MediaInfo,
  openVideo,
  probe,
  readPicture,
  releaseFrame,
} from '../media/index.js';

/** Longer side of a poster, in pixels. */
const POSTER = 640;

const writePoster = async (path: string, frame: Frame): Promise<void> =>
  writeAtomic(path, await encodeThumbnail(frame, POSTER));

/**
 * Probes a file and writes its poster. Sound has none.
 *
 * @throws LikenessError `media.*` where the file cannot be used
 */
export async function lookAtFile(path: string, poster: string): Promise<MediaInfo> {
  const info = await probe(path);
  if (info.kind === 'picture') await writePoster(poster, await readPicture(path));
  if (info.kind === 'video') {
    const video = await openVideo(path);
    try {
      for await (const frame of video.frames()) {
        await writePoster(poster, frame);
        releaseFrame(frame);
        break;
      }
    } finally {
      video.close();
    }
  }
  return info;
}
