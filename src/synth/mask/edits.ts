/** From strokes to what becomes of the mask in a frame. */
import { FLAT_PER_CM, FLAT_SIDE, flatPixel } from './flat.js';
import type { MaskStroke } from './strokes.js';

/** Half the width of a stroke's soft edge, in pixels of the flat picture: about 3 mm on the skin. */
const SOFT = 0.3 * FLAT_PER_CM;

/**
 * What becomes of the mask, over the flat picture: `alpha * keep + give`, where `give` counts as far as the engine has a
 * face to show. Both 0..1.
 */
export interface EditPlanes {
  readonly keep: Float32Array;
  readonly give: Float32Array;
}

/** Coverage 0..1 of a stroke over the flat picture. */
function coverage({ radius, points }: MaskStroke): Float32Array {
  const r = radius * FLAT_PER_CM;
  const far = r + SOFT;
  const nearest = new Float32Array(FLAT_SIDE * FLAT_SIDE).fill(Number.POSITIVE_INFINITY);
  const line = points.map(([x, y]) => [flatPixel(x), flatPixel(y)] as const);
  for (const [i, [bx, by]] of line.entries()) {
    const [ax, ay] = line[Math.max(0, i - 1)] ?? [bx, by];
    const [dx, dy] = [bx - ax, by - ay];
    const length = Math.max(1e-9, dx * dx + dy * dy);
    const bound = (v: number): number => Math.max(0, Math.min(FLAT_SIDE, v));
    const y1 = bound(Math.ceil(Math.max(ay, by) + far) + 1);
    const x0 = bound(Math.floor(Math.min(ax, bx) - far));
    const x1 = bound(Math.ceil(Math.max(ax, bx) + far) + 1);
    for (let y = bound(Math.floor(Math.min(ay, by) - far)); y < y1; y++)
      for (let x = x0; x < x1; x++) {
        const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length));
        const d = Math.hypot(x - ax - t * dx, y - ay - t * dy);
        if (d < (nearest[y * FLAT_SIDE + x] as number)) nearest[y * FLAT_SIDE + x] = d;
      }
  }
  return nearest.map((d) => Math.max(0, Math.min(1, (far - d) / (2 * SOFT))));
}

/**
 * The shot that a frame lies in: its first frame, and the first of the next one, or null where the clip ends with it.
 *
 * @param cuts first frames of shots
 */
export function shotOf(frame: number, cuts: readonly number[]): readonly [number, number | null] {
  const after = cuts.filter((cut) => cut > frame);
  return [Math.max(0, ...cuts.filter((cut) => cut <= frame)), after.length === 0 ? null : Math.min(...after)];
}

/** The frames in which a stroke counts: from the first to before the last. */
function spanOf({ frame, reach }: MaskStroke, cuts: readonly number[]): readonly [number, number] {
  if (reach === 'frame') return [frame, frame + 1];
  const [from, to] = shotOf(frame, cuts);
  return [reach === 'forward' ? frame : from, to ?? Number.POSITIVE_INFINITY];
}

/** The corrections of one person's mask over a clip. */
export class MaskEdits {
  readonly #strokes: readonly { readonly stroke: MaskStroke; readonly span: readonly [number, number] }[];
  #active = '';
  #planes: EditPlanes | null = null;

  /** @param cuts first frames of shots */
  constructor(strokes: readonly MaskStroke[], cuts: readonly number[]) {
    this.#strokes = strokes.map((stroke) => ({ stroke, span: spanOf(stroke, cuts) }));
  }

  /** What becomes of the mask in a frame; null where nothing was painted. Valid until the next call. */
  at(frame: number): EditPlanes | null {
    const active = this.#strokes.flatMap(({ span: [from, to] }, i) => (frame >= from && frame < to ? [i] : []));
    const name = active.join(' ');
    if (name === this.#active) return this.#planes;
    this.#active = name;
    this.#planes = active.length === 0 ? null : this.#paint(active);
    return this.#planes;
  }

  #paint(active: readonly number[]): EditPlanes {
    const n = FLAT_SIDE * FLAT_SIDE;
    const keep = new Float32Array(n).fill(1);
    const give = new Float32Array(n);
    for (const i of active) {
      const found = this.#strokes[i];
      if (found === undefined) continue;
      const { stroke } = found;
      const covered = coverage(stroke);
      for (let p = 0; p < n; p++) {
        const c = covered[p] as number;
        keep[p] = (keep[p] as number) * (1 - c);
        give[p] = (give[p] as number) * (1 - c) + (stroke.mode === 'add' ? c : 0);
      }
    }
    return { keep, give };
  }
}
