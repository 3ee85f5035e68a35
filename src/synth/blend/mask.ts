/**
 * Where the new face goes, from landmarks: the hull grown a little and feathered inward, and the parts of the face that
 * colour and texture treat apart. A wide mask carries the likeness (cutting at the landmarks costs about a tenth of it),
 * a soft one shows no edge.
 */
import { BROW_LEFT, BROW_RIGHT, EYE_LEFT, EYE_RIGHT, FACE_OVAL, LIPS_INNER, LIPS_OUTER } from '../../faces/index.js';
import { convexHull } from '../swap/masks.js';
import { boxBlur, convexDistance, fill, fillPolygon, smoothstep } from './grid.js';
import type { Plane, Region } from './types.js';

const EYES = [EYE_LEFT, EYE_RIGHT];
const BROWS = [BROW_LEFT, BROW_RIGHT];
/** From temple to temple along the hairline, and back along the upper edge of the brows. */
const FOREHEAD = [21, 54, 103, 67, 109, 10, 338, 297, 332, 284, 251, 300, 293, 334, 296, 336, 107, 66, 105, 63, 70];
const NOSTRILS = [48, 115, 220, 45, 4, 275, 440, 344, 278, 294, 327, 326, 2, 97, 98, 64];

/** Planes over the analysis grid that say which part of the face a pixel is. */
export class FaceShape {
  /** Side of the analysis grid. */
  readonly size: number;
  /** Pixels of the grid to the edge of the hull, positive inside. */
  readonly distance: Plane;
  /** 0..1: eyes with their lids. */
  readonly eyes: Plane;
  /** 0..1: brows. */
  readonly brows: Plane;
  /** 0..1: lips and what is between them. */
  readonly lips: Plane;
  /** 0..1: between the lips. */
  readonly mouth: Plane;
  /** 0..1: the largest of the above and the nostrils, widened: where there are edges that belong to a person. */
  readonly features: Plane;
  /** 0..1: inside the hull and none of the features. */
  readonly skin: Plane;
  /** 0..1: above the brows. */
  readonly forehead: Plane;

  constructor(size: number) {
    this.size = size;
    const plane = (): Plane => new Float32Array(size * size);
    this.distance = plane();
    this.eyes = plane();
    this.brows = plane();
    this.lips = plane();
    this.mouth = plane();
    this.features = plane();
    this.skin = plane();
    this.forehead = plane();
  }

  /**
   * Draws all planes over a region.
   *
   * @param points pixels of the analysis grid, x y pairs, 468 or more
   */
  draw(points: Float32Array, region: Region): void {
    const { size } = this;
    const pair = (i: number): [number, number] => [points[i * 2] as number, points[i * 2 + 1] as number];
    convexDistance(this.distance, size, region, convexHull(FACE_OVAL.map(pair)).flat());
    const draw = (plane: Plane, polygons: readonly (readonly number[])[], grow: number): void => {
      fill(plane, size, region, 0);
      for (const polygon of polygons) fillPolygon(plane, size, region, grown(polygon.map(pair), grow));
    };
    draw(this.eyes, EYES, 0.012 * size);
    draw(this.brows, BROWS, 0.01 * size);
    draw(this.lips, [LIPS_OUTER], 0.008 * size);
    draw(this.mouth, [LIPS_INNER], 0);
    draw(this.forehead, [FOREHEAD], 0.01 * size);
    draw(this.features, [...EYES, ...BROWS, LIPS_OUTER, NOSTRILS], 0.03 * size);
    const inner = 0.02 * size;
    for (let y = region.y0; y < region.y1; y++) {
      for (let i = y * size + region.x0, end = y * size + region.x1; i < end; i++) {
        const d = this.distance[i] as number;
        this.skin[i] = d <= inner ? 0 : (1 - (this.features[i] as number)) * Math.min(1, (d - inner) / inner);
      }
    }
  }
}

