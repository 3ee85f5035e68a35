/**
 * Whether a file is anything like those on which the detectors were measured. What is not gets no verdict: an error rate
 * from photographs says nothing about drawings.
 */

import type { Material, Still } from '../detect/index.js';
import { type Frame, sampleAffine } from '../media/index.js';

/** Share of the class "drawing" (net `explicit`, nsfwjs) from which a picture counts as drawn or rendered. */
const DRAWN = 0.3;

/** Share of blocks without any change in them from which a picture counts as graphics: text, charts, screens. */
const FLAT = 0.5;

/** Mean bend from pixel to pixel of a face, in grey levels, below which it holds no detail. */
const SHARP = 0.5;

/** Grey levels: darker faces hold more noise than face. */
const DARK = 28;

const SIDE = 224;

/** 0..1: how much a frame looks drawn or rendered. */
async function drawnScore(frame: Frame, material: Material): Promise<number> {
  const net = await material.net('explicit');
  const data = new Float32Array(3 * SIDE * SIDE);
  const [sx, sy] = [frame.width / SIDE, frame.height / SIDE];
  const view = [sx, 0, sx / 2 - 0.5, 0, sy, sy / 2 - 0.5] as const;
  sampleAffine(frame, view, SIDE, SIDE, data, { layout: 'interleaved', scale: 1 / 255 });
  const { classes } = await net.run({ image: { dtype: 'float32', dims: [1, SIDE, SIDE, 3], data } });
  const values = classes?.data as Float32Array;
  // Both drawn classes, whatever they show.
  return (values[0] ?? 0) + (values[1] ?? 0);
}

/** Grey values of a part of a frame, `side * side`. */
function greyOf(frame: Frame, x: number, y: number, width: number, height: number, side: number): Float32Array {
  const rgb = sampleAffine(
    frame,
    [width / side, 0, x, 0, height / side, y],
    side,
    side,
    new Float32Array(3 * side * side),
  );
  const n = side * side;
  return Float32Array.from(
    { length: n },
    (_, i) => 0.299 * (rgb[i] as number) + 0.587 * (rgb[n + i] as number) + 0.114 * (rgb[2 * n + i] as number),
  );
}

/** Mean absolute bend from pixel to pixel, across and down, in grey levels: shading bends nothing, detail does. */
function detailOf(grey: Float32Array, side: number): number {
  let sum = 0;
  for (let y = 1; y < side - 1; y++)
    for (let x = 1; x < side - 1; x++) {
      const i = y * side + x;
      const twice = 2 * (grey[i] as number);
      sum += Math.abs(twice - (grey[i - 1] as number) - (grey[i + 1] as number));
      sum += Math.abs(twice - (grey[i - side] as number) - (grey[i + side] as number));
    }
  return sum / (2 * (side - 2) ** 2);
}

/** Share of 8 x 8 blocks that hold one value only. */
function flatShare(frame: Frame): number {
  const side = 256;
  const grey = greyOf(frame, 0, 0, frame.width, frame.height, side);
  let flat = 0;
  for (let by = 0; by < side; by += 8)
    for (let bx = 0; bx < side; bx += 8) {
      let [low, high] = [255, 0];
      for (let y = by; y < by + 8; y++)
        for (let x = bx; x < bx + 8; x++) {
          const v = grey[y * side + x] as number;
          if (v < low) low = v;
          if (v > high) high = v;
        }
      if (high - low < 1) flat++;
    }
  return flat / (side / 8) ** 2;
}

interface FaceLook {
  readonly detail: number;
  readonly level: number;
}

function looksAt({ frame, faces }: Still): FaceLook[] {
  return faces.map(({ face: { box } }) => {
    const side = Math.max(16, Math.min(128, Math.round(box.width)));
    const grey = greyOf(frame, box.x, box.y, box.width, box.height, side);
    return { detail: detailOf(grey, side), level: grey.reduce((a, b) => a + b, 0) / grey.length };
  });
}

const medianOf = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/**
 * What makes a file unlike the photographs and films that the detectors were measured on; one sentence each, none where it
 * is like them.
 */
export async function strangeness(material: Material): Promise<string[]> {
  const { stills } = material;
  if (stills.length === 0) return [];
  const looked = stills.filter((_, i) => i % Math.max(1, Math.floor(stills.length / 3)) === 0);
  const drawn = medianOf(await Promise.all(looked.map((s) => drawnScore(s.frame, material))));
  const reasons: string[] = [];
  if (drawn >= DRAWN)
    reasons.push(
      'It is not a photograph: it looks drawn, painted, rendered or like a statue. No verdict is given on such.',
    );
  else if (medianOf(looked.map((s) => flatShare(s.frame))) >= FLAT)
    reasons.push('Most of it is flat graphics (text, a screen, a chart) and not a photograph.');
  const faces = stills.flatMap(looksAt);
  if (faces.length > 0 && drawn < DRAWN) {
    if (medianOf(faces.map((f) => f.level)) < DARK) reasons.push('The faces are almost black.');
    else if (medianOf(faces.map((f) => f.detail)) < SHARP)
      reasons.push('The faces are so soft, or so strongly compressed, that no trace could be left in them.');
  }
  return reasons;
}
