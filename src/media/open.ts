/** The one way into a media file: look at its contents, import it where that is needed, open it. */

import type { Input } from 'mediabunny';
import { LikenessError } from '../base/index.js';
import { openInput, type Sniffed, sniff, unknownFormat } from './container.js';
import { canDecode } from './decoder.js';
import { importForeign } from './import.js';

/** A file that is open for reading. The caller disposes `input`. */
export interface Opened {
  readonly input: Input;
  readonly sniffed: Sniffed;
  /** True where `input` is an intermediate made by ffmpeg. */
  readonly imported: boolean;
}

/**
 * Opens a video or sound file, importing it through ffmpeg where its container or its video codec asks for that.
 *
 * @throws LikenessError `media.picture`, `media.unknown-format`, `media.needs-ffmpeg`, `media.damaged`, `file.*`
 */
export async function openMedia(path: string): Promise<Opened> {
  const sniffed = await sniff(path);
  if (sniffed.kind === 'picture')
    throw new LikenessError('media.picture', `${path} is a picture (${sniffed.name}), a video was expected.`, {
      hint: 'Name a video file.',
    });
  if (sniffed.kind === 'unknown') throw unknownFormat(path);
  if (sniffed.kind === 'foreign') {
    const input = await openInput(await importForeign(path, sniffed.name));
    return { input, sniffed, imported: true };
  }
  const input = await openInput(path);
  try {
    const track = await input.getPrimaryVideoTrack();
    const codec = track ? await track.getCodec() : null;
    if (!track || canDecode(codec)) return { input, sniffed, imported: false };
  } catch (cause) {
    input.dispose();
    throw cause;
  }
  input.dispose();
  return { input: await openInput(await importForeign(path, sniffed.name)), sniffed, imported: true };
}
