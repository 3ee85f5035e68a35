/** The preview sheet of a training run: what goes in, what comes back, and the swap, side by side. */
import { type Frame, rgbaFrame } from '../../media/index.js';

/** One row of the sheet: planar RGB pictures of the same side, 0..1. */
export interface PreviewRow {
  readonly pictures: readonly Float32Array[];
}

/** Share of the sheet's shorter side that is left free below the pictures, where the visible label stands. */
const FOOT = 0.12;

/**
 * Lays rows of pictures out as one sheet, with room for the visible label at its foot.
 *
 * @param size side of each picture
 * @param zoom whole-number enlargement
 * @returns RGBA, opaque
 */
export function previewSheet(rows: readonly PreviewRow[], size: number, zoom = 1): Frame {
  const columns = Math.max(1, ...rows.map((r) => r.pictures.length));
  const gap = 2;
  const cell = size * zoom + gap;
  const width = columns * cell - gap;
  const rowsHeight = Math.max(1, rows.length) * cell - gap;
  const height = rowsHeight + Math.ceil(Math.min(width, rowsHeight) * FOOT);
  const pixels = new Uint8Array(width * height * 4).fill(255);
  const plane = size * size;
  for (const [r, row] of rows.entries())
    for (const [c, picture] of row.pictures.entries())
      for (let y = 0; y < size * zoom; y++)
        for (let x = 0; x < size * zoom; x++) {
          const from = Math.floor(y / zoom) * size + Math.floor(x / zoom);
          const to = ((r * cell + y) * width + c * cell + x) * 4;
          for (let k = 0; k < 3; k++)
            pixels[to + k] = Math.max(0, Math.min(255, Math.round((picture[k * plane + from] as number) * 255)));
        }
  return rgbaFrame(pixels, width, height);
}
