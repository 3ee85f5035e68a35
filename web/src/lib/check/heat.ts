/** Paints a heat map: nothing where it is next to 0, so that its square does not stand out, then yellow to red. */
import type { Heat } from '../api/report-types';

/** Below this share a place is not coloured. */
const QUIET = 0.15;

/** The map on a canvas of its own size. */
export function paintHeat(canvas: HTMLCanvasElement, { width, height, values }: Heat): void {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (context === null) return;
  const pixels = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const value = Math.min(1, Math.max(0, (values[i] ?? 0) / 255));
    pixels.data[i * 4] = 255;
    pixels.data[i * 4 + 1] = Math.round(225 * (1 - value));
    pixels.data[i * 4 + 2] = Math.round(60 * (1 - value));
    pixels.data[i * 4 + 3] = Math.round(255 * Math.min(1, (1.25 * Math.max(0, value - QUIET)) / (1 - QUIET)));
  }
  context.putImageData(pixels, 0, 0);
}