/** A polygon moved outward from its centre by a number of pixels. */
function grown(polygon: readonly (readonly [number, number])[], pixels: number): number[] {
  let cx = 0;
  let cy = 0;
  for (const [x, y] of polygon) {
    cx += x / polygon.length;
    cy += y / polygon.length;
  }
  const out: number[] = [];
  for (const [x, y] of polygon) {
    const k = 1 + pixels / Math.max(1e-3, Math.hypot(x - cx, y - cy));
    out.push(cx + (x - cx) * k, cy + (y - cy) * k);
  }
  return out;
}

/**
 * The mask: hull grown by `reach`, rising inward over `feather` (both in pixels of the grid), times the engine's own
 * mask, times what is not covered.
 *
 * @param learned the engine's mask on the same grid
 * @param occlusion 0..1, what is in front, on the same grid
 */
export function faceAlpha(
  shape: FaceShape,
  region: Region,
  reach: number,
  feather: number,
  learned: Plane,
  occlusion: Plane,
  out: Plane,
): void {
  const { size, distance } = shape;
  const k = 1 / Math.max(1e-3, feather);
  for (let y = region.y0; y < region.y1; y++) {
    for (let i = y * size + region.x0, end = y * size + region.x1; i < end; i++) {
      const t = ((distance[i] as number) + reach) * k;
      out[i] = t <= 0 ? 0 : smoothstep(t) * (learned[i] as number) * (1 - (occlusion[i] as number));
    }
  }
}

/**
 * Takes back the mask near the rim where face and plate disagree strongly: there one of them shows hair or background,
 * and a blend of the two is the dark halo at temples and jaw that gives a swap away.
 *
 * @param rim pixels from the edge of the hull inward that count as near
 * @param faceY, plateY luma after colour matching
 * @param scratch, temporary planes of the same grid
 */
export function guardRim(
  shape: FaceShape,
  region: Region,
  rim: number,
  faceY: Plane,
  plateY: Plane,
  alpha: Plane,
  scratch: Plane,
  temporary: Plane,
): void {
  const { size, distance, features } = shape;
  for (let y = region.y0; y < region.y1; y++)
    for (let i = y * size + region.x0, end = y * size + region.x1; i < end; i++) {
      const difference = (faceY[i] as number) - (plateY[i] as number);
      const off = Math.abs(difference) - 24;
      // The face's own dark hair may reach far in; the plate's is left to the occlusion finder but for the very edge.
      const depth = difference < 0 ? rim : 0.4 * rim;
      const near = (1 - smoothstep((distance[i] as number) / depth)) * (1 - (features[i] as number));
      scratch[i] = off <= 0 ? 0 : near * Math.min(1, (off / 30) ** 2);
    }
  boxBlur(scratch, size, region, Math.max(1, Math.round(0.015 * size)), temporary);
  for (let y = region.y0; y < region.y1; y++)
    for (let i = y * size + region.x0, end = y * size + region.x1; i < end; i++)
      alpha[i] = (alpha[i] as number) * (1 - Math.min(1, 1.3 * (scratch[i] as number)));
}

/**
 * The rectangle of the work grid that a face needs: the box of its outline and a margin, edges on multiples of 16.
 *
 * @param points pixels of the work grid, x y pairs
 */
export function faceRegion(points: Float32Array, size: number, margin: number): Region {
  let x0 = Number.POSITIVE_INFINITY;
  let y0 = x0;
  let x1 = Number.NEGATIVE_INFINITY;
  let y1 = x1;
  for (const i of FACE_OVAL) {
    const x = points[i * 2] as number;
    const y = points[i * 2 + 1] as number;
    x0 = Math.min(x0, x);
    x1 = Math.max(x1, x);
    y0 = Math.min(y0, y);
    y1 = Math.max(y1, y);
  }
  const down = (v: number): number => Math.max(0, Math.min(size, Math.floor((v - margin) / 16) * 16));
  const up = (v: number): number => Math.max(0, Math.min(size, Math.ceil((v + margin + 1) / 16) * 16));
  return { x0: down(x0), y0: down(y0), x1: up(x1), y1: up(y1) };
}
