/** The one way into a media file: look at its contents, import it where that is needed, open it. */

import type { Input } from 'mediabunny';
import { LikenessError } from '../base/index.js';
import { openInput, type Sniffed, sniff, unknownFormat } from './container.js';
import { canDecode } from './decoder.js';
import { importForeign, readerOf } from './import.js';

/** A file that is open for reading. The caller disposes `input`. */
export interface Opened {
  readonly input: Input;
  readonly sniffed: Sniffed;
  /** True where `input` is an intermediate made by ffmpeg. */
  readonly imported: boolean;
  /** The file that `input` reads, and libav's name of its container. */
  readonly reads: { readonly path: string; readonly format: string };
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
  const imported = async (): Promise<Opened> => {
    const made = await importForeign(path, sniffed.name);
    return { input: await openInput(made), sniffed, imported: true, reads: { path: made, format: readerOf('mp4') } };
  };
  if (sniffed.kind === 'foreign') return imported();
  const input = await openInput(path);
  try {
    const track = await input.getPrimaryVideoTrack();
    const codec = track ? await track.getCodec() : null;
    if (!track || canDecode(codec))
      return { input, sniffed, imported: false, reads: { path, format: readerOf(sniffed.name) } };
  } catch (cause) {
    input.dispose();
    throw cause;
  }
  input.dispose();
  return imported();
}
