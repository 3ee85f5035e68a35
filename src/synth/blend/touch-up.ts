/** What somebody painted on a mask, put into the mask of a frame: from the flattened face, by way of the mesh. */
import { MESH_COUNT } from '../../faces/index.js';
import { type EditPlanes, FLAT_POINTS, FLAT_SIDE } from '../mask/index.js';
import { SKIRT_COUNT, SKIRT_TRIANGLES, withSkirt } from '../swap/mesh/skirt.js';
import { between } from './grid.js';
import { MeshRaster, triangleMaps } from './mesh-raster.js';
import type { Plane, Region } from './types.js';

/** Behind every point of the face: the skirt never hides it. */
const BEHIND = 1e6;

/** Changes masks of one grid size; keeps its buffers. */
export class TouchUp {
  readonly #raster: MeshRaster;
  readonly #points = new Float32Array(SKIRT_COUNT * 2);
  readonly #depth = new Float32Array(SKIRT_COUNT);
  readonly #maps = new Float32Array((SKIRT_TRIANGLES.length / 3) * 6);

  /** @param size side of the grid */
  constructor(size: number) {
    this.#raster = new MeshRaster(size, SKIRT_TRIANGLES);
  }

  /**
   * Changes `alpha` in place, and nothing where nothing was painted.
   *
   * @param learned 0..1 on the same grid: where the engine has a face to show
   * @param points x y pairs in pixels of the grid
   * @param depth z at every third number
   */
  apply(
    edit: EditPlanes,
    learned: Plane,
    points: Float32Array,
    depth: Float32Array,
    region: Region,
    alpha: Plane,
  ): void {
    const { size, ids } = this.#raster;
    const maps = this.#maps;
    withSkirt(points, this.#points);
    for (let i = 0; i < SKIRT_COUNT; i++) this.#depth[i] = i < MESH_COUNT ? (depth[i * 3] as number) : BEHIND;
    this.#raster.draw(this.#points, this.#depth, 1, region, -1);
    triangleMaps(this.#points, 2, FLAT_POINTS, 2, maps, SKIRT_TRIANGLES);
    for (let y = region.y0; y < region.y1; y++)
      for (let x = region.x0; x < region.x1; x++) {
        const i = y * size + x;
        const m = (ids[i] as number) * 6;
        if (m < 0) continue;
        const u = (maps[m] as number) * x + (maps[m + 1] as number) * y + (maps[m + 2] as number);
        const v = (maps[m + 3] as number) * x + (maps[m + 4] as number) * y + (maps[m + 5] as number);
        const keep = between(edit.keep, FLAT_SIDE, u, v);
        const give = between(edit.give, FLAT_SIDE, u, v);
        if (keep < 1 || give > 0) alpha[i] = Math.min(1, (alpha[i] as number) * keep + give * (learned[i] as number));
      }
  }
}
