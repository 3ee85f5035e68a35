/**
 * Whether a file is anything like those on which the detectors were measured. What is not gets no verdict: an error rate
 * from photographs says nothing about drawings.
 */

import type { Material, Still } from '../detect/index.js';
import type { Box } from '../faces/index.js';
import { bendsOf, type Frame, sampleAffine } from '../media/index.js';
import { drawnScore, type FacePixels, isDrawn, isDrawnFace } from './drawn.js';
import { laidText } from './laid-text.js';
import { screenGrid } from './screen-grid.js';

/** Share of blocks without any change in them from which a picture counts as graphics: text, charts, screens. */
const FLAT = 0.5;

/** Mean bend from pixel to pixel of a face, in grey levels, below which it holds no detail. */
const SHARP = 0.5;

/** Grey levels: darker faces hold more noise than face. */
const DARK = 28;

/** How far a regular wave stands out from which a picture counts as one of a screen, see {@link screenGrid}. */
const GRID = 4.6;

/** Letters on a line from which there is text: in a bar at an edge, and with a rim. */
const LETTERS = { bar: 5, rimmed: 4 };

const greyAt = (rgb: Float32Array, n: number, i: number): number =>
  0.299 * (rgb[i] as number) + 0.587 * (rgb[n + i] as number) + 0.114 * (rgb[2 * n + i] as number);

/** A part of a frame as `side * side` pixels, one colour after the other. */
const partOf = (frame: Frame, { x, y, width, height }: Box, side: number): Float32Array =>
  sampleAffine(frame, [width / side, 0, x, 0, height / side, y], side, side, new Float32Array(3 * side * side));

const greyOf = (rgb: Float32Array): Float32Array =>
  Float32Array.from({ length: rgb.length / 3 }, (_, i) => greyAt(rgb, rgb.length / 3, i));

/** Mean spread between the colours of a pixel. */
function colourOf(rgb: Float32Array): number {
  const n = rgb.length / 3;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const [r, g, b] = [rgb[i] as number, rgb[n + i] as number, rgb[2 * n + i] as number];
    sum += Math.max(r, g, b) - Math.min(r, g, b);
  }
  return sum / n;
}

/** Mean bend from pixel to pixel, in grey levels. */
const detailOf = (grey: Float32Array, side: number): number =>
  bendsOf(grey, side).reduce((sum, bend) => sum + bend, 0) / (side - 2) ** 2;

/** Share of 8 x 8 blocks that hold one value only. */
function flatShare(frame: Frame): number {
  const side = 256;
  const grey = greyOf(partOf(frame, { x: 0, y: 0, width: frame.width, height: frame.height }, side));
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

interface FaceLook extends FacePixels {
  /** Mean grey level. */
  readonly level: number;
}

function looksAt({ frame, faces }: Still): FaceLook[] {
  return faces.map(({ face: { box } }) => {
    const side = Math.max(16, Math.min(128, Math.round(box.width)));
    const rgb = partOf(frame, box, side);
    const grey = greyOf(rgb);
    const level = grey.reduce((a, b) => a + b, 0) / grey.length;
    return { side, grey, colour: colourOf(rgb), detail: detailOf(grey, side), level };
  });
}

const medianOf = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Three of the stills at most, spread over them. */
const someOf = (stills: readonly Still[]): Still[] =>
  stills.filter((_, i) => i % Math.max(1, Math.floor(stills.length / 3)) === 0);

const most = (hits: number, of: number): boolean => hits > of / 2;

/**
 * What makes a file unlike the photographs and films that the detectors were measured on; one sentence each, none where it
 * is like them.
 */
export async function strangeness(material: Material): Promise<string[]> {
  const { stills } = material;
  if (stills.length === 0) return [];
  const looked = someOf(stills);
  const net = await material.net('explicit');
  const faces = stills.flatMap(looksAt);
  const drawn =
    isDrawn(medianOf(await Promise.all(looked.map((s) => drawnScore(s.frame, net))))) ||
    most(faces.filter(isDrawnFace).length, faces.length);
  const reasons: string[] = [];
  if (drawn) reasons.push('It is not a photograph: it looks drawn, painted or rendered. No verdict is given on such.');
  else if (medianOf(looked.map((s) => flatShare(s.frame))) >= FLAT)
    reasons.push('Most of it is flat graphics (text, a screen, a chart) and not a photograph.');
  else if (medianOf(looked.map((s) => screenGrid(s.frame))) >= GRID)
    reasons.push(
      'It looks like a picture of a screen or of a print: a fine, even grid lies all over it, over whatever traces there were.',
    );
  if (faces.length > 0 && !drawn) {
    if (medianOf(faces.map((f) => f.level)) < DARK) reasons.push('The faces are almost black.');
    else if (medianOf(faces.map((f) => f.detail)) < SHARP)
      reasons.push('The faces are so soft, or so strongly compressed, that no trace could be left in them.');
  }
  return reasons;
}

/** Whether text was laid over a file, as on memes. It keeps no verdict from anybody: the faces are what they were. */
export function hasLaidText({ stills }: Material): boolean {
  const looked = someOf(stills);
  const texts = looked.map((s) => laidText(s.frame));
  return most(texts.filter((t) => t.bar >= LETTERS.bar || t.rimmed >= LETTERS.rimmed).length, looked.length);
}
