/** Letters as outlines, and outlines as grey pixels. No font of the machine takes part. */
import { ja } from './glyphs-ja.js';
import { ko } from './glyphs-ko.js';
import { latin } from './glyphs-latin.js';
import { zh } from './glyphs-zh.js';
import type { LabelLanguage } from './words.js';

/** Advance and outline by letter, in 400ths of the em. The outline is made of relative `m`, `l`, `q` and `z`; y goes down. */
export type GlyphTable = Readonly<Record<string, readonly [number, string]>>;

/** Steps in an em. */
const EM = 400;
/** Rows of samples in a pixel. */
const ROWS = 4;

/** A picture of coverage, 0 to 1. */
export interface Coverage {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

const tableOf = (language: LabelLanguage): GlyphTable =>
  language === 'zh' ? zh : language === 'ja' ? ja : language === 'ko' ? ko : latin;

function glyphOf(letter: string, language: LabelLanguage): readonly [number, string] {
  const glyph = tableOf(language)[letter] ?? latin[letter];
  if (glyph === undefined) throw new Error(`no outline of ${letter} in ${language}; run scripts/label-glyphs.mjs`);
  return glyph;
}

/** Width of a line of text in pixels, at `size` pixels an em. */
export function textWidth(text: string, language: LabelLanguage, size: number): number {
  return [...text].reduce((sum, letter) => sum + glyphOf(letter, language)[0], 0) * (size / EM);
}

type Point = readonly [number, number];

/** The closed lines of an outline, curves cut into straight pieces. */
function contours(outline: string, size: number, left: number, baseline: number): Point[][] {
  const k = size / EM;
  const out: Point[][] = [];
  let line: Point[] = [];
  let [x, y] = [0, 0];
  const put = (px: number, py: number): void => {
    line.push([left + px * k, baseline + py * k]);
  };
  for (const [, letter, body] of outline.matchAll(/([mlqz])([^mlqz]*)/g)) {
    const numbers = (body ?? '').match(/-?\d+/g)?.map(Number) ?? [];
    if (letter === 'z') {
      out.push(line);
      line = [];
      continue;
    }
    const [a, b, c, d] = numbers as [number, number, number, number];
    if (letter === 'q') {
      const pieces = 4;
      for (let i = 1; i <= pieces; i++) {
        const t = i / pieces;
        put(x + 2 * t * (1 - t) * a + t * t * c, y + 2 * t * (1 - t) * b + t * t * d);
      }
      x += c;
      y += d;
    } else {
      x += a;
      y += b;
      put(x, y);
    }
  }
  return out;
}

/** Adds the inside of closed lines (by winding number) to a coverage picture. */
function fill(target: Coverage, lines: readonly (readonly Point[])[]): void {
  const { width, height, data } = target;
  const edges: { top: number; bottom: number; x: number; slope: number; up: number }[] = [];
  for (const line of lines)
    line.forEach((from, i) => {
      const to = line[(i + 1) % line.length] as Point;
      if (from[1] === to[1]) return;
      const [a, b] = from[1] < to[1] ? [from, to] : [to, from];
      edges.push({
        top: a[1],
        bottom: b[1],
        x: a[0],
        slope: (b[0] - a[0]) / (b[1] - a[1]),
        up: from[1] < to[1] ? 1 : -1,
      });
    });
  for (let row = 0; row < height * ROWS; row++) {
    const y = (row + 0.5) / ROWS;
    const crossings = edges
      .filter((e) => e.top <= y && y < e.bottom)
      .map((e) => [e.x + (y - e.top) * e.slope, e.up] as const)
      .sort((a, b) => a[0] - b[0]);
    let winding = 0;
    crossings.forEach(([x, up], i) => {
      winding += up;
      const next = crossings[i + 1];
      if (winding === 0 || next === undefined) return;
      span(data, Math.floor(row / ROWS) * width, width, x, next[0], 1 / ROWS);
    });
  }
}

/** Adds a stretch of a row, its ends by the share of the pixel they cover. */
function span(data: Float32Array, row: number, width: number, from: number, to: number, weight: number): void {
  const a = Math.max(0, from);
  const b = Math.min(width, to);
  for (let x = Math.floor(a); x < b; x++) {
    const share = Math.min(b, x + 1) - Math.max(a, x);
    data[row + x] = Math.min(1, (data[row + x] as number) + share * weight);
  }
}

/**
 * Draws a line of text into `target`.
 *
 * @param left of the first letter, in pixels
 * @param size of an em in pixels
 */
export function drawText(
  target: Coverage,
  text: string,
  language: LabelLanguage,
  left: number,
  baseline: number,
  size: number,
): void {
  let x = left;
  for (const letter of text) {
    const [advance, outline] = glyphOf(letter, language);
    fill(target, contours(outline, size, x, baseline));
    x += (advance * size) / EM;
  }
}

/** Draws a filled box with round corners. */
export function drawBox(
  target: Coverage,
  left: number,
  top: number,
  width: number,
  height: number,
  radius: number,
): void {
  const r = Math.min(radius, width / 2, height / 2);
  const line: Point[] = [];
  const corners: readonly (readonly [number, number, number])[] = [
    [left + width - r, top + r, -90],
    [left + width - r, top + height - r, 0],
    [left + r, top + height - r, 90],
    [left + r, top + r, 180],
  ];
  for (const [cx, cy, start] of corners)
    for (let i = 0; i <= 8; i++) {
      const angle = ((start + (i * 90) / 8) * Math.PI) / 180;
      line.push([cx + r * Math.cos(angle), cy + r * Math.sin(angle)]);
    }
  fill(target, [line]);
}
