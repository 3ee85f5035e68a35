/**
 * The piecewise warp: pixels of a few source pictures, triangle by triangle, onto the target's mesh, mixed with weights
 * that differ between the upper and the lower half of the face.
 */
import { CANONICAL_POINTS, MESH_COUNT, type Pose, rotationOfPose } from '../../../faces/index.js';
import { MeshRaster, triangleMaps } from '../../blend/mesh-raster.js';
import { SKIRT_COUNT, SKIRT_TRIANGLES, withSkirt } from './skirt.js';

/** One source picture. */
export interface WarpSource {
  /** Side of the picture. */
  readonly size: number;
  /** Interleaved RGB of all pictures. */
  readonly rgb: Uint8Array;
  /** Where the picture starts in `rgb`. */
  readonly at: number;
  /** Its points, x y pairs in its pixels, 468 or more. */
  readonly points: Float32Array;
  /** Share in the upper and lower half of the face. */
  readonly upper: number;
  readonly lower: number;
  /** Factors that bring its red, green and blue to the set's light. */
  readonly gain: readonly [number, number, number];
}

/** Warps onto crops of one size; keeps its buffers. */
export class Warper {
  readonly #size: number;
  readonly #raster: MeshRaster;
  readonly #target = new Float32Array(SKIRT_COUNT * 2);
  readonly #source = new Float32Array(SKIRT_COUNT * 2);
  readonly #depth = new Float32Array(SKIRT_COUNT);
  readonly #maps = new Float32Array((SKIRT_TRIANGLES.length / 3) * 6);
  readonly #rows: Float32Array;

  constructor(size: number) {
    this.#size = size;
    this.#raster = new MeshRaster(size, SKIRT_TRIANGLES);
    this.#rows = new Float32Array(size);
  }

  /**
   * Mixes the sources onto a mesh.
   *
   * @param points where the mesh goes, x y pairs in pixels of the crop
   * @param pose of the head in the crop: tells which of two triangles is in front
   * @param blend row by row 0 (upper) .. 1 (lower)
   * @param image planar RGB 0..1, is overwritten; pixels off the mesh keep `fallback`'s
   */
  warp(
    points: Float32Array,
    pose: Pose,
    sources: readonly WarpSource[],
    blend: Float32Array,
    fallback: Float32Array,
    image: Float32Array,
  ): void {
    const size = this.#size;
    const n = size * size;
    withSkirt(points, this.#target);
    this.#turn(pose);
    const whole = { x0: 0, y0: 0, x1: size, y1: size };
    this.#raster.draw(this.#target, this.#depth, 1, whole, -1);
    const { ids } = this.#raster;
    image.set(fallback);
    for (let i = 0; i < n; i++)
      if ((ids[i] as number) >= 0) {
        image[i] = 0;
        image[n + i] = 0;
        image[2 * n + i] = 0;
      }
    const maps = this.#maps;
    const rows = this.#rows;
    for (const source of sources) {
      const { size: side, rgb, at } = source;
      withSkirt(source.points, this.#source);
      triangleMaps(this.#target, 2, this.#source, 2, maps, SKIRT_TRIANGLES);
      for (let y = 0; y < size; y++) rows[y] = source.upper + (source.lower - source.upper) * (blend[y] as number);
      const [gr, gg, gb] = source.gain.map((g) => g / 255) as [number, number, number];
      const high = side - 1.001;
      for (let y = 0; y < size; y++) {
        const weight = rows[y] as number;
        if (weight < 0.002) continue;
        for (let x = 0, i = y * size; x < size; x++, i++) {
          const id = ids[i] as number;
          if (id < 0) continue;
          const m = id * 6;
          let sx = (maps[m] as number) * x + (maps[m + 1] as number) * y + (maps[m + 2] as number);
          let sy = (maps[m + 3] as number) * x + (maps[m + 4] as number) * y + (maps[m + 5] as number);
          sx = sx < 0 ? 0 : Math.min(sx, high);
          sy = sy < 0 ? 0 : Math.min(sy, high);
          const ix = sx | 0;
          const iy = sy | 0;
          const fx = sx - ix;
          const fy = sy - iy;
          const w11 = fx * fy * weight;
          const w10 = fx * weight - w11;
          const w01 = fy * weight - w11;
          const w00 = weight - w11 - w10 - w01;
          const p = at + (iy * side + ix) * 3;
          const q = p + side * 3;
          image[i] =
            (image[i] as number) +
            gr *
              (w00 * (rgb[p] as number) +
                w10 * (rgb[p + 3] as number) +
                w01 * (rgb[q] as number) +
                w11 * (rgb[q + 3] as number));
          image[n + i] =
            (image[n + i] as number) +
            gg *
              (w00 * (rgb[p + 1] as number) +
                w10 * (rgb[p + 4] as number) +
                w01 * (rgb[q + 1] as number) +
                w11 * (rgb[q + 4] as number));
          image[2 * n + i] =
            (image[2 * n + i] as number) +
            gb *
              (w00 * (rgb[p + 2] as number) +
                w10 * (rgb[p + 5] as number) +
                w01 * (rgb[q + 2] as number) +
                w11 * (rgb[q + 5] as number));
        }
      }
    }
  }

  /** Depth of every point of the canonical head turned like this; the skirt lies behind everything. */
  #turn(pose: Pose): void {
    const r = rotationOfPose(pose);
    const depth = this.#depth;
    for (let i = 0; i < MESH_COUNT; i++)
      depth[i] =
        (r[6] as number) * (CANONICAL_POINTS[i * 3] as number) +
        (r[7] as number) * (CANONICAL_POINTS[i * 3 + 1] as number) +
        (r[8] as number) * (CANONICAL_POINTS[i * 3 + 2] as number);
    depth.fill(1e3, MESH_COUNT);
  }
}
