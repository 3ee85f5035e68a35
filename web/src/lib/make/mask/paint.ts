/** Draws masks, seams and corrections over a frame. */
import type { MaskStroke, PersonMask } from '../../api/mask-types';
import { type FlatMask, withStrokes } from './flat';

/** Colours that hold on skin of every tone: red, green and blue. */
const FACE = [40, 170, 255] as const;
const SEAM = [255, 214, 60] as const;
const ADDED = [60, 255, 120] as const;
const REMOVED = [255, 70, 90] as const;

/** What is to be seen. */
export interface Shown {
  readonly mask: boolean;
  readonly seam: boolean;
  /** Corrections that the render does not have yet. */
  readonly strokes: readonly MaskStroke[];
}

let sheet: HTMLCanvasElement | null = null;

/** Draws one person onto a canvas with the pixels of the frame. */
export function paintPerson(context: CanvasRenderingContext2D, person: PersonMask, laid: FlatMask, shown: Shown): void {
  const { columns, rows, box } = person;
  if (columns * rows === 0 || box.width <= 0) return;
  const { alpha, change } = withStrokes(laid, shown.strokes);
  sheet ??= document.createElement('canvas');
  sheet.width = columns;
  sheet.height = rows;
  const small = sheet.getContext('2d');
  if (small === null) return;
  const picture = small.createImageData(columns, rows);
  const put = (i: number, [r, g, b]: readonly [number, number, number], strength: number): void => {
    const before = (picture.data[i * 4 + 3] ?? 0) / 255;
    if (strength <= before) return;
    picture.data.set([r, g, b, Math.round(255 * strength)], i * 4);
  };
  for (let i = 0; i < alpha.length; i++) {
    const a = alpha[i] ?? 0;
    const d = change[i] ?? 0;
    if (shown.mask) put(i, FACE, 0.5 * a);
    // Half new, half filmed is the middle of the seam.
    if (shown.seam) put(i, SEAM, 0.85 * Math.max(0, 4 * a * (1 - a) - 0.15));
    if (Math.abs(d) > 0.08) put(i, d > 0 ? ADDED : REMOVED, 0.35 + 0.3 * Math.abs(d));
  }
  small.putImageData(picture, 0, 0);
  context.drawImage(sheet, box.x, box.y, box.width, box.height);
}
