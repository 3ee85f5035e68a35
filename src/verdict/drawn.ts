/** Whether a picture was drawn or painted: by a net that knows drawings, and by faces that are mostly paper or flat paint. */
import { type Frame, sampleAffine } from '../media/index.js';
import type { ModelSession } from '../models/index.js';

/** Share of the class "drawing" (net `explicit`, nsfwjs) from which a picture counts as drawn. */
const DRAWN = 0.1;

/** Share of a face within {@link NEAR} grey levels of its commonest one from which it is paper, if that is light and grey. */
const PAPER = 0.65;
const NEAR = 12;
const LIGHT = 150;
/** Mean spread between the colours of a pixel, in levels, below which a face has none. */
const COLOURLESS = 14;

/** Share of a face without any change from pixel to pixel from which it is flat paint, if its outlines are sharp. */
const FLAT = 0.36;
/** Less than this is no change, in grey levels. */
const CHANGE = 0.6;
/** Mean bend from pixel to pixel, in grey levels: a face that is flat because it is soft has less. */
const OUTLINED = 3;

const SIDE = 224;

/**
 * 0..1: how much a frame looks drawn.
 *
 * @param net the net `explicit`, whose classes tell drawings from photographs
 */
export async function drawnScore(frame: Frame, net: ModelSession): Promise<number> {
  const data = new Float32Array(3 * SIDE * SIDE);
  const [sx, sy] = [frame.width / SIDE, frame.height / SIDE];
  const view = [sx, 0, sx / 2 - 0.5, 0, sy, sy / 2 - 0.5] as const;
  sampleAffine(frame, view, SIDE, SIDE, data, { layout: 'interleaved', scale: 1 / 255 });
  const { classes } = await net.run({ image: { dtype: 'float32', dims: [1, SIDE, SIDE, 3], data } });
  const values = classes?.data as Float32Array;
  // Both drawn classes, whatever they show.
  return (values[0] ?? 0) + (values[1] ?? 0);
}

/** Whether a score of {@link drawnScore} is that of a drawing. */
export const isDrawn = (score: number): boolean => score >= DRAWN;

/** A face as it is looked at: `side * side` pixels. */
export interface FacePixels {
  readonly side: number;
  readonly grey: Float32Array;
  /** Mean spread between the colours of a pixel, in levels. */
  readonly colour: number;
  /** Mean bend from pixel to pixel, in grey levels. */
  readonly detail: number;
}

/** Share of grey levels near the commonest, and that one. */
function commonest(grey: Float32Array): { readonly share: number; readonly level: number } {
  const counts = new Uint32Array(256);
  for (const v of grey) {
    const k = Math.min(255, Math.max(0, Math.round(v)));
    counts[k] = (counts[k] as number) + 1;
  }
  let [most, level] = [0, 0];
  for (let k = 0; k < 256; k++) {
    const near = counts.subarray(Math.max(0, k - NEAR), k + NEAR + 1).reduce((a, b) => a + b, 0);
    if (near > most) [most, level] = [near, k];
  }
  return { share: most / grey.length, level };
}

/** Share of pixels that are as those to their left and above. */
function flatShare(grey: Float32Array, side: number): number {
  let flat = 0;
  for (let y = 1; y < side; y++)
    for (let x = 1; x < side; x++) {
      const i = y * side + x;
      const v = grey[i] as number;
      if (Math.abs(v - (grey[i - 1] as number)) < CHANGE && Math.abs(v - (grey[i - side] as number)) < CHANGE) flat++;
    }
  return flat / (side - 1) ** 2;
}

/** Whether a face is lines on paper, or flat paint within outlines. */
export function isDrawnFace({ side, grey, colour, detail }: FacePixels): boolean {
  const paper = commonest(grey);
  if (paper.share >= PAPER && paper.level >= LIGHT && colour < COLOURLESS) return true;
  return detail >= OUTLINED && flatShare(grey, side) >= FLAT;
}
