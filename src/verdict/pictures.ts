/** The pictures of a report: the stills with faces framed, and the heat maps laid over them. */
import type { Material, Still } from '../detect/index.js';
import type { Box } from '../faces/index.js';
import { encodePicture, type Frame, smallerFrame } from '../media/index.js';
import type { Evidence, HeatBytes } from './types.js';

/** A picture of a report. */
export interface ReportPicture {
  readonly jpeg: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** What it shows, for those who do not see it. */
  readonly alt: string;
  /** Index into the evidence, or `null` for the overview. */
  readonly evidence: number | null;
}

/** Longer side of a picture in the report. */
const LONG = 640;

/** A view of a still, scaled down to {@link LONG}, and how many of its pixels one of the view stands for. */
function viewOf({ frame }: Still, box: Box): { view: Frame; step: number } {
  return { view: smallerFrame(frame, LONG, box), step: Math.max(1, Math.max(box.width, box.height) / LONG) };
}

/** Steps of heat for which {@link SHARES} holds the share of the colour. */
const STEPS = 1024;
const SHARES = Float32Array.from({ length: STEPS + 1 }, (_, i) => 0.55 * (i / STEPS) ** 0.75);

/** Heat of a row of the view, 0..1: bilinear between the map's cells, edges repeated, 0 outside. */
function heatRow(
  { width, height, values, box }: HeatBytes,
  part: Box,
  step: number,
  y: number,
  row: Float32Array,
): void {
  const [kx, ky] = [width / box.width, height / box.height];
  const v = (part.y + y * step - box.y) * ky - 0.5;
  if (v < -0.5 || v > height - 0.5) {
    row.fill(0);
    return;
  }
  const fy = v - Math.floor(v);
  const top = Math.max(0, Math.floor(v)) * width;
  const bottom = Math.min(height - 1, Math.floor(v) + 1) * width;
  for (let x = 0, u = (part.x - box.x) * kx - 0.5; x < row.length; x++, u += step * kx) {
    if (u < -0.5 || u > width - 0.5) {
      row[x] = 0;
      continue;
    }
    const ix = Math.floor(u);
    const fx = u - ix;
    const left = ix < 0 ? 0 : ix;
    const right = ix + 1 < width ? ix + 1 : width - 1;
    const above = (values[top + left] as number) * (1 - fx) + (values[top + right] as number) * fx;
    const below = (values[bottom + left] as number) * (1 - fx) + (values[bottom + right] as number) * fx;
    row[x] = (above * (1 - fy) + below * fy) / 255;
  }
}

/** Yellow to red, over a greyed picture: strong places glow, the rest stays readable. */
function lay({ pixels, width, height }: Frame, heat: HeatBytes, part: Box, step: number): void {
  const row = new Float32Array(width);
  for (let y = 0, at = 0; y < height; y++) {
    heatRow(heat, part, step, y, row);
    for (let x = 0; x < width; x++, at += 4) {
      const h = row[x] as number;
      const share = SHARES[Math.round(h * STEPS)] as number;
      const [r, g, b] = [pixels[at] as number, pixels[at + 1] as number, pixels[at + 2] as number];
      const grey = 0.45 * (0.299 * r + 0.587 * g + 0.114 * b);
      const cool = share * (1 - h);
      pixels[at] = (1 - share) * (0.55 * r + grey) + share * 255 + 0.5;
      pixels[at + 1] = (1 - share) * (0.55 * g + grey) + cool * 220 + 0.5;
      pixels[at + 2] = (1 - share) * (0.55 * b + grey) + cool * 30 + 0.5;
    }
  }
}

function frameBox(pixels: Uint8Array, width: number, height: number, box: Box): void {
  const [x0, y0] = [Math.round(box.x), Math.round(box.y)];
  const [x1, y1] = [Math.round(box.x + box.width), Math.round(box.y + box.height)];
  const dot = (x: number, y: number, bright: boolean): void => {
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    for (let c = 0; c < 3; c++) pixels[4 * (y * width + x) + c] = bright ? 255 : 0;
  };
  // A light line inside of a dark one shows on everything.
  for (let k = 0; k < 3; k++) {
    for (let x = x0 - k; x <= x1 + k; x++) for (const y of [y0 - k, y1 + k]) dot(x, y, k < 2);
    for (let y = y0 - k; y <= y1 + k; y++) for (const x of [x0 - k, x1 + k]) dot(x, y, k < 2);
  }
}

const whole = ({ frame }: Still): Box => ({ x: 0, y: 0, width: frame.width, height: frame.height });

/** A box widened by half its size on every side, kept inside of the frame. */
function around(box: Box, { frame }: Still): Box {
  const x = Math.max(0, box.x - box.width / 4);
  const y = Math.max(0, box.y - box.height / 4);
  return {
    x,
    y,
    width: Math.min(frame.width, box.x + box.width * 1.25) - x,
    height: Math.min(frame.height, box.y + box.height * 1.25) - y,
  };
}

async function overview(material: Material): Promise<ReportPicture[]> {
  const still = [...material.stills].sort((a, b) => b.faces.length - a.faces.length)[0];
  if (still === undefined) return [];
  const { view, step } = viewOf(still, whole(still));
  const { pixels, width, height } = view;
  for (const { face } of still.faces)
    frameBox(pixels, width, height, {
      x: face.box.x / step,
      y: face.box.y / step,
      width: face.box.width / step,
      height: face.box.height / step,
    });
  const people = still.faces.map((f) => f.person).sort((a, b) => a - b);
  const alt =
    people.length === 0 ? 'The file; nobody was found in it.' : `The file, with person ${people.join(', ')} framed.`;
  return [{ jpeg: await encodePicture(view, 'jpeg', 85), width, height, alt, evidence: null }];
}

/** The overview, and one picture for each piece of evidence with a heat map. */
export async function reportPictures(material: Material, evidence: readonly Evidence[]): Promise<ReportPicture[]> {
  const pictures = await overview(material);
  for (const [index, { heat, time, person, title }] of evidence.entries()) {
    const still = material.stills.find((s) => s.time === time);
    if (heat === null || still === undefined) continue;
    const part = around(heat.box, still);
    const { view, step } = viewOf(still, part);
    const { width, height } = view;
    lay(view, heat, part, step);
    const where = person === null ? 'the picture' : `person ${person}`;
    pictures.push({
      jpeg: await encodePicture(view, 'jpeg', 85),
      width,
      height,
      alt: `Heat map of "${title}" over ${where}: where it is yellow to red, the traces are strongest.`,
      evidence: index,
    });
  }
  return pictures;
}
