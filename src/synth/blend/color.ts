/**
 * Colour and light of the plate for the new face. Two steps on code values: mean and spread of the skin (luma as a gain,
 * as light is; colour as a shift), then a slow field of what is left, so that a face lit from the side stays so. Only
 * skin is measured, and the shift spares eyes, lips and teeth: matched whole, eye whites turn teal.
 */
import { boxBlur } from './grid.js';
import type { FaceShape } from './mask.js';
import { SteadyValue } from './temporal.js';
import type { Plane, Planes, Region } from './types.js';

/** Cells of the slow field along a side. */
const CELLS = 16;
/** Code values beyond which a pixel's colour counts less as skin. */
const COLOUR_SPREAD = 10;
const LUMA_SPREAD = 45;

/** What the last match measured. */
export interface ColorStats {
  /** Mean luma of the new face's skin less the plate's, before matching. */
  readonly lightOffset: number;
  /** Mean luma of the plate's skin. */
  readonly plateLuma: number;
}

interface Moments {
  weight: number;
  y: number;
  u: number;
  v: number;
  yy: number;
  cc: number;
}

/** What a {@link ColorMatcher} carries from frame to frame. */
export interface ColorState {
  readonly values: readonly number[];
  readonly eyes: [number, number, number] | null;
  readonly fields: readonly Plane[];
}

/** Matches one person's face to the plate, frame by frame. */
export class ColorMatcher {
  readonly #steady: number;
  readonly #light: number;
  readonly #values: SteadyValue[];
  readonly #eyeU: SteadyValue;
  readonly #eyeV: SteadyValue;
  readonly #eyeLuma: SteadyValue;
  #own = new Float32Array(0);
  #temporary = new Float32Array(0);
  #eyes: [number, number, number] | null = null;
  readonly #field = [0, 1, 2].map(() => new Float32Array(CELLS * CELLS));
  readonly #fresh = [0, 1, 2].map(() => new Float32Array(CELLS * CELLS));
  readonly #weight = new Float32Array(CELLS * CELLS);
  readonly #scratch = new Float32Array(CELLS * CELLS);
  readonly #sums = new Float64Array(CELLS * CELLS * 5);

  /**
   * @param light 0..1: share of the slow field that is taken over
   * @param steady 0..1: strength of the smoothing in time
   */
  constructor(light: number, steady: number) {
    this.#light = light;
    this.#steady = steady;
    this.#eyeU = new SteadyValue(steady, 6);
    this.#eyeV = new SteadyValue(steady, 6);
    this.#eyeLuma = new SteadyValue(steady, 0.25);
    // log gain, log contrast, log colourfulness, shift u, shift v; the second number is a change that is surely real.
    this.#values = [0.06, 0.12, 0.2, 3, 3].map((range) => new SteadyValue(steady, range));
  }

