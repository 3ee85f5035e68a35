/**
 * What is in front of the face: hands, hair, microphones. No parsing net is at hand, so the person's own look is learnt
 * over the canonical face, and what does not look like it is taken to be in front. A mouth that opens, a blink, glasses
 * and shadows are part of the look, or told apart from it.
 */
import { MESH_TRIANGLES } from '../../faces/index.js';
import { Appearance, type AppearanceState } from './appearance.js';
import { CANON, CANON_POINTS } from './canon.js';
import { gather } from './gather.js';
import { between, boxBlur } from './grid.js';
import type { FaceShape } from './mask.js';
import { MeshRaster, triangleMaps } from './mesh-raster.js';
import type { Plane, Planes, Region } from './types.js';

/** Shares of the way to the new value that are taken when something comes and when it goes. */
const COME = 0.7;
const GO = 0.45;

/** Share of the limit down to which evidence is followed from strong places. */
const GROW = 0.5;

/** What an {@link OcclusionFinder} carries from frame to frame. */
export interface OcclusionState {
  readonly appearance: AppearanceState;
  readonly held: Float32Array;
}

/** Finds what covers one person's face. */
export class OcclusionFinder {
  readonly #appearance = new Appearance();
  readonly #fresh = new Float32Array(CANON * CANON);
  readonly #held = new Float32Array(CANON * CANON);
  readonly #maps = new Float32Array((MESH_TRIANGLES.length / 3) * 6);
  #raster: MeshRaster | null = null;
  #spread = new Float32Array(0);
  #inside = new Float32Array(0);
  #temporary = new Float32Array(0);
  #waiting = 0;

  /** What it carries from frame to frame; what was learnt is settled first. Not a copy. */
  get state(): OcclusionState {
    this.#settle();
    return { appearance: this.#appearance.state, held: this.#held };
  }

  set state(state: OcclusionState) {
    this.#appearance.state = state.appearance;
    this.#held.set(state.held);
  }

  #settle(): void {
    if (this.#waiting > 0) this.#appearance.settle();
    this.#waiting = 0;
  }

  /** Remembers how the person looks in one more picture; to be called before the first {@link find}. */
  learn(planes: Planes, size: number, points: Float32Array, region: Region): void {
    this.#appearance.read(planes, size, points, region);
    this.#appearance.keep();
    this.#waiting++;
  }

  /**
   * Fills `out` (0..1, the shape's grid) with what is in front.
   *
   * @param plate the plate on the shape's grid, all three planes
   * @param points x y pairs in pixels of that grid
   * @param depth z at every third number, or the landmarks themselves from their third number on
   * @returns the covered share of the face, 0..1
   */
  find(
    plate: Planes,
    shape: FaceShape,
    points: Float32Array,
    depth: Float32Array,
    region: Region,
    cut: boolean,
    out: Plane,
  ): number {
    this.#settle();
    const appearance = this.#appearance;
    appearance.read(plate, shape.size, points, region);
    const share = gather(appearance.judge(), appearance.leeway, GROW, this.#fresh);
    appearance.addFringe(this.#fresh);
    for (let i = 0; i < CANON * CANON; i++) {
      const fresh = this.#fresh[i] as number;
      const held = this.#held[i] as number;
      this.#held[i] = cut ? fresh : held + (fresh > held ? COME : GO) * (fresh - held);
    }
    appearance.update(this.#fresh);
    this.#project(shape, points, depth, region, out);
    return share;
  }

  /** From the canonical picture back to the grid, and on over the rim of the mesh. */
  #project(shape: FaceShape, points: Float32Array, depth: Float32Array, region: Region, out: Plane): void {
    const { size } = shape;
    if (this.#raster === null || this.#raster.size !== size) {
      this.#raster = new MeshRaster(size);
      this.#spread = new Float32Array(size * size);
      this.#inside = new Float32Array(size * size);
      this.#temporary = new Float32Array(size * size);
    }
    let any = false;
    for (let i = 0; i < CANON * CANON && !any; i++) any = (this.#held[i] as number) > 0.01;
    if (!any) {
      for (let y = region.y0; y < region.y1; y++) out.fill(0, y * size + region.x0, y * size + region.x1);
      return;
    }
    const { ids } = this.#raster;
    this.#raster.draw(points, depth, 3, region, -1);
    triangleMaps(points, 2, CANON_POINTS, 2, this.#maps);
    const held = this.#held;
    for (let y = region.y0; y < region.y1; y++) {
      for (let x = region.x0; x < region.x1; x++) {
        const i = y * size + x;
        const id = ids[i] as number;
        if (id < 0) {
          out[i] = 0;
          this.#inside[i] = 0;
          continue;
        }
        const m = id * 6;
        const maps = this.#maps;
        const sx = (maps[m] as number) * x + (maps[m + 1] as number) * y + (maps[m + 2] as number);
        const sy = (maps[m + 3] as number) * x + (maps[m + 4] as number) * y + (maps[m + 5] as number);
        out[i] = between(held, CANON, sx, sy);
        this.#inside[i] = 1;
      }
    }
    const spread = this.#spread;
    for (let y = region.y0; y < region.y1; y++)
      spread.set(out.subarray(y * size + region.x0, y * size + region.x1), y * size + region.x0);
    const inside = this.#inside;
    const radius = Math.max(2, Math.round(0.05 * size));
    boxBlur(spread, size, region, radius, this.#temporary);
    boxBlur(inside, size, region, radius, this.#temporary);
    for (let y = region.y0; y < region.y1; y++)
      for (let i = y * size + region.x0, end = y * size + region.x1; i < end; i++)
        if ((ids[i] as number) < 0 && (inside[i] as number) > 0.01)
          out[i] = Math.min(1, (spread[i] as number) / (inside[i] as number));
  }
}
