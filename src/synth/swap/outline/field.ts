/**
 * The displacement that gives a face in a picture another shape: strongest at the face, fading out round it, so that the
 * plate's own jaw, cheeks and hairline take on the outline of the person whose face comes in. Without it only the inner
 * face is replaced, and the outline keeps telling who was there.
 *
 * Method: scattered data interpolation (Shepard 1968, inverse distances) of the landmarks' shifts on a coarse grid.
 */
import { FACE_OVAL, MESH_COUNT } from '../../../faces/index.js';
import { convexDistance, smoothstep } from '../../blend/grid.js';
import { convexHull } from '../masks.js';

/** Nodes along a side of the grid. */
const NODES = 65;
/** How far beyond the outline the plate gives way, in mean radii of the face. */
const REACH = 0.6;
/** Softness of the interpolation, in mean radii of the face. */
const SOFTNESS = 0.07;
/** Every how many points of the inner face take part, beside the whole outline. */
const INNER = 9;
/** Shifts below this, in pixels, are none: the pixel keeps its bits. */
export const STILL = 1 / 20;

/** A rectangle that must not move, in the same pixels as the landmarks. */
export interface Pinned {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const CONTROL: readonly number[] = [
  ...FACE_OVAL,
  ...Array.from({ length: Math.floor(MESH_COUNT / INNER) }, (_, k) => k * INNER).filter((i) => !FACE_OVAL.includes(i)),
];

/** A displacement over a square part of a picture; keeps its buffers from frame to frame. */
export class ShapeField {
  /** Per node: how far from the node the pixel lies that is shown there. */
  readonly dx = new Float32Array(NODES * NODES);
  readonly dy = new Float32Array(NODES * NODES);
  /** The grid's first node, and the distance of its nodes, in pixels. */
  x0 = 0;
  y0 = 0;
  cell = 1;
  readonly nodes = NODES;
  readonly #distance = new Float32Array(NODES * NODES);

  /**
   * Fits the field to a face.
   *
   * @param before landmarks as they are, x y pairs, 468 or more
   * @param after where they go, x y pairs
   * @param pinned rectangles that keep every pixel: the faces of other people
   */
  build(before: Float32Array, after: Float32Array, pinned: readonly Pinned[] = []): void {
    const at = (p: Float32Array, i: number): [number, number] => [p[i * 2] as number, p[i * 2 + 1] as number];
    const hull = convexHull(FACE_OVAL.map((i) => at(after, i)));
    const cx = hull.reduce((sum, p) => sum + p[0], 0) / hull.length;
    const cy = hull.reduce((sum, p) => sum + p[1], 0) / hull.length;
    const radius = Math.max(1, hull.reduce((sum, p) => sum + Math.hypot(p[0] - cx, p[1] - cy), 0) / hull.length);
    const half = Math.max(...hull.map((p) => Math.max(Math.abs(p[0] - cx), Math.abs(p[1] - cy)))) + REACH * radius;
    this.cell = (2 * half) / (NODES - 1);
    this.x0 = cx - half;
    this.y0 = cy - half;
    const { cell, x0, y0 } = this;
    const whole = { x0: 0, y0: 0, x1: NODES, y1: NODES };
    convexDistance(
      this.#distance,
      NODES,
      whole,
      hull.flatMap(([x, y]) => [(x - x0) / cell, (y - y0) / cell]),
    );
    const count = CONTROL.length;
    const px = new Float32Array(count);
    const py = new Float32Array(count);
    const sx = new Float32Array(count);
    const sy = new Float32Array(count);
    for (const [k, i] of CONTROL.entries()) {
      const [bx, by] = at(before, i);
      const [ax, ay] = at(after, i);
      px[k] = ax;
      py[k] = ay;
      sx[k] = bx - ax;
      sy[k] = by - ay;
    }
    const soft = (SOFTNESS * radius) ** 2;
    const fade = cell / (REACH * radius);
    for (let v = 0; v < NODES; v++)
      for (let u = 0; u < NODES; u++) {
        const node = v * NODES + u;
        const x = x0 + u * cell;
        const y = y0 + v * cell;
        let strength = 1 - smoothstep(-(this.#distance[node] as number) * fade);
        for (const box of pinned) strength *= this.#release(box, x, y, 0.3 * radius);
        if (strength <= 0) {
          this.dx[node] = 0;
          this.dy[node] = 0;
          continue;
        }
        let total = 0;
        let mx = 0;
        let my = 0;
        for (let k = 0; k < count; k++) {
          const ex = x - (px[k] as number);
          const ey = y - (py[k] as number);
          const near = ex * ex + ey * ey + soft;
          const w = 1 / (near * near);
          total += w;
          mx += w * (sx[k] as number);
          my += w * (sy[k] as number);
        }
        this.dx[node] = (strength * mx) / total;
        this.dy[node] = (strength * my) / total;
      }
  }

  /** 0 in a pinned box and a cell round it, 1 from `ramp` pixels on. */
  #release(box: Pinned, x: number, y: number, ramp: number): number {
    const ex = Math.max(box.x - x, 0, x - box.x - box.width) - this.cell;
    const ey = Math.max(box.y - y, 0, y - box.y - box.height) - this.cell;
    return smoothstep(Math.hypot(Math.max(0, ex), Math.max(0, ey)) / ramp);
  }

  /** The displacement at a place; 0 off the grid. */
  at(x: number, y: number): [number, number] {
    const u = (x - this.x0) / this.cell;
    const v = (y - this.y0) / this.cell;
    if (!(u >= 0 && v >= 0 && u <= NODES - 1 && v <= NODES - 1)) return [0, 0];
    const iu = Math.min(NODES - 2, Math.floor(u));
    const iv = Math.min(NODES - 2, Math.floor(v));
    const fu = u - iu;
    const fv = v - iv;
    const node = iv * NODES + iu;
    const mix = (p: Float32Array): number =>
      (1 - fv) * ((1 - fu) * (p[node] as number) + fu * (p[node + 1] as number)) +
      fv * ((1 - fu) * (p[node + NODES] as number) + fu * (p[node + NODES + 1] as number));
    return [mix(this.dx), mix(this.dy)];
  }
}
