/** Whether text was laid over a picture, as on memes: letters in a bar of one colour, or white letters with a dark rim. */
import { type Frame, toRgba } from '../media/index.js';

/** A patch of connected pixels. */
interface Patch {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly pixels: number;
}

/** Connected patches of a mask, by four neighbours. `labels` is overwritten: 0 becomes a patch's number from 2 on where the mask is 1. */
function patchesOf(mask: Uint8Array, width: number, height: number): Patch[] {
  const seen = mask.slice();
  const patches: Patch[] = [];
  const stack: number[] = [];
  for (let start = 0; start < seen.length; start++) {
    if (seen[start] !== 1) continue;
    let [left, right, top, bottom, pixels] = [width, 0, height, 0, 0];
    stack.push(start);
    seen[start] = 0;
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const [x, y] = [at % width, Math.floor(at / width)];
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      pixels++;
      for (const [next, inside] of [
        [at - 1, x > 0],
        [at + 1, x < width - 1],
        [at - width, y > 0],
        [at + width, y < height - 1],
      ] as const)
        if (inside && seen[next] === 1) {
          seen[next] = 0;
          stack.push(next);
        }
    }
    patches.push({ left, right, top, bottom, pixels });
  }
  return patches;
}

const heightOf = (p: Patch): number => p.bottom - p.top + 1;

/** The most patches that stand on one line and are about as high as each other: letters. */
function longestLine(patches: readonly Patch[]): number {
  let most = 0;
  for (const one of patches) {
    const h = heightOf(one);
    const line = patches.filter(
      (p) => Math.abs(p.bottom - one.bottom) <= 0.15 * h && Math.abs(heightOf(p) - h) <= 0.25 * h,
    );
    most = Math.max(most, line.length);
  }
  return most;
}

/** Letters at least this high and at most so, in pixels at the size looked at. */
const LETTER = [8, 120] as const;

const likeLetters = (p: Patch): boolean => {
  const [w, h] = [p.right - p.left + 1, heightOf(p)];
  const fill = p.pixels / (w * h);
  return h >= LETTER[0] && h <= LETTER[1] && w <= 1.6 * h && w >= 0.08 * h && fill > 0.15;
};

/** Longer side at which text is looked for. */
const LONG = 640;

/** What {@link laidText} found: letters on one line. */
export interface LaidText {
  /** In a bar of one colour at the upper or lower edge. */
  readonly bar: number;
  /** White with a dark rim, anywhere. */
  readonly rimmed: number;
}

/** Every k-th pixel of a frame, so that its longer side is at most {@link LONG}; letters keep their edges. */
function smaller(frame: Frame): { rgba: Uint8Array; width: number; height: number } {
  const whole = toRgba(frame);
  const step = Math.max(1, Math.max(frame.width, frame.height) / LONG);
  const [width, height] = [Math.floor(frame.width / step), Math.floor(frame.height / step)];
  const rgba = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = 4 * (Math.floor(y * step) * frame.width + Math.floor(x * step));
      for (let c = 0; c < 4; c++) rgba[4 * (y * width + x) + c] = whole.pixels[from + c] as number;
    }
  return { rgba, width, height };
}

/** How many letters stand on a line in the bar at one edge; 0 where there is no bar. */
function barLetters(rgba: Uint8Array, width: number, height: number, fromBottom: boolean): number {
  const rowAt = (i: number): number => (fromBottom ? height - 1 - i : i);
  const at = (x: number, i: number, c: number): number => rgba[4 * (rowAt(i) * width + x) + c] as number;
  const middle = (list: number[]): number => list.sort((a, b) => a - b)[list.length >> 1] ?? 0;
  const colour = [0, 1, 2].map((c) => middle(Array.from({ length: width }, (_, x) => at(x, 1, c))));
  const off = (x: number, i: number): number =>
    Math.max(...[0, 1, 2].map((c) => Math.abs(at(x, i, c) - (colour[c] as number))));
  const edge = Math.max(2, Math.round(width * 0.015));
  let rows = 0;
  for (; rows < height / 2; rows++) {
    let plain = 0;
    let rim = true;
    for (let x = 0; x < width; x++) {
      const near = off(x, rows) <= 16;
      if (near) plain++;
      else if (x < edge || x >= width - edge) rim = false;
    }
    if (!rim || plain < width * 0.3) break;
  }
  if (rows < height * 0.06 || rows < 12) return 0;
  const mask = new Uint8Array(width * rows);
  for (let i = 0; i < rows; i++) for (let x = 0; x < width; x++) mask[i * width + x] = off(x, i) > 80 ? 1 : 0;
  // From the bottom the rows are upside down: lines stand on their heads, and count alike.
  return longestLine(patchesOf(mask, width, rows).filter((p) => likeLetters(p) && p.bottom < rows - 1));
}

/** How many white letters with a dark rim stand on a line. */
function rimmedLetters(rgba: Uint8Array, width: number, height: number): number {
  const white = new Uint8Array(width * height);
  const dark = new Uint8Array(width * height);
  for (let i = 0; i < white.length; i++) {
    const [r, g, b] = [rgba[4 * i] as number, rgba[4 * i + 1] as number, rgba[4 * i + 2] as number];
    white[i] = Math.min(r, g, b) >= 225 ? 1 : 0;
    dark[i] = Math.max(r, g, b) <= 60 ? 1 : 0;
  }
  const rimmed = (p: Patch): boolean => {
    let [around, black] = [0, 0];
    const look = (x: number, y: number, dx: number, dy: number): void => {
      if (white[y * width + x] !== 1) return;
      const [nx, ny] = [x + dx, y + dy];
      if (nx < 0 || ny < 0 || nx >= width || ny >= height) return;
      if (white[ny * width + nx] === 1) return;
      around++;
      for (let k = 1; k <= 3; k++) {
        const [qx, qy] = [x + k * dx, y + k * dy];
        if (qx >= 0 && qy >= 0 && qx < width && qy < height && dark[qy * width + qx] === 1) {
          black++;
          return;
        }
      }
    };
    for (let y = p.top; y <= p.bottom; y++)
      for (let x = p.left; x <= p.right; x++) {
        look(x, y, 1, 0);
        look(x, y, -1, 0);
        look(x, y, 0, 1);
        look(x, y, 0, -1);
      }
    return around > 0 && black / around >= 0.8;
  };
  return longestLine(patchesOf(white, width, height).filter((p) => likeLetters(p) && rimmed(p)));
}

/** Looks for text that was laid over a picture. */
export function laidText(frame: Frame): LaidText {
  const { rgba, width, height } = smaller(frame);
  return {
    bar: Math.max(barLetters(rgba, width, height, false), barLetters(rgba, width, height, true)),
    rimmed: rimmedLetters(rgba, width, height),
  };
}
