/** Turning and mirroring single planes, and packing padded codec memory into frames. */

/** Clockwise turns in degrees. */
export type Turn = 0 | 90 | 180 | 270;

/** Side of the square tiles of a quarter turn: both the read and the written tile stay in the first-level cache. */
const TILE = 32;

/**
 * Copies one plane, turned clockwise and then mirrored left to right where asked.
 *
 * @param source rows of `stride` bytes, of which `width` count
 * @param target receives the turned plane without padding; its rows are `height` long for 90 and 270 degrees
 * @param at first byte of the plane in `target`
 */
export function copyPlane(
  source: Uint8Array,
  stride: number,
  width: number,
  height: number,
  target: Uint8Array,
  at: number,
  turn: Turn,
  mirror: boolean,
): void {
  if (turn === 0 && !mirror) {
    if (stride === width) target.set(source.subarray(0, width * height), at);
    else
      for (let y = 0, to = at; y < height; y++, to += width)
        target.set(source.subarray(y * stride, y * stride + width), to);
    return;
  }
  // Where pixel (x, y) goes is linear in x and y: start + x * dx + y * dy.
  const quarter = turn === 90 || turn === 270;
  const outWidth = quarter ? height : width;
  let dx = turn === 0 ? 1 : turn === 180 ? -1 : turn === 90 ? outWidth : -outWidth;
  let dy = turn === 0 ? width : turn === 180 ? -width : turn === 90 ? -1 : 1;
  let start = turn === 0 ? 0 : turn === 180 ? width * height - 1 : turn === 90 ? outWidth - 1 : outWidth * (width - 1);
  if (mirror) {
    // Mirroring sends column c of a row to outWidth - 1 - c: the step along the row changes its sign.
    const row = Math.floor(start / outWidth);
    start = row * outWidth + (outWidth - 1 - (start - row * outWidth));
    if (quarter) dy = -dy;
    else dx = -dx;
  }
  for (let ty = 0; ty < height; ty += TILE) {
    const yEnd = Math.min(ty + TILE, height);
    for (let tx = 0; tx < width; tx += TILE) {
      const xEnd = Math.min(tx + TILE, width);
      for (let y = ty; y < yEnd; y++) {
        let from = y * stride + tx;
        let to = at + start + tx * dx + y * dy;
        for (let x = tx; x < xEnd; x++, from++, to += dx) target[to] = source[from] as number;
      }
    }
  }
}
