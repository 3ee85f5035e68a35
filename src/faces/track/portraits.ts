/** One picture of every person of a clip: the clearest view of the head. */
import { encodePicture, type Frame, readPicture } from '../../media/index.js';
import { pickFrames } from './pick-frames.js';
import { cropHead, facesToShow } from './sheet.js';
import type { Analysis } from './types.js';

/**
 * Pictures of the people of an analysis, by track id: JPEG, square.
 *
 * @param size side in pixels
 */
export async function portraits(
  analysis: Analysis,
  size: number,
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, Uint8Array>> {
  const wanted = analysis.tracks.flatMap((track) => facesToShow(track, 1).map((face) => ({ id: track.id, face })));
  const heads = new Map<number, Frame>();
  const take = (frame: Frame): void => {
    for (const { id, face } of wanted)
      if (face.timestamp === frame.timestamp) heads.set(id, cropHead(frame, face, size));
  };
  const { media, frames } = analysis;
  if (media.kind === 'picture') {
    const picture = await readPicture(media.path);
    for (const { id, face } of wanted) heads.set(id, cropHead(picture, face, size));
  } else
    await pickFrames(
      media.path,
      wanted.map(({ face }) => face.timestamp),
      frames,
      take,
      signal,
    );
  const pictures = new Map<number, Uint8Array>();
  for (const [id, head] of heads) pictures.set(id, await encodePicture(head, 'jpeg', 85));
  return pictures;
}
