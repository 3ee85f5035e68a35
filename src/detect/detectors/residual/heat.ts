/** From the net's cells to one map over the square round a face. */
import { WINDOWS } from './windows.js';

/** Cells of the map across and down. */
export const HEAT_SIDE = 16;

/**
 * Lays the cells of all windows over each other: each place of the map is a mean of what the windows say that cover it,
 * each read between its cells and counting less towards its edge, so that windows leave no seams.
 *
 * @param cells for each window `side * side` logits
 * @returns `HEAT_SIDE * HEAT_SIDE` values, 0 to 1 (the logistic function of the mean)
 */
export function heatOf(cells: Float32Array, side: number): Float32Array {
  const at = (w: number, x: number, y: number): number => cells[(w * side + y) * side + x] as number;
  return Float32Array.from({ length: HEAT_SIDE * HEAT_SIDE }, (_, i) => {
    const [px, py] = [((i % HEAT_SIDE) + 0.5) / HEAT_SIDE, (Math.floor(i / HEAT_SIDE) + 0.5) / HEAT_SIDE];
    let [sum, weights] = [0, 0];
    for (const [w, [x, y, share]] of WINDOWS.entries()) {
      const [u, v] = [(px - x) / share, (py - y) / share];
      if (u < 0 || u > 1 || v < 0 || v > 1) continue;
      const inside = (t: number): number => Math.max(0, Math.min(side - 1, t * side - 0.5));
      const [cx, cy] = [inside(u), inside(v)];
      const [x0, y0] = [Math.floor(cx), Math.floor(cy)];
      const [x1, y1] = [Math.min(side - 1, x0 + 1), Math.min(side - 1, y0 + 1)];
      const above = at(w, x0, y0) * (x0 + 1 - cx) + at(w, x1, y0) * (cx - x0);
      const below = at(w, x0, y1) * (x0 + 1 - cx) + at(w, x1, y1) * (cx - x0);
      const weight = (Math.min(u, 1 - u) + 0.05) * (Math.min(v, 1 - v) + 0.05);
      sum += weight * (above * (y0 + 1 - cy) + below * (cy - y0));
      weights += weight;
    }
    return 1 / (1 + Math.exp(-sum / weights));
  });
}
