/** How skin, eyes, teeth, hair and cloth answer to light. Every function reads and writes the registers. */
import type { Lamp } from './lighting.js';
import { hash, noise2, smoothstep } from './noise.js';
import {
  AROUND_B,
  AROUND_G,
  AROUND_R,
  BLUE,
  EX,
  EY,
  EZ,
  GLOSS,
  GREEN,
  LIT,
  NX,
  NY,
  NZ,
  OUT_B,
  OUT_G,
  OUT_R,
  RED,
  SHADE,
  SLOPE_U,
  SLOPE_V,
  U,
  V,
} from './registers.js';
import type { SkinLevel } from './skin-texture.js';
import type { Actor, Rgb } from './types.js';
import type { Rotation } from './view.js';

/** Number of heights in {@link Shaded.collar}, less one. */
export const COLLAR_STEPS = 512;

/** What the shader knows of one head. */
export interface Shaded {
  readonly actor: Actor;
  /** The skin at the resolution that fits the size of the head. */
  readonly skin: SkinLevel;
  readonly rotation: Rotation;
  /** Height of the edge of the clothes, all around the neck. */
  readonly collar: Float32Array;
  /** Centimetres that half a pixel covers. */
  readonly pixel: number;
}

/** Brightness of locks, by tint. */
const TINT = Float32Array.from({ length: 256 }, (_, i) => hash(i, 3));

/** The materials under one light. */
export class Materials {
  readonly #r: Float64Array;
  readonly #lamp: Lamp;

  /** @param registers see `registers.ts` */
  constructor(registers: Float64Array, lamp: Lamp) {
    this.#r = registers;
    this.#lamp = lamp;
  }

