/** The colour of a visible point: finds the place on its triangle and asks the material. */
import type { Lamp } from './lighting.js';
import { Materials, type Shaded } from './materials.js';
import { DEPTH, EX, EY, EZ, NX, NY, NZ, PX, PY, SHADE, U, V } from './registers.js';
import type { Lit } from './shadow.js';
import { ATTRIBUTES, MATERIAL, type Soup } from './soup.js';
import type { Rgb } from './types.js';

/** Shades triangle `t` at the position in the registers; the result is in the registers as well. */
export type Shader = (t: number) => void;

/** Makes the shader of one picture. */
export function createShader(
  soup: Soup,
  heads: readonly Shaded[],
  lits: readonly Lit[],
  lamp: Lamp,
  occluder: Rgb,
  r: Float64Array,
): Shader {
  const { screen, attributes, corners, material, head } = soup;
  const materials = new Materials(r, lamp);

  return (t) => {
    const ia = corners[t * 3] as number;
    const ib = corners[t * 3 + 1] as number;
    const ic = corners[t * 3 + 2] as number;
    const px = r[PX] as number;
    const py = r[PY] as number;
    const ax = screen[ia * 3] as number;
    const ay = screen[ia * 3 + 1] as number;
    const bx = (screen[ib * 3] as number) - ax;
    const by = (screen[ib * 3 + 1] as number) - ay;
    const cx = (screen[ic * 3] as number) - ax;
    const cy = (screen[ic * 3 + 1] as number) - ay;
    const area = bx * cy - cx * by || 1e-9;
    const wb = Math.max(0, Math.min(1, ((px - ax) * cy - cx * (py - ay)) / area));
    const wc = Math.max(0, Math.min(1 - wb, (bx * (py - ay) - (px - ax) * by) / area));
    const wa = 1 - wb - wc;
    const a = ia * ATTRIBUTES;
    const b = ib * ATTRIBUTES;
    const c = ic * ATTRIBUTES;
    const nx = (attributes[a] as number) * wa + (attributes[b] as number) * wb + (attributes[c] as number) * wc;
    const ny =
      (attributes[a + 1] as number) * wa + (attributes[b + 1] as number) * wb + (attributes[c + 1] as number) * wc;
    const nz =
      (attributes[a + 2] as number) * wa + (attributes[b + 2] as number) * wb + (attributes[c + 2] as number) * wc;
    const n = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
    r[NX] = nx / n;
    r[NY] = ny / n;
    r[NZ] = nz / n;
    r[U] = (attributes[a + 3] as number) * wa + (attributes[b + 3] as number) * wb + (attributes[c + 3] as number) * wc;
    r[V] = (attributes[a + 4] as number) * wa + (attributes[b + 4] as number) * wb + (attributes[c + 4] as number) * wc;
    r[SHADE] =
      (attributes[a + 5] as number) * wa + (attributes[b + 5] as number) * wb + (attributes[c + 5] as number) * wc;
    r[EX] =
      (attributes[a + 6] as number) * wa + (attributes[b + 6] as number) * wb + (attributes[c + 6] as number) * wc;
    r[EY] =
      (attributes[a + 7] as number) * wa + (attributes[b + 7] as number) * wb + (attributes[c + 7] as number) * wc;
    r[EZ] =
      (attributes[a + 8] as number) * wa + (attributes[b + 8] as number) * wb + (attributes[c + 8] as number) * wc;
    const kind = material[t] as number;
    if (kind === MATERIAL.occluder) {
      materials.occluder(occluder);
      return;
    }
    r[DEPTH] =
      (screen[ia * 3 + 2] as number) * wa + (screen[ib * 3 + 2] as number) * wb + (screen[ic * 3 + 2] as number) * wc;
    const index = head[t] as number;
    const who = heads[index] as Shaded;
    (lits[index] as Lit)(r);
    switch (kind) {
      case MATERIAL.skin:
      case MATERIAL.skinBack:
        materials.skin(who);
        return;
      case MATERIAL.eye:
        materials.eye(who);
        return;
      case MATERIAL.teeth:
        materials.teeth();
        return;
      case MATERIAL.mouth:
        materials.mouth();
        return;
      case MATERIAL.tongue:
        materials.tongue();
        return;
      case MATERIAL.lid:
        materials.lid(who);
        return;
      case MATERIAL.lash:
        materials.lash(who);
        return;
      case MATERIAL.glasses:
        materials.glasses(who);
        return;
      case MATERIAL.cloth:
        materials.body(who);
        return;
      case MATERIAL.hair:
        materials.hair(who);
        return;
      case MATERIAL.beard:
        materials.beard(who);
        return;
      default:
        materials.cap(who);
    }
  };
}
