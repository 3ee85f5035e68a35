/**
 * The piecewise warp: pixels of a few source pictures, triangle by triangle, onto the target's mesh, mixed with weights
 * that differ between the upper and the lower half of the face.
 */
import { kernels } from '../../../base/index.js';
import { CANONICAL_POINTS, MESH_COUNT, type Pose, rotationOfPose } from '../../../faces/index.js';
import { MeshRaster, triangleMaps } from '../../blend/mesh-raster.js';
import { SKIRT_COUNT, SKIRT_TRIANGLES, withSkirt } from './skirt.js';
import { warpKernel } from './warp-kernel.js';

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

  constructor(size: number) {
    this.#size = size;
    this.#raster = new MeshRaster(size, SKIRT_TRIANGLES);
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
    const maps = this.#maps;
    const widest = Math.max(0, ...sources.map((source) => source.size));
    const pictureBytes = kernels.aligned(3 * widest * widest + 16);
    const {
      bytes,
      floats,
      start: sums,
    } = kernels.reserve(16 * n + kernels.aligned(2 * n) + kernels.aligned(4 * maps.length) + pictureBytes + 16);
    const triangles = sums + 16 * n;
    const mapsAt = triangles + kernels.aligned(2 * n);
    const picture = mapsAt + kernels.aligned(4 * maps.length);
    const gains = picture + pictureBytes;
    floats.fill(0, sums >> 2, (sums >> 2) + 4 * n);
    bytes.set(new Uint8Array(ids.buffer, ids.byteOffset, 2 * n), triangles);
    for (const source of sources) {
      const { size: side, rgb, at } = source;
      withSkirt(source.points, this.#source);
      triangleMaps(this.#target, 2, this.#source, 2, maps, SKIRT_TRIANGLES);
      floats.set(maps, mapsAt >> 2);
      bytes.set(rgb.subarray(at, at + 3 * side * side), picture);
      floats.set(
        source.gain.map((g) => g / 255),
        gains >> 2,
      );
      for (let y = 0; y < size; y++) {
        const weight = source.upper + (source.lower - source.upper) * (blend[y] as number);
        if (weight < 0.002) continue;
        const row = [triangles + 2 * y * size, mapsAt, sums + 16 * y * size, picture, 3 * side, side - 1.001] as const;
        warpKernel.row(...row, 0, size, y, weight, gains);
      }
    }
    image.set(fallback);
    for (let i = 0, o = sums >> 2; i < n; i++, o += 4)
      if ((ids[i] as number) >= 0) {
        image[i] = floats[o] as number;
        image[n + i] = floats[o + 1] as number;
        image[2 * n + i] = floats[o + 2] as number;
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
