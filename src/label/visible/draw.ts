/** A visible label as a small grey picture with transparency, and laying it over frames. */
import type { Frame } from '../../media/index.js';
import { type Coverage, drawBox, drawText, textWidth } from './glyphs.js';
import { LABEL_WORDS, type LabelLanguage } from './words.js';

/** Kinds of visible labels: a sign in a corner, a banner below, or an end card. */
export type LabelKind = 'corner' | 'lower-third' | 'credits';

/** What is laid over a frame: brightness (0 to 1) and opacity (0 to 1) of every pixel. */
export interface Overlay {
  readonly width: number;
  readonly height: number;
  readonly light: Float32Array;
  readonly alpha: Float32Array;
}

/** Text height over the short side of the picture, and the least in pixels that can still be read. */
const TEXT_SHARE = { corner: 0.032, 'lower-third': 0.036, credits: 0.05 };
const TEXT_LEAST = 10;
/** GB 45438-2025 asks for letters of at least 5 % of the short side. */
const TEXT_SHARE_ZH = 0.05;
/** Opacity of the dark ground: dark enough that white text is read on white (contrast above 7 to 1). */
const GROUND = 0.72;

const coverage = (width: number, height: number): Coverage => ({
  width,
  height,
  data: new Float32Array(width * height),
});

/** Ground and ink as one overlay: black ground at {@link GROUND}, white ink at full opacity. */
function compose(ground: Coverage, ink: Coverage, hole?: Coverage): Overlay {
  const { width, height } = ground;
  const light = new Float32Array(width * height);
  const alpha = new Float32Array(width * height);
  for (let i = 0; i < light.length; i++) {
    const white = Math.max(0, (ink.data[i] as number) - (hole?.data[i] ?? 0));
    const dark = (ground.data[i] as number) * GROUND;
    alpha[i] = white + dark * (1 - white);
    light[i] = (alpha[i] as number) > 0 ? white / (alpha[i] as number) : 0;
  }
  return { width, height, light, alpha };
}

/** Draws the label for a picture of `width` by `height` pixels. `credits` covers the whole picture. */
export function drawLabel(kind: LabelKind, language: LabelLanguage, width: number, height: number): Overlay {
  const words = LABEL_WORDS[language];
  const short = Math.min(width, height);
  const lines = kind === 'corner' ? [words.short] : words.lines;
  const widest = (size: number): number => Math.max(...lines.map((line) => textWidth(line, language, size)));
  let size = Math.max(TEXT_LEAST, Math.ceil(short * Math.max(TEXT_SHARE[kind], language === 'zh' ? TEXT_SHARE_ZH : 0)));
  // Sign, gaps and text must fit into the picture.
  while (size > 6 && widest(size) + size * 4.4 > width) size--;
  const pad = size * 0.55;
  const sign = kind === 'corner' ? size * 1.5 : size * 2.3;
  const text = lines.length * size * 1.3;
  const inner = Math.max(sign, text);
  const boxWidth = Math.ceil(pad + sign * 1.15 + pad + widest(size) + pad * 1.2);
  const boxHeight = Math.ceil(inner + 2 * pad * 0.7);
  const whole = kind === 'credits';
  const [w, h] = whole ? [width, height] : [boxWidth, boxHeight];
  const [ground, ink, hole] = [coverage(w, h), coverage(w, h), coverage(w, h)];
  const left = whole ? Math.round((w - boxWidth) / 2) : 0;
  const top = whole ? Math.round((h - boxHeight) / 2) : 0;
  drawBox(ground, 0, 0, w, h, whole ? 0 : size * 0.45);
  const signTop = top + (boxHeight - sign) / 2;
  drawBox(ink, left + pad, signTop, sign * 1.15, sign, sign * 0.22);
  const letters = sign * 0.68;
  const at = left + pad + (sign * 1.15 - textWidth(words.sign, 'en', letters)) / 2;
  drawText(hole, words.sign, 'en', at, signTop + sign / 2 + letters * 0.36, letters);
  lines.forEach((line, i) => {
    const baseline = top + (boxHeight - text) / 2 + i * size * 1.3 + size * 1.01;
    drawText(ink, line, language, left + pad * 2 + sign * 1.15, baseline, size);
  });
  return compose(ground, ink, hole);
}

/**
 * Lays an overlay over a frame in place, its corner at whole pixels `x`, `y`; what lies outside is left out.
 *
 * @param strength share of its opacity, for fading in and out
 */
export function layOver(frame: Frame, overlay: Overlay, x: number, y: number, strength = 1): void {
  if (frame.format === 'rgba') layOnRgba(frame, overlay, x, y, strength);
  else layOnPlanes(frame, overlay, x, y, strength);
}

function layOnRgba({ pixels, width, height }: Frame, overlay: Overlay, x: number, y: number, strength: number): void {
  for (let row = Math.max(0, -y); row < overlay.height && row + y < height; row++)
    for (let column = Math.max(0, -x); column < overlay.width && column + x < width; column++) {
      const i = row * overlay.width + column;
      const a = (overlay.alpha[i] as number) * strength;
      if (a === 0) continue;
      const light = (overlay.light[i] as number) * 255 * a;
      const p = ((row + y) * width + column + x) * 4;
      for (let c = p; c < p + 3; c++) pixels[c] = Math.round((pixels[c] as number) * (1 - a) + light);
      // A label on a transparent place must be seen there too.
      pixels[p + 3] = Math.round((pixels[p + 3] as number) + (255 - (pixels[p + 3] as number)) * a);
    }
}

function layOnPlanes(frame: Frame, overlay: Overlay, x: number, y: number, strength: number): void {
  const { pixels, width, height } = frame;
  const [black, span] = frame.color.range === 'limited' ? [16, 219] : [0, 255];
  for (let row = Math.max(0, -y); row < overlay.height && row + y < height; row++)
    for (let column = Math.max(0, -x); column < overlay.width && column + x < width; column++) {
      const i = row * overlay.width + column;
      const a = (overlay.alpha[i] as number) * strength;
      if (a === 0) continue;
      const p = (row + y) * width + column + x;
      pixels[p] = Math.round((pixels[p] as number) * (1 - a) + (black + (overlay.light[i] as number) * span) * a);
    }
  // Colour goes to grey with the mean opacity of the pixels it belongs to.
  const [halfWidth, halfHeight] = [(width + 1) >> 1, (height + 1) >> 1];
  const alphaAt = (px: number, py: number): number =>
    px < 0 || py < 0 || px >= overlay.width || py >= overlay.height
      ? 0
      : (overlay.alpha[py * overlay.width + px] as number);
  for (let row = Math.max(0, y >> 1); row < halfHeight && 2 * row < y + overlay.height; row++)
    for (let column = Math.max(0, x >> 1); column < halfWidth && 2 * column < x + overlay.width; column++) {
      const [px, py] = [2 * column - x, 2 * row - y];
      const mean = (alphaAt(px, py) + alphaAt(px + 1, py) + alphaAt(px, py + 1) + alphaAt(px + 1, py + 1)) / 4;
      if (mean === 0) continue;
      for (const plane of [width * height, width * height + halfWidth * halfHeight]) {
        const p = plane + row * halfWidth + column;
        pixels[p] = Math.round((pixels[p] as number) * (1 - mean * strength) + 128 * mean * strength);
      }
    }
}
