/** What is measured, and what a swap may have changed. */
import type { LongWork } from '../../base/index.js';
import type { Analysis, Box, Track } from '../../faces/index.js';
import type { Quality } from '../../media/index.js';
import type { RenderFacts } from './types.js';

/** What {@link measureSwap} needs. */
export interface MeasureOptions extends LongWork {
  /** The video as it was. */
  readonly original: string;
  /** The same with the face swapped. */
  readonly output: string;
  /** Embeddings B of single frames of the person who lent the face; see {@link sourcePrints}. Empty: identity is not scored. */
  readonly source: readonly Float32Array[];
  /** Which track of the original was replaced; the one seen longest where left out. */
  readonly track?: number;
  /** An analysis of the original that is there already. */
  readonly analysis?: Analysis;
  /** What the swap may have changed, by frame; a box round the face where left out. */
  readonly touched?: ReadonlyMap<number, readonly Box[]>;
  /** Encoder quality of the output, for the plain re-encode beside it. Default `good`. */
  readonly quality?: Quality;
  readonly facts: RenderFacts;
}

/** How far beyond the landmarks a swap may reach where the caller does not say, in sizes of the face box. */
const REACH = 0.4;
function grown(box: Box, share: number): Box {
  const [dx, dy] = [box.width * share, box.height * share];
  return { x: box.x - dx, y: box.y - dy, width: box.width + 2 * dx, height: box.height + 2 * dy };
}

/** What may have changed in each frame. */
export function touchedBy(options: MeasureOptions, track: Track): (frame: number) => readonly Box[] {
  const boxes = options.touched ?? new Map(track.faces.map((face) => [face.frame, [grown(face.box, REACH)]] as const));
  return (frame) => boxes.get(frame) ?? [];
}