  /** Light from all around on the normal. */
  #around(): void {
    const r = this.#r;
    const c = this.#lamp.around;
    const x = r[NX] as number;
    const y = r[NY] as number;
    const z = r[NZ] as number;
    for (let k = 0; k < 3; k++) {
      const o = k * 10;
      r[AROUND_R + k] =
        (c[o] as number) +
        (c[o + 1] as number) * x +
        (c[o + 2] as number) * y +
        (c[o + 3] as number) * z +
        (c[o + 4] as number) * x * x +
        (c[o + 5] as number) * y * y +
        (c[o + 6] as number) * z * z +
        (c[o + 7] as number) * x * y +
        (c[o + 8] as number) * y * z +
        (c[o + 9] as number) * z * x;
    }
  }

  #color(red: number, green: number, blue: number, gloss: number): void {
    const r = this.#r;
    r[RED] = red;
    r[GREEN] = green;
    r[BLUE] = blue;
    r[GLOSS] = gloss;
  }

  /** An opaque surface; `sharp` is 0 for dull, 1 for skin-like, 2 for wet gloss. */
  #plain(sharp: number): void {
    this.#around();
    const r = this.#r;
    const { direction, half, color } = this.#lamp;
    const x = r[NX] as number;
    const y = r[NY] as number;
    const z = r[NZ] as number;
    const shade = r[SHADE] as number;
    const lit = r[LIT] as number;
    const d = Math.max(0, x * direction[0] + y * direction[1] + z * direction[2]) * lit * (0.35 + 0.65 * shade);
    const h = Math.max(0, x * half[0] + y * half[1] + z * half[2]);
    const h4 = h * h * h * h;
    const h16 = h4 * h4 * h4 * h4;
    const s = (r[GLOSS] as number) * (sharp === 0 ? h4 : sharp === 1 ? h16 : h16 * h16) * lit * shade;
    r[OUT_R] = (r[RED] as number) * (color[0] * d + (r[AROUND_R] as number) * shade) + color[0] * s;
    r[OUT_G] = (r[GREEN] as number) * (color[1] * d + (r[AROUND_G] as number) * shade) + color[1] * s;
    r[OUT_B] = (r[BLUE] as number) * (color[2] * d + (r[AROUND_B] as number) * shade) + color[2] * s;
  }

  /** Living skin of the colour in the registers: light that enters it comes out redder and a little further on. */
  #flesh(): void {
    this.#around();
    const r = this.#r;
    const { direction, half, color } = this.#lamp;
    const x = r[NX] as number;
    const y = r[NY] as number;
    const z = r[NZ] as number;
    const shade = r[SHADE] as number;
    const lit = r[LIT] as number;
    const gloss = r[GLOSS] as number;
    const l = x * direction[0] + y * direction[1] + z * direction[2];
    const open = 0.35 + 0.65 * shade;
    const dr = Math.max(0, (l + 0.3) / 1.3) * (lit + (1 - lit) * 0.14) * open;
    const dg = Math.max(0, (l + 0.1) / 1.1) * lit * open;
    const db = Math.max(0, (l + 0.05) / 1.05) * lit * open;
    const h = Math.max(0, x * half[0] + y * half[1] + z * half[2]);
    const h4 = h * h * h * h;
    const h16 = h4 * h4 * h4 * h4;
    const facing = 1 - Math.max(0, z);
    const fresnel = 0.5 + 2.5 * facing * facing * facing;
    const s = (0.05 * h4 * h4 + 0.3 * gloss * gloss * h16 * h4 * h4) * fresnel * lit * Math.min(1, shade * 1.2);
    r[OUT_R] = (r[RED] as number) * (color[0] * dr + (r[AROUND_R] as number) * shade) + color[0] * s;
    r[OUT_G] = (r[GREEN] as number) * (color[1] * dg + (r[AROUND_G] as number) * shade) + color[1] * s;
    r[OUT_B] = (r[BLUE] as number) * (color[2] * db + (r[AROUND_B] as number) * shade) + color[2] * s;
  }

  #sample(texture: SkinLevel): void {
    const r = this.#r;
    const { size, color, slope } = texture;
    const x = Math.max(0, Math.min(size - 1.001, (r[U] as number) * size - 0.5));
    const y = Math.max(0, Math.min(size - 1.001, (r[V] as number) * size - 0.5));
    const ix = Math.floor(x);
    const iy = Math.floor(y);
    const fx = x - ix;
    const fy = y - iy;
    const wa = (1 - fx) * (1 - fy);
    const wb = fx * (1 - fy);
    const wc = (1 - fx) * fy;
    const wd = fx * fy;
    const a = (iy * size + ix) * 4;
    const c = a + size * 4;
    for (let k = 0; k < 4; k++)
      r[RED + k] =
        ((color[a + k] as number) * wa +
          (color[a + 4 + k] as number) * wb +
          (color[c + k] as number) * wc +
          (color[c + 4 + k] as number) * wd) /
        255;
    const a2 = a >> 1;
    const c2 = c >> 1;
    for (let k = 0; k < 2; k++)
      r[SLOPE_U + k] =
        ((slope[a2 + k] as number) * wa +
          (slope[a2 + 2 + k] as number) * wb +
          (slope[c2 + k] as number) * wc +
          (slope[c2 + 2 + k] as number) * wd) /
        127;
  }

  /** Skin with its texture and relief. */
  skin(who: Shaded): void {
    this.#sample(who.skin);
    const r = this.#r;
    const su = (r[SLOPE_U] as number) * 0.55;
    const sv = (r[SLOPE_V] as number) * 0.55;
    const m = who.rotation;
    const nx = (r[NX] as number) - su * m[0] + sv * m[1];
    const ny = (r[NY] as number) - su * m[3] + sv * m[4];
    const nz = (r[NZ] as number) - su * m[6] + sv * m[7];
    const n = Math.sqrt(nx * nx + ny * ny + nz * nz);
    r[NX] = nx / n;
    r[NY] = ny / n;
    r[NZ] = nz / n;
    // The texture holds square roots, which keep dark skin smooth in eight bits.
    r[RED] = (r[RED] as number) ** 2;
    r[GREEN] = (r[GREEN] as number) ** 2;
    r[BLUE] = (r[BLUE] as number) ** 2;
    this.#flesh();
  }

  /** An eyeball: U and V are the place around the pupil in radii of the ball. */
  eye(who: Shaded): void {
    this.#around();
    const r = this.#r;
    const { iris, ring, irisSize } = who.actor.eyes;
    const u = r[U] as number;
    const v = r[V] as number;
    const d = Math.sqrt(u * u + v * v) / (0.475 * irisSize);
    const veins = smoothstep(0.9, 2.1, d);
    let red = 0.66;
    let green = 0.62 - 0.13 * veins;
    let blue = 0.6 - 0.13 * veins;
    if (d < 1.12) {
      const turn = Math.atan2(v, u);
      const rays = noise2(turn * 9 + (who.actor.seed % 97), d * 2.5) * 0.7 + noise2(turn * 21, d * 4) * 0.4;
      const lift = (0.55 + 0.75 * rays) * (1 + 0.35 * smoothstep(0.75, 0.36, d)) * (1 - 0.4 * v);
      const limb = smoothstep(0.72, 0.98, d);
      const edge = smoothstep(1.1, 0.94, d);
      const pupil = 1 - 0.97 * smoothstep(0.42, 0.34, d);
      red = (red + (iris[0] * lift * (1 - limb) + ring[0] * limb - red) * edge) * pupil;
      green = (green + (iris[1] * lift * (1 - limb) + ring[1] * limb - green) * edge) * pupil;
      blue = (blue + (iris[2] * lift * (1 - limb) + ring[2] * limb - blue) * edge) * pupil;
    }
    const { direction, half, color } = this.#lamp;
    const nx = r[NX] as number;
    const ny = r[NY] as number;
    const shade = r[SHADE] as number;
    const day =
      0.85 *
      Math.max(0, nx * direction[0] + ny * direction[1] + (r[NZ] as number) * direction[2]) *
      (0.3 + 0.7 * (r[LIT] as number));
    // A window in the cornea: the lamp mirrored, a crisp small square of light.
    const bulge = d < 1.25 ? 0.55 * (1 - d / 1.25) : 0;
    const mx = Math.abs(nx * (1 - bulge * 0.5) - half[0] * 0.55);
    const my = Math.abs(ny * (1 - bulge * 0.5) - half[1] * 0.55) * 0.9;
    const glint = smoothstep(0.15, 0.09, Math.max(mx, my)) * 0.9 * shade;
    r[OUT_R] = red * shade * (color[0] * day + (r[AROUND_R] as number) + 0.03) + color[0] * glint;
    r[OUT_G] = green * shade * (color[1] * day + (r[AROUND_G] as number) + 0.03) + color[1] * glint;
    r[OUT_B] = blue * shade * (color[2] * day + (r[AROUND_B] as number) + 0.03) + color[2] * glint;
  }

  /** Teeth and gums: U runs along the row in centimetres, V from gum to edge. */
  teeth(): void {
    const r = this.#r;
    const a = Math.abs(r[U] as number);
    const v = r[V] as number;
    const cell = a / 0.78;
    const between = 1 - 0.55 * smoothstep(0.09, 0, Math.abs(cell - Math.round(cell)));
    const gum = smoothstep(0.44, 0.36, v - 0.05 * Math.cos(cell * 2 * Math.PI));
    const dark = (1 - 0.3 * smoothstep(1, 2.6, a)) * between * (0.75 + 0.25 * Math.min(1, v * 2)) * (1 - gum);
    r[SHADE] = 0.72;
    r[LIT] = 0.35 + 0.4 * (r[LIT] as number);
    this.#color(0.68 * dark + 0.36 * gum, 0.63 * dark + 0.12 * gum, 0.52 * dark + 0.12 * gum, 0.25);
    this.#plain(2);
  }

  /** The lining of the mouth. */
  mouth(): void {
    const r = this.#r;
    const shade = r[SHADE] as number;
    r[LIT] = 0.4;
    r[SHADE] = shade * 0.8;
    this.#color(0.34, 0.1, 0.09, 0.06 * shade);
    this.#plain(1);
  }

  /** The tongue. */
  tongue(): void {
    const r = this.#r;
    const shade = r[SHADE] as number;
    r[LIT] = 0.5;
    r[SHADE] = shade * 0.75;
    this.#color(0.42, 0.14, 0.14, 0.12 * shade);
    this.#plain(1);
  }

  /** The wet margin of a lid. */
  lid(who: Shaded): void {
    const [red, green, blue] = who.actor.skin.tone;
    this.#color(red * 0.8 + 0.06, green * 0.55 + 0.03, blue * 0.52 + 0.03, 0.1);
    this.#plain(1);
  }

  /** A lash. */
  lash(who: Shaded): void {
    const r = this.#r;
    const [red, green, blue] = who.actor.brows.tone;
    r[NX] = 0;
    r[NY] = 0;
    r[NZ] = 1;
    r[SHADE] = 0.7;
    this.#color(red * 0.3 + 0.004, green * 0.3 + 0.003, blue * 0.3 + 0.003, 0);
    this.#plain(0);
  }

  /** The frame of glasses. */
  glasses(who: Shaded): void {
    const r = this.#r;
    const [red, green, blue] = who.actor.glasses.tone;
    // A round wire: its strand and its second direction give the normal.
    const x = r[EX] as number;
    const y = r[EY] as number;
    const z = r[EZ] as number;
    const n = Math.sqrt(x * x + y * y + z * z) || 1;
    r[NX] = x / n;
    r[NY] = y / n;
    r[NZ] = z / n;
    r[SHADE] = 0.9;
    this.#color(red, green, blue, 0.25);
    this.#plain(2);
  }

  /** Neck and clothes: U is the turn around the neck, V the height at rest. */
  body(who: Shaded): void {
    const r = this.#r;
    const { tone, second, pattern, style } = who.actor.cloth;
    const u = r[U] as number;
    const v = r[V] as number;
    const step = (u * COLLAR_STEPS) / (2 * Math.PI);
    const low = Math.min(COLLAR_STEPS - 1, Math.floor(step));
    const from = who.collar[low] as number;
    const rise = (who.collar[low + 1] as number) - from;
    const over = v - from - rise * (step - low);
    // A steep edge is crossed sideways: there a pixel is worth more height. The neckline is about 8 cm from the axis.
    const slope = (rise * COLLAR_STEPS) / (2 * Math.PI) / 8;
    const soft = who.pixel * Math.sqrt(1 + slope * slope);
    const bare = smoothstep(-soft, soft, over);
    const shade = r[SHADE] as number;
    if (bare > 0) {
      const [red, green, blue] = who.actor.skin.tone;
      r[SHADE] = shade * (1 - 0.4 * smoothstep(0.9, 0, over));
      this.#color(red, green, blue, 0.25);
      this.#flesh();
      if (bare === 1) return;
    }
    const red = r[OUT_R] as number;
    const green = r[OUT_G] as number;
    const blue = r[OUT_B] as number;
    const knit = 0.86 + 0.28 * noise2(u * 60, v * 9) * noise2(u * 9 + 5, v * 3);
    const stripe = pattern > 0 ? pattern * smoothstep(0.35, 0.5, Math.abs(((v / 2.6) % 1) + 0.5)) : 0;
    const edge = 1 - 0.25 * smoothstep(0.12, 0, -over) - 0.22 * smoothstep(0.18, 0.08, Math.abs(over + 1.05));
    const placket = style === 'shirt' ? 0.3 * smoothstep(0.016, 0.008, Math.abs(u - Math.PI / 2 - 0.03)) : 0;
    const f = knit * (1 - placket) * edge;
    r[SHADE] = shade;
    this.#color(
      (tone[0] + (second[0] - tone[0]) * stripe) * f,
      (tone[1] + (second[1] - tone[1]) * stripe) * f,
      (tone[2] + (second[2] - tone[2]) * stripe) * f,
      0.02,
    );
    this.#plain(0);
    if (bare > 0) {
      r[OUT_R] = (r[OUT_R] as number) + (red - (r[OUT_R] as number)) * bare;
      r[OUT_G] = (r[OUT_G] as number) + (green - (r[OUT_G] as number)) * bare;
      r[OUT_B] = (r[OUT_B] as number) + (blue - (r[OUT_B] as number)) * bare;
    }
  }

  /** Strands, after Kajiya and Kay (1989): N runs along them, E stands off the head, U is the tint of the lock. */
  #strands(tone: Rgb, streak: Rgb, streaked: number, vary: number, shine: number): void {
    const r = this.#r;
    const { direction, half, color } = this.#lamp;
    const tx = r[NX] as number;
    const ty = r[NY] as number;
    const tz = r[NZ] as number;
    let x = r[EX] as number;
    let y = r[EY] as number;
    let z = r[EZ] as number;
    const n = Math.sqrt(x * x + y * y + z * z) || 1;
    x /= n;
    y /= n;
    z /= n;
    r[NX] = x;
    r[NY] = y;
    r[NZ] = z;
    this.#around();
    const lit = r[LIT] as number;
    const shade = r[SHADE] as number;
    const tl = tx * direction[0] + ty * direction[1] + tz * direction[2];
    const th = tx * half[0] + ty * half[1] + tz * half[2] + (vary - 1) * 0.16;
    const across = Math.sqrt(Math.max(0, 1 - tl * tl));
    const wrap = Math.max(0, (x * direction[0] + y * direction[1] + z * direction[2] + 0.25) / 1.25);
    const d = 1.25 * wrap * (0.35 + 0.65 * across) * (0.15 + 0.85 * lit);
    const s2 = Math.max(0, 1 - th * th);
    const s4 = s2 * s2;
    const s16 = s4 * s4 * s4 * s4;
    const s80 = s16 * s16 * s16 * s16 * s16;
    const front = Math.max(0, x * half[0] + y * half[1] + z * half[2]);
    const spec = (0.05 * s80 + 0.028 * s4 * s4) * front * (0.2 + 0.8 * lit) * shade * shine;
    for (let k = 0; k < 3; k++) {
      const base = tone[k] as number;
      const c = (base + ((streak[k] as number) - base) * streaked) * vary;
      const key = color[k] as number;
      r[OUT_R + k] =
        c * shade * (key * d + 1.15 * (r[AROUND_R + k] as number)) + key * spec * (0.45 + 1.2 * Math.sqrt(c));
    }
  }

  /** A lock of hair. */
  hair(who: Shaded): void {
    const u = this.#r[U] as number;
    const { tone, streak } = who.actor.hair;
    this.#strands(tone, streak, smoothstep(0.62, 0.95, u) * 0.9, 0.7 + 0.6 * (TINT[(u * 997) & 255] as number), 1);
  }

  /** A hair of a beard. */
  beard(who: Shaded): void {
    const u = this.#r[U] as number;
    const { tone } = who.actor.facialHair;
    this.#strands(tone, tone, 0, 0.7 + 0.6 * (TINT[(u * 997) & 255] as number), 0.5);
  }

  /** The closed layer of hair on the scalp: U runs across the strands, V is how much they cover. */
  cap(who: Shaded): void {
    const r = this.#r;
    const u = r[U] as number;
    const v = r[V] as number;
    const { tone, streak, style } = who.actor.hair;
    this.#strands(tone, streak, 0.2, 0.55 + 0.6 * noise2(u * 5.5, 3) + 0.35 * noise2(u * 17, 9), 1);
    // Skin shows between the hairs, at the edge and where they are shaved.
    const thin = style === 'shaved' ? 0.35 : 0;
    const between = Math.max(thin, 1 - smoothstep(0.2, 0.6, v + 0.5 * (noise2(u * 9, v * 2) - 0.5)));
    if (between <= 0) return;
    const red = r[OUT_R] as number;
    const green = r[OUT_G] as number;
    const blue = r[OUT_B] as number;
    const skin = who.actor.skin.tone;
    this.#color(skin[0], skin[1], skin[2], 0.25);
    r[SHADE] = 1;
    this.#flesh();
    r[OUT_R] = red + ((r[OUT_R] as number) - red) * between;
    r[OUT_G] = green + ((r[OUT_G] as number) - green) * between;
    r[OUT_B] = blue + ((r[OUT_B] as number) - blue) * between;
  }

  /** Something in front of the heads, of one colour scaled by SHADE. */
  occluder(tone: Rgb): void {
    const r = this.#r;
    const scale = r[SHADE] as number;
    r[SHADE] = 1;
    r[LIT] = 1;
    this.#color(tone[0] * scale, tone[1] * scale, tone[2] * scale, 0.06);
    this.#plain(1);
  }
}
