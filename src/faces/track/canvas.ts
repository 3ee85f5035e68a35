/** Lines, boxes and text on an RGBA picture: as much drawing as contact sheets and overlays need. */
import { type Frame, rgbaFrame } from '../../media/index.js';
import { glyph } from './glyphs.js';

/** Red, green, blue, 0..255. */
export type Ink = readonly [number, number, number];

/** Colours of persons 1, 2, ...; they repeat after eight. Told apart also by people who see red and green alike. */
export const PERSON_INKS: readonly Ink[] = [
  [64, 196, 255],
  [255, 176, 59],
  [120, 230, 130],
  [255, 120, 170],
  [186, 150, 255],
  [240, 228, 90],
  [90, 220, 205],
  [255, 138, 101],
];

/** The colour of a person. */
export const inkOf = (id: number): Ink => PERSON_INKS[(id - 1) % PERSON_INKS.length] as Ink;

/** Width of a character with its gap, at scale 1. */
export const CHARACTER = 6;

/** Draws onto the pixels of an RGBA frame, in place. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;

  constructor(frame: Frame) {
    this.width = frame.width;
    this.height = frame.height;
    this.pixels = frame.pixels;
  }

  /** A new picture of one colour. */
  static blank(width: number, height: number, ink: Ink): Canvas {
    const canvas = new Canvas(rgbaFrame(new Uint8Array(width * height * 4).fill(255), width, height));
    canvas.fill(0, 0, width, height, ink);
    return canvas;
  }

  /** The picture as a frame; the pixels are shared. */
  frame(): Frame {
    return rgbaFrame(this.pixels, this.width, this.height);
  }

  /** Mixes one pixel; outside the picture nothing happens. */
  dot(x: number, y: number, ink: Ink, alpha = 1): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = 4 * (y * this.width + x);
    for (let k = 0; k < 3; k++) {
      const old = this.pixels[at + k] as number;
      this.pixels[at + k] = old + alpha * ((ink[k] as number) - old);
    }
  }

  /** A filled rectangle. */
  fill(x: number, y: number, width: number, height: number, ink: Ink, alpha = 1): void {
    const x1 = Math.min(this.width, Math.round(x + width));
    const y1 = Math.min(this.height, Math.round(y + height));
    for (let v = Math.max(0, Math.round(y)); v < y1; v++)
      for (let u = Math.max(0, Math.round(x)); u < x1; u++) this.dot(u, v, ink, alpha);
  }

  /** A straight line with soft edges. */
  line(x0: number, y0: number, x1: number, y1: number, ink: Ink, thickness = 1, alpha = 1): void {
    const r = thickness / 2 + 0.5;
    const dx = x1 - x0;
    const dy = y1 - y0;
    const square = dx * dx + dy * dy;
    const left = Math.max(0, Math.floor(Math.min(x0, x1) - r));
    const right = Math.min(this.width - 1, Math.ceil(Math.max(x0, x1) + r));
    const top = Math.max(0, Math.floor(Math.min(y0, y1) - r));
    const bottom = Math.min(this.height - 1, Math.ceil(Math.max(y0, y1) + r));
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const t = square > 0 ? Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / square)) : 0;
        const cover = r - Math.hypot(x - x0 - t * dx, y - y0 - t * dy);
        if (cover > 0) this.dot(x, y, ink, alpha * Math.min(1, cover));
      }
    }
  }

  /** A line through points, x and y behind one another. */
  path(points: readonly number[], ink: Ink, thickness = 1, alpha = 1, closed = false): void {
    for (let i = 2; i < points.length; i += 2)
      this.line(
        points[i - 2] as number,
        points[i - 1] as number,
        points[i] as number,
        points[i + 1] as number,
        ink,
        thickness,
        alpha,
      );
    const n = points.length;
    if (closed && n > 4)
      this.line(
        points[n - 2] as number,
        points[n - 1] as number,
        points[0] as number,
        points[1] as number,
        ink,
        thickness,
        alpha,
      );
  }

  /** The edge of a rectangle; `dash` > 0 leaves every other stretch of that many pixels out. */
  frameBox(x: number, y: number, width: number, height: number, ink: Ink, thickness = 2, dash = 0): void {
    const side = (x0: number, y0: number, x1: number, y1: number): void => {
      if (dash <= 0) {
        this.line(x0, y0, x1, y1, ink, thickness);
        return;
      }
      const length = Math.hypot(x1 - x0, y1 - y0);
      for (let a = 0; a < length; a += 2 * dash) {
        const b = Math.min(length, a + dash);
        const at = (s: number): [number, number] => [x0 + ((x1 - x0) * s) / length, y0 + ((y1 - y0) * s) / length];
        this.line(...at(a), ...at(b), ink, thickness);
      }
    };
    side(x, y, x + width, y);
    side(x + width, y, x + width, y + height);
    side(x + width, y + height, x, y + height);
    side(x, y + height, x, y);
  }

  /** One line of text; x and y are its left top corner. @returns its width in pixels */
  text(x: number, y: number, text: string, ink: Ink, scale = 2): number {
    let at = Math.round(x);
    for (const character of text) {
      const rows = glyph(character);
      for (let v = 0; v < 7; v++)
        for (let u = 0; u < 5; u++)
          if (((rows[v] as number) >> (4 - u)) & 1)
            this.fill(at + u * scale, Math.round(y) + v * scale, scale, scale, ink);
      at += CHARACTER * scale;
    }
    return at - Math.round(x);
  }

  /** Puts another picture onto this one. */
  place(picture: Frame, x: number, y: number): void {
    for (let v = 0; v < picture.height; v++) {
      if (y + v < 0 || y + v >= this.height) continue;
      for (let u = 0; u < picture.width; u++) {
        if (x + u < 0 || x + u >= this.width) continue;
        const from = 4 * (v * picture.width + u);
        this.pixels.set(picture.pixels.subarray(from, from + 3), 4 * ((y + v) * this.width + x + u));
      }
    }
  }
}
