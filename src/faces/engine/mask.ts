/** What belongs to the person, and how much of the face is hidden behind something that does not. */
import { type Frame, sampleAffine } from '../../media/index.js';
import { openModel, takeInput } from '../../models/index.js';
import { type Affine, FACE_OVAL, pointAt } from '../geometry/index.js';
import type { Box } from '../types.js';

/** How much each place belongs to the person. */
export interface PersonMask {
  readonly width: number;
  readonly height: number;
  /** Row by row, 0 (something else) .. 1 (person, with hair and clothes). */
  readonly data: Float32Array;
  /** The part of the frame that the mask covers; it may reach over the edge. */
  readonly box: Box;
}

const SIZE = 256;

/** Head and shoulders: what the segmentation net was trained on. */
function portrait(face: Box): Box {
  const side = 2.8 * Math.max(face.width, face.height);
  return {
    x: face.x + face.width / 2 - side / 2,
    y: face.y + face.height / 2 - side * 0.42,
    width: side,
    height: side,
  };
}

/** True where a point lies inside the outline (even-odd rule). */
function inside(outline: readonly (readonly [number, number])[], x: number, y: number): boolean {
  let odd = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const [ax, ay] = outline[i] as readonly [number, number];
    const [bx, by] = outline[j] as readonly [number, number];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}

/**
 * The share of the face that the person mask says is something else: an object in front. A hand counts as person, so it
 * is not seen here.
 *
 * @param points 468 points or more, in pixels of the frame
 * @returns 0..1
 */
export function occlusionOf(points: Float32Array, mask: PersonMask): number {
  const scale = mask.width / mask.box.width;
  const outline = FACE_OVAL.map((index) => {
    const [x, y] = pointAt(points, index);
    return [(x - mask.box.x) * scale, (y - mask.box.y) * scale] as const;
  });
  const xs = outline.map(([x]) => x);
  const ys = outline.map(([, y]) => y);
  let [total, hidden] = [0, 0];
  for (let y = Math.max(0, Math.floor(Math.min(...ys))); y < Math.min(mask.height, Math.max(...ys)); y++)
    for (let x = Math.max(0, Math.floor(Math.min(...xs))); x < Math.min(mask.width, Math.max(...xs)); x++) {
      if (!inside(outline, x + 0.5, y + 0.5)) continue;
      total++;
      hidden += 1 - (mask.data[y * mask.width + x] as number);
    }
  return total > 0 ? hidden / total : 0;
}

/** The segmentation net, open. */
export interface PersonSegmenter {
  /** The mask round one face; `face` is its box in pixels of the frame. */
  personMask(frame: Frame, face: Box): Promise<PersonMask>;
  /** Frees the net. */
  close(): Promise<void>;
}

/** Opens the segmentation net. */
export async function openSegmenter(instances: number): Promise<PersonSegmenter> {
  const session = await openModel('selfie', { instances });
  return {
    async personMask(frame, face) {
      const box = portrait(face);
      const step = box.width / SIZE;
      const crop: Affine = [step, 0, box.x + step / 2 - 0.5, 0, step, box.y + step / 2 - 0.5];
      const data = takeInput(SIZE * SIZE * 3);
      sampleAffine(frame, crop, SIZE, SIZE, data, { layout: 'interleaved', scale: 1 / 255 });
      const { mask } = await session.run({ image: { dtype: 'float32', dims: [1, SIZE, SIZE, 3], data } });
      return { width: SIZE, height: SIZE, data: mask?.data as Float32Array, box };
    },
    close: () => session.close(),
  };
}
