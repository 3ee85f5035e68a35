/** The preview sheet of a training run: what goes in, what comes back, and the swap, side by side. */
import { encodePicture, type Frame } from '../../media/index.js';

/** One row of the sheet: planar RGB pictures of the same side, 0..1. */
export interface PreviewRow {
  readonly pictures: readonly Float32Array[];
}

/**
 * Lays rows of pictures out as one PNG.
 *
 * @param size side of each picture
 * @param zoom whole-number enlargement
 */
export async function previewSheet(rows: readonly PreviewRow[], size: number, zoom = 1): Promise<Uint8Array> {
  const columns = Math.max(1, ...rows.map((r) => r.pictures.length));
  const gap = 2;
  const cell = size * zoom + gap;
  const width = columns * cell - gap;
  const height = Math.max(1, rows.length) * cell - gap;
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
  const frame: Frame = {
    timestamp: 0,
    duration: 0,
    width,
    height,
    format: 'rgba',
    pixels,
    color: { matrix: 'rgb', range: 'full', primaries: 'bt709', transfer: 'iec61966-2-1' },
  };
  return encodePicture(frame, 'png');
}