  /** What it carries from frame to frame. */
  get state(): ColorState {
    return {
      values: [...this.#values, this.#eyeU, this.#eyeV, this.#eyeLuma].map((v) => v.state),
      eyes: this.#eyes,
      fields: this.#field,
    };
  }

  set state(state: ColorState) {
    [...this.#values, this.#eyeU, this.#eyeV, this.#eyeLuma].forEach((v, i) => {
      v.state = state.values[i] ?? 0;
    });
    this.#eyes = state.eyes;
    this.#field.forEach((field, i) => {
      field.set(state.fields[i] ?? []);
    });
  }

  /**
   * Changes `face` to the light of `plate`.
   *
   * @param faceY the face's luma on the analysis grid (read only), `plateY` likewise
   * @param use 0..1 on the analysis grid: where the face is going to be seen
   * @param size side of the work grid; the shape's is that or half of it
   */
  match(
    plate: Planes,
    plateY: Plane,
    face: Planes,
    faceY: Plane,
    shape: FaceShape,
    use: Plane,
    size: number,
    region: Region,
    lumaOffset: number,
    cut: boolean,
  ): ColorStats {
    const small = shape.size === size ? region : half(region);
    const t = this.#moments(plateY, plate.u, plate.v, shape, use, small);
    const s = this.#moments(faceY, face.u, face.v, shape, use, small);
    if (t.weight < 20 || s.weight < 20) return { lightOffset: 0, plateLuma: t.weight > 0 ? t.y : 128 };
    const limit = (v: number, low: number, high: number): number => Math.max(low, Math.min(high, v));
    const rawGain = Math.max(4, t.y - lumaOffset) / Math.max(4, s.y - lumaOffset);
    const rawContrast = Math.sqrt((t.yy + 9) / (s.yy * rawGain * rawGain + 9));
    const rawColour = Math.sqrt((t.cc + 2) / (s.cc * rawGain * rawGain + 2));
    const [g, a, c, du, dv] = this.#values as [SteadyValue, SteadyValue, SteadyValue, SteadyValue, SteadyValue];
    const gain = Math.exp(g.next(Math.log(limit(rawGain, 0.45, 2.2)), cut));
    // Half of the difference in spread is the faces' own shape and stays.
    const contrast = Math.exp(0.5 * a.next(Math.log(limit(rawContrast, 0.6, 1.6)), cut));
    const colour = gain * Math.exp(0.5 * c.next(Math.log(limit(rawColour, 0.6, 1.6)), cut));
    const shiftU = du.next(t.u - 128 - gain * (s.u - 128), cut);
    const shiftV = dv.next(t.v - 128 - gain * (s.v - 128), cut);
    const pivot = lumaOffset + gain * (s.y - lumaOffset);
    const k = gain * contrast;
    const kOffset = pivot - k * s.y;
    this.#fitField(plate, plateY, face, faceY, shape, use, small, {
      k,
      kOffset,
      colour,
      midU: s.u,
      midV: s.v,
      toU: 128 + gain * (s.u - 128) + shiftU,
      toV: 128 + gain * (s.v - 128) + shiftV,
      lumaOffset,
      cut,
    });
    const baseU = 128 + gain * (s.u - 128) - colour * s.u;
    const baseV = 128 + gain * (s.v - 128) - colour * s.v;
    const eyes = this.#eyeShift(plate, plateY, t.y, face, faceY, s.y, gain, shape, use, small, lumaOffset, cut);
    this.#findGreys(face, faceY, s, lumaOffset, shape, small);
    const lit = 1 / Math.max(8, s.y - lumaOffset);
    this.#applyColour(
      face.u,
      faceY,
      lumaOffset,
      lit,
      shape,
      small,
      colour,
      gain,
      baseU,
      shiftU,
      eyes?.[0] ?? 0.4 * shiftU,
      this.#field[1] as Plane,
    );
    this.#applyColour(
      face.v,
      faceY,
      lumaOffset,
      lit,
      shape,
      small,
      colour,
      gain,
      baseV,
      shiftV,
      eyes?.[1] ?? 0.4 * shiftV,
      this.#field[2] as Plane,
    );
    // Last: on small grids `faceY` is the same plane.
    this.#applyLuma(face.y, size, region, k, kOffset, lumaOffset, shape.size, eyes?.[2] ?? 1);
    return { lightOffset: s.y - t.y, plateLuma: t.y };
  }

  /**
   * Shift of colour for the eyes, and a factor on their luma: from their whites in the face to those in the plate. The skin's shift would tint them
   * by the difference of two skins, and light them up by its gain; none at all would leave them in the light of another room.
   */
  #eyeShift(
    plate: Planes,
    plateY: Plane,
    plateSkin: number,
    face: Planes,
    faceY: Plane,
    faceSkin: number,
    gain: number,
    shape: FaceShape,
    use: Plane,
    r: Region,
    lumaOffset: number,
    cut: boolean,
  ): [number, number, number] | null {
    const { size, eyes } = shape;
    const plateLow = 0.5 * (plateSkin - lumaOffset) + lumaOffset;
    const faceLow = 0.5 * (faceSkin - lumaOffset) + lumaOffset;
    const a = [0, 0, 0, 0];
    const b = [0, 0, 0, 0];
    const take = (sums: number[], w: number, y: number, u: number, v: number): void => {
      // Whites have little colour; painted lids and skin that the polygon took in have more.
      const k = w / (1 + (((u - 128) ** 2 + (v - 128) ** 2) / 150) ** 2);
      sums[0] = (sums[0] as number) + k;
      sums[1] = (sums[1] as number) + k * (u - 128);
      sums[2] = (sums[2] as number) + k * (v - 128);
      sums[3] = (sums[3] as number) + k * (y - lumaOffset);
    };
    for (let y = r.y0; y < r.y1; y++)
      for (let i = y * size + r.x0, end = y * size + r.x1; i < end; i++) {
        const w = (eyes[i] as number) * (use[i] as number);
        if (w < 0.5) continue;
        const ty = plateY[i] as number;
        const fy = faceY[i] as number;
        take(a, w * Math.max(0, ty - plateLow), ty, plate.u[i] as number, plate.v[i] as number);
        take(b, w * Math.max(0, fy - faceLow), fy, face.u[i] as number, face.v[i] as number);
      }
    const [wa, ua, va, ya] = a as [number, number, number, number];
    const [wb, ub, vb, yb] = b as [number, number, number, number];
    // Shut eyes say nothing: the last shift stays.
    if (cut) this.#eyes = null;
    if (wa > 60 && wb > 60) {
      const fresh = this.#eyes === null;
      const limited = (v: number): number => Math.max(-14, Math.min(14, v));
      this.#eyes = [
        this.#eyeU.next(limited(ua / wa - (gain * ub) / wb), fresh),
        this.#eyeV.next(limited(va / wa - (gain * vb) / wb), fresh),
        Math.exp(this.#eyeLuma.next(Math.max(-0.7, Math.min(0.3, Math.log((ya * wb) / (gain * yb * wa)))), fresh)),
      ];
    }
    return this.#eyes;
  }

  /** Mean and spread of the skin; a second pass counts less what is not of the first pass's colour (paint, hair, shine). */
  #moments(y: Plane, u: Plane, v: Plane, shape: FaceShape, use: Plane, r: Region): Moments {
    const { size, skin } = shape;
    const m: Moments = { weight: 0, y: 0, u: 0, v: 0, yy: 0, cc: 0 };
    for (let pass = 0; pass < 2; pass++) {
      let w = 0;
      let sy = 0;
      let su = 0;
      let sv = 0;
      let yy = 0;
      let cc = 0;
      for (let row = r.y0; row < r.y1; row++) {
        for (let i = row * size + r.x0, end = row * size + r.x1; i < end; i++) {
          let k = (skin[i] as number) * (use[i] as number);
          if (k < 0.01) continue;
          const dy = (y[i] as number) - m.y;
          const du = (u[i] as number) - m.u;
          const dv = (v[i] as number) - m.v;
          if (pass === 1)
            k /= 1 + (dy * dy) / (LUMA_SPREAD * LUMA_SPREAD) + (du * du + dv * dv) / (COLOUR_SPREAD * COLOUR_SPREAD);
          w += k;
          sy += k * dy;
          su += k * du;
          sv += k * dv;
          yy += k * dy * dy;
          cc += k * (du * du + dv * dv);
        }
      }
      m.weight = w;
      if (w < 1) return m;
      m.yy = Math.max(0, yy / w - (sy / w) ** 2);
      m.cc = Math.max(0, cc / w - (su / w) ** 2 - (sv / w) ** 2);
      m.y += sy / w;
      m.u += su / w;
      m.v += sv / w;
    }
    return m;
  }

  /** The slow field: log ratio of luma and differences of colour, of cell means over skin, smoothed over holes. */
  #fitField(
    plate: Planes,
    plateY: Plane,
    face: Planes,
    faceY: Plane,
    shape: FaceShape,
    use: Plane,
    r: Region,
    p: {
      k: number;
      kOffset: number;
      colour: number;
      midU: number;
      midV: number;
      toU: number;
      toV: number;
      lumaOffset: number;
      cut: boolean;
    },
  ): void {
    const { size, skin } = shape;
    const per = CELLS / size;
    const sums = this.#sums.fill(0);
    for (let row = r.y0; row < r.y1; row++) {
      const cellRow = Math.floor((row + 0.5) * per) * CELLS;
      for (let x = r.x0; x < r.x1; x++) {
        const i = row * size + x;
        let w = (skin[i] as number) * (use[i] as number);
        if (w < 0.05) continue;
        const fy = p.k * (faceY[i] as number) + p.kOffset - p.lumaOffset;
        const ty = (plateY[i] as number) - p.lumaOffset;
        const du = (plate.u[i] as number) - (p.toU + p.colour * ((face.u[i] as number) - p.midU));
        const dv = (plate.v[i] as number) - (p.toV + p.colour * ((face.v[i] as number) - p.midV));
        w /= 1 + ((ty - fy) / LUMA_SPREAD) ** 2 + (du * du + dv * dv) / (COLOUR_SPREAD * COLOUR_SPREAD);
        const at = (cellRow + Math.floor((x + 0.5) * per)) * 5;
        sums[at] = (sums[at] as number) + w;
        sums[at + 1] = (sums[at + 1] as number) + w * ty;
        sums[at + 2] = (sums[at + 2] as number) + w * fy;
        sums[at + 3] = (sums[at + 3] as number) + w * du;
        sums[at + 4] = (sums[at + 4] as number) + w * dv;
      }
    }
    const full = (size / CELLS) ** 2;
    const limits = [0.4, 10, 10];
    for (let f = 0; f < 3; f++) {
      const fresh = this.#fresh[f] as Plane;
      for (let c = 0; c < CELLS * CELLS; c++) {
        const w = sums[c * 5] as number;
        this.#weight[c] = w / full;
        if (w <= 0) fresh[c] = 0;
        else if (f === 0)
          fresh[c] = Math.log(Math.max(4 * w, sums[c * 5 + 1] as number) / Math.max(4 * w, sums[c * 5 + 2] as number));
        else fresh[c] = (sums[c * 5 + 2 + f] as number) / w;
      }
      this.#smoothField(fresh);
      const field = this.#field[f] as Plane;
      // The field moves slowly: quick changes of light are in the means, which are not held back.
      const rate = p.cut ? 1 : 1 - 0.85 * this.#steady;
      const limit = limits[f] as number;
      for (let c = 0; c < CELLS * CELLS; c++) {
        const v = this.#light * Math.max(-limit, Math.min(limit, fresh[c] as number));
        field[c] = (field[c] as number) + rate * (v - (field[c] as number));
      }
    }
  }

  /** Weighted smoothing that also fills cells without skin from their neighbours, fading to nothing far from it. */
  #smoothField(field: Plane): void {
    const weight = this.#weight;
    const scratch = this.#scratch;
    for (let pass = 0; pass < 4; pass++) {
      for (let y = 0; y < CELLS; y++) {
        for (let x = 0; x < CELLS; x++) {
          let sum = 0;
          let total = 0.02;
          for (let dy = -1; dy <= 1; dy++) {
            const yy = y + dy;
            if (yy < 0 || yy >= CELLS) continue;
            for (let dx = -1; dx <= 1; dx++) {
              const xx = x + dx;
              if (xx < 0 || xx >= CELLS) continue;
              const w = (2 - Math.abs(dx)) * (2 - Math.abs(dy)) * ((weight[yy * CELLS + xx] as number) + 0.02);
              sum += w * (field[yy * CELLS + xx] as number);
              total += w;
            }
          }
          scratch[y * CELLS + x] = sum / total;
        }
      }
      field.set(scratch);
    }
  }

  #applyLuma(
    y: Plane,
    size: number,
    r: Region,
    k: number,
    offset: number,
    lumaOffset: number,
    small: number,
    eyeGain: number,
  ): void {
    const field = this.#field[0] as Plane;
    const gains = this.#scratch;
    for (let c = 0; c < CELLS * CELLS; c++) gains[c] = Math.exp(field[c] as number);
    forField(gains, size, r, (i, gain) => {
      y[i] = lumaOffset + (k * (y[i] as number) + offset - lumaOffset) * gain;
    });
    if (Math.abs(eyeGain - 1) < 0.02) return;
    // Whites and teeth do not become lighter with the skin.
    const own = this.#own;
    const level = small === size ? 0 : 1;
    for (let row = r.y0; row < r.y1; row++) {
      const near = (row >> level) * small;
      const other =
        level === 0 ? near : Math.max(0, Math.min(small - 1, (row >> 1) + ((row & 1) === 0 ? -1 : 1))) * small;
      for (let x = r.x0; x < r.x1; x++) {
        const j = x >> level;
        const k = level === 0 ? j : Math.max(0, Math.min(small - 1, j + ((x & 1) === 0 ? -1 : 1)));
        const weight =
          0.75 * (0.75 * (own[near + j] as number) + 0.25 * (own[near + k] as number)) +
          0.25 * (0.75 * (own[other + j] as number) + 0.25 * (own[other + k] as number));
        if (weight < 0.01) continue;
        const i = row * size + x;
        y[i] = lumaOffset + ((y[i] as number) - lumaOffset) * (1 + (eyeGain - 1) * weight);
      }
    }
  }

  /**
   * Marks what is grey by itself: the bright, colourless pixels about eyes and mouth. The face's own may lie a little
   * off the plate's, so the pixel has to look the part as well.
   */
  #findGreys(face: Planes, faceY: Plane, skin: Moments, lumaOffset: number, shape: FaceShape, r: Region): void {
    const { size, eyes, mouth } = shape;
    if (this.#own.length !== size * size) {
      this.#own = new Float32Array(size * size);
      this.#temporary = new Float32Array(size * size);
    }
    const own = this.#own;
    const colour = 1 / Math.max(6, Math.hypot(skin.u - 128, skin.v - 128));
    const light = 1 / Math.max(8, skin.y - lumaOffset);
    for (let y = r.y0; y < r.y1; y++)
      for (let i = y * size + r.x0, end = y * size + r.x1; i < end; i++) {
        const place = (eyes[i] as number) + (mouth[i] as number);
        if (place < 0.01) {
          own[i] = 0;
          continue;
        }
        const grey = 1.8 * (1 - colour * Math.hypot((face.u[i] as number) - 128, (face.v[i] as number) - 128));
        const bright = 3 * (light * ((faceY[i] as number) - lumaOffset) - 0.45);
        own[i] = Math.min(1, place) * Math.max(0, Math.min(1, grey)) * Math.max(0, Math.min(1, bright));
      }
    boxBlur(own, size, r, 1, this.#temporary);
  }

  #applyColour(
    plane: Plane,
    faceY: Plane,
    lumaOffset: number,
    lit: number,
    shape: FaceShape,
    r: Region,
    k: number,
    gain: number,
    base: number,
    shift: number,
    eyeShift: number,
    field: Plane,
  ): void {
    const { lips } = shape;
    const own = this.#own;
    forField(field, shape.size, r, (i, extra) => {
      // Tinted light tints in proportion to what it falls on: dark hair and lashes stay colourless.
      const light = Math.max(0, Math.min(1, ((faceY[i] as number) - lumaOffset) * lit));
      const at = plane[i] as number;
      const skin = k * at + base;
      // Lips differ from skin in both faces; that difference follows the light alone, not how colourful the skins are.
      const lip = 128 + gain * (at - 128);
      const flesh = skin + (lip - skin) * (lips[i] as number) + (shift + extra) * light;
      // Eyes and teeth are grey by themselves: they turn about grey, not about the colour of skin, and shift as whites do.
      const grey = lip + eyeShift * light;
      plane[i] = flesh + (grey - flesh) * (own[i] as number);
    });
  }
}

const half = (r: Region): Region => ({ x0: r.x0 >> 1, y0: r.y0 >> 1, x1: r.x1 >> 1, y1: r.y1 >> 1 });

/** Calls back for every pixel of the region with the field's value there, linear between the centres of the cells. */
function forField(field: Plane, size: number, r: Region, each: (index: number, value: number) => void): void {
  const per = CELLS / size;
  const row = new Float32Array(CELLS);
  for (let y = r.y0; y < r.y1; y++) {
    const fy = Math.max(0, Math.min(CELLS - 1, (y + 0.5) * per - 0.5));
    const iy = Math.min(CELLS - 2, fy | 0);
    const wy = fy - iy;
    for (let c = 0; c < CELLS; c++)
      row[c] = (field[iy * CELLS + c] as number) * (1 - wy) + (field[(iy + 1) * CELLS + c] as number) * wy;
    for (let x = r.x0; x < r.x1; x++) {
      const fx = Math.max(0, Math.min(CELLS - 1, (x + 0.5) * per - 0.5));
      const ix = Math.min(CELLS - 2, fx | 0);
      const wx = fx - ix;
      each(y * size + x, (row[ix] as number) * (1 - wx) + (row[ix + 1] as number) * wx);
    }
  }
}
