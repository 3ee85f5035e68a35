/** The colour of a visible point: skin with relief and warmth, eyes, teeth, hair, cloth, each under the scene's light. */
import type { Lamp } from './lighting.js';
import { hash, noise2, smoothstep } from './noise.js';
import type { SkinTexture } from './skin-texture.js';
import { ATTRIBUTES, MATERIAL, type Soup } from './soup.js';
import type { Actor, Rgb } from './types.js';
import type { Rotation } from './view.js';

/** What the shader knows of one head. */
export interface Shaded {
  readonly actor: Actor;
  readonly skin: SkinTexture;
  /** Which level of `skin` fits the size of the head. */
  readonly level: number;
  readonly rotation: Rotation;
  /** Height of the edge of the clothes, `COLLAR_STEPS` around the neck. */
  readonly collar: Float32Array;
  /** Centimetres that half a pixel covers. */
  readonly pixel: number;
  /** How far the main lamp reaches each point, 0..1; camera space, centimetres. */
  readonly lit: (x: number, y: number, z: number) => number;
}

/** Number of heights in {@link Shaded.collar}, less one. */
export const COLLAR_STEPS = 512;

/** Writes the linear light of triangle `t` at pixel position x, y to `out`. */
export type Shader = (t: number, x: number, y: number, out: Float32Array) => void;

/** Brightness of locks, by tint. */
const TINT = Float32Array.from({ length: 256 }, (_, i) => hash(i, 3));

/** Makes the shader of one picture. */
export function createShader(soup: Soup, heads: readonly Shaded[], lamp: Lamp, occluder: Rgb): Shader {
  const { screen, attributes, corners, material, head } = soup;
  const [lx, ly, lz] = lamp.direction;
  const [hx, hy, hz] = lamp.half;
  const [kr, kg, kb] = lamp.color;
  const sh = lamp.around;
  const texel = new Float64Array(6);

  const around = (c: number, x: number, y: number, z: number): number => {
    const o = c * 10;
    return (
      (sh[o] as number) +
      (sh[o + 1] as number) * x +
      (sh[o + 2] as number) * y +
      (sh[o + 3] as number) * z +
      (sh[o + 4] as number) * x * x +
      (sh[o + 5] as number) * y * y +
      (sh[o + 6] as number) * z * z +
      (sh[o + 7] as number) * x * y +
      (sh[o + 8] as number) * y * z +
      (sh[o + 9] as number) * z * x
    );
  };

  const sample = (texture: SkinTexture, level: number, u: number, v: number): void => {
    const { size, color, slope } = texture[level] as SkinTexture[number];
    const x = Math.max(0, Math.min(size - 1.001, u * size - 0.5));
    const y = Math.max(0, Math.min(size - 1.001, v * size - 0.5));
    const ix = Math.floor(x);
    const iy = Math.floor(y);
    const fx = x - ix;
    const fy = y - iy;
    const a = iy * size + ix;
    const c = a + size;
    const wa = (1 - fx) * (1 - fy);
    const wb = fx * (1 - fy);
    const wc = (1 - fx) * fy;
    const wd = fx * fy;
    const a4 = a * 4;
    const c4 = c * 4;
    const pa = wa / 255;
    const pb = wb / 255;
    const pc = wc / 255;
    const pd = wd / 255;
    texel[0] =
      (color[a4] as number) * pa +
      (color[a4 + 4] as number) * pb +
      (color[c4] as number) * pc +
      (color[c4 + 4] as number) * pd;
    texel[1] =
      (color[a4 + 1] as number) * pa +
      (color[a4 + 5] as number) * pb +
      (color[c4 + 1] as number) * pc +
      (color[c4 + 5] as number) * pd;
    texel[2] =
      (color[a4 + 2] as number) * pa +
      (color[a4 + 6] as number) * pb +
      (color[c4 + 2] as number) * pc +
      (color[c4 + 6] as number) * pd;
    texel[3] =
      (color[a4 + 3] as number) * pa +
      (color[a4 + 7] as number) * pb +
      (color[c4 + 3] as number) * pc +
      (color[c4 + 7] as number) * pd;
    const a2 = a * 2;
    const c2 = c * 2;
    texel[4] =
      ((slope[a2] as number) * wa +
        (slope[a2 + 2] as number) * wb +
        (slope[c2] as number) * wc +
        (slope[c2 + 2] as number) * wd) /
      127;
    texel[5] =
      ((slope[a2 + 1] as number) * wa +
        (slope[a2 + 3] as number) * wb +
        (slope[c2 + 1] as number) * wc +
        (slope[c2 + 3] as number) * wd) /
      127;
  };

  const plain = (
    out: Float32Array,
    r: number,
    g: number,
    b: number,
    x: number,
    y: number,
    z: number,
    shade: number,
    lit: number,
    gloss: number,
    /** Sharpness of the gloss: 0 dull, 1 skin-like, 2 wet. */
    sharp: 0 | 1 | 2,
  ): void => {
    const d = Math.max(0, x * lx + y * ly + z * lz) * lit * (0.35 + 0.65 * shade);
    const h = Math.max(0, x * hx + y * hy + z * hz);
    const h4 = h * h * h * h;
    const h16 = h4 * h4 * h4 * h4;
    const s = gloss * (sharp === 0 ? h4 : sharp === 1 ? h16 : h16 * h16) * lit * shade;
    out[0] = r * (kr * d + around(0, x, y, z) * shade) + kr * s;
    out[1] = g * (kg * d + around(1, x, y, z) * shade) + kg * s;
    out[2] = b * (kb * d + around(2, x, y, z) * shade) + kb * s;
  };

  const skinLight = (
    out: Float32Array,
    r: number,
    g: number,
    b: number,
    x: number,
    y: number,
    z: number,
    shade: number,
    lit: number,
    gloss: number,
  ): void => {
    const l = x * lx + y * ly + z * lz;
    // Light that enters the skin comes out redder and a little further on.
    const dr = Math.max(0, (l + 0.3) / 1.3);
    const dg = Math.max(0, (l + 0.1) / 1.1);
    const db = Math.max(0, (l + 0.05) / 1.05);
    const open = 0.35 + 0.65 * shade;
    const h = Math.max(0, x * hx + y * hy + z * hz);
    const h4 = h * h * h * h;
    const h16 = h4 * h4 * h4 * h4;
    const facing = 1 - Math.max(0, z);
    const fresnel = 0.5 + 2.5 * facing * facing * facing;
    const s = (0.05 * h4 * h4 + 0.3 * gloss * gloss * h16 * h4 * h4) * fresnel * lit * Math.min(1, shade * 1.2);
    out[0] = r * (kr * dr * (lit + (1 - lit) * 0.14) * open + around(0, x, y, z) * shade) + kr * s;
    out[1] = g * (kg * dg * lit * open + around(1, x, y, z) * shade) + kg * s;
    out[2] = b * (kb * db * lit * open + around(2, x, y, z) * shade) + kb * s;
  };

  return (t, px, py, out) => {
    const ia = corners[t * 3] as number;
    const ib = corners[t * 3 + 1] as number;
    const ic = corners[t * 3 + 2] as number;
    const ax = screen[ia * 3] as number;
    const ay = screen[ia * 3 + 1] as number;
    const bx = (screen[ib * 3] as number) - ax;
    const by = (screen[ib * 3 + 1] as number) - ay;
    const cx = (screen[ic * 3] as number) - ax;
    const cy = (screen[ic * 3 + 1] as number) - ay;
    const area = bx * cy - cx * by || 1e-9;
    let wb = ((px - ax) * cy - cx * (py - ay)) / area;
    let wc = (bx * (py - ay) - (px - ax) * by) / area;
    wb = Math.max(0, Math.min(1, wb));
    wc = Math.max(0, Math.min(1 - wb, wc));
    const wa = 1 - wb - wc;
    const oa = ia * ATTRIBUTES;
    const ob = ib * ATTRIBUTES;
    const oc = ic * ATTRIBUTES;
    const at = (k: number): number =>
      (attributes[oa + k] as number) * wa + (attributes[ob + k] as number) * wb + (attributes[oc + k] as number) * wc;
    let nx = at(0);
    let ny = at(1);
    let nz = at(2);
    let n = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
    nx /= n;
    ny /= n;
    nz /= n;
    const u = at(3);
    const v = at(4);
    const shade = at(5);
    const who = heads[head[t] as number] as Shaded;
    const kind = material[t] as number;
    const depth =
      (screen[ia * 3 + 2] as number) * wa + (screen[ib * 3 + 2] as number) * wb + (screen[ic * 3 + 2] as number) * wc;
    const lit = kind === MATERIAL.occluder ? 1 : who.lit(px, py, depth);
    switch (kind) {
      case MATERIAL.skin:
      case MATERIAL.skinBack: {
        sample(who.skin, who.level, u, v);
        const su = (texel[4] as number) * 0.55;
        const sv = (texel[5] as number) * 0.55;
        const m = who.rotation;
        nx -= su * m[0] - sv * m[1];
        ny -= su * m[3] - sv * m[4];
        nz -= su * m[6] - sv * m[7];
        n = Math.sqrt(nx * nx + ny * ny + nz * nz);
        nx /= n;
        ny /= n;
        nz /= n;
        const q0 = texel[0] as number;
        const q1 = texel[1] as number;
        const q2 = texel[2] as number;
        skinLight(out, q0 * q0, q1 * q1, q2 * q2, nx, ny, nz, shade, lit, texel[3] as number);
        return;
      }
      case MATERIAL.eye: {
        const { iris, ring, irisSize } = who.actor.eyes;
        const radius = 0.475 * irisSize;
        const d = Math.sqrt(u * u + v * v) / radius;
        let r = 0.66;
        let g = 0.62;
        let b = 0.6;
        const veins = smoothstep(0.9, 2.1, d);
        g -= 0.13 * veins;
        b -= 0.13 * veins;
        if (d < 1.12) {
          const turn = Math.atan2(v, u);
          const rays = noise2(turn * 9 + who.actor.seed, d * 2.5) * 0.7 + noise2(turn * 21, d * 4) * 0.4;
          const inner = smoothstep(0.75, 0.36, d);
          const lift = (0.55 + 0.75 * rays) * (1 + 0.35 * inner) * (1 - 0.25 * v * 1.6);
          const limb = smoothstep(0.72, 0.98, d);
          const edge = smoothstep(1.1, 0.94, d);
          const mixIn = (base: number, a: number, c: number): number =>
            base + (a * lift * (1 - limb) + c * limb - base) * edge;
          r = mixIn(r, iris[0], ring[0]);
          g = mixIn(g, iris[1], ring[1]);
          b = mixIn(b, iris[2], ring[2]);
          const pupil = smoothstep(0.42, 0.34, d);
          r *= 1 - 0.97 * pupil;
          g *= 1 - 0.97 * pupil;
          b *= 1 - 0.97 * pupil;
        }
        const day = Math.max(0, nx * lx + ny * ly + nz * lz) * (0.3 + 0.7 * lit);
        out[0] = r * shade * (kr * day * 0.85 + around(0, nx, ny, nz) + 0.03);
        out[1] = g * shade * (kg * day * 0.85 + around(1, nx, ny, nz) + 0.03);
        out[2] = b * shade * (kb * day * 0.85 + around(2, nx, ny, nz) + 0.03);
        // A window in the cornea: the lamp mirrored, a crisp small square of light.
        const bulge = d < 1.25 ? 0.55 * (1 - d / 1.25) : 0;
        const mx = nx * (1 - bulge * 0.5) - hx * 0.55;
        const my = ny * (1 - bulge * 0.5) - hy * 0.55;
        const glint = smoothstep(0.15, 0.09, Math.max(Math.abs(mx), Math.abs(my) * 0.9)) * 0.9 * shade;
        out[0] = (out[0] as number) + kr * glint;
        out[1] = (out[1] as number) + kg * glint;
        out[2] = (out[2] as number) + kb * glint;
        return;
      }
      case MATERIAL.teeth: {
        const a = Math.abs(u);
        const width = 0.78;
        const cell = a / width;
        const gap = Math.abs(cell - Math.round(cell));
        const between = 1 - 0.55 * smoothstep(0.09, 0.0, gap) * (a > 0.05 || a < 0.05 ? 1 : 0);
        const gum = smoothstep(0.44, 0.36, v - 0.05 * Math.cos(cell * 2 * Math.PI));
        const dark = (1 - 0.3 * smoothstep(1, 2.6, a)) * between * (0.75 + 0.25 * Math.min(1, v * 2));
        const r = 0.68 * dark * (1 - gum) + 0.36 * gum;
        const g = 0.63 * dark * (1 - gum) + 0.12 * gum;
        const b = 0.52 * dark * (1 - gum) + 0.12 * gum;
        plain(out, r, g, b, nx, ny, nz, 0.72, 0.35 + 0.4 * lit, 0.25, 2);
        return;
      }
      case MATERIAL.mouth:
        plain(out, 0.34, 0.1, 0.09, nx, ny, nz, shade * 0.8, 0.4, 0.06 * shade, 1);
        return;
      case MATERIAL.tongue:
        plain(out, 0.42, 0.14, 0.14, nx, ny, nz, shade * 0.75, 0.5, 0.12 * shade, 1);
        return;
      case MATERIAL.lid: {
        const [r, g, b] = who.actor.skin.tone;
        plain(out, r * 0.8 + 0.06, g * 0.55 + 0.03, b * 0.52 + 0.03, nx, ny, nz, shade, lit, 0.1, 1);
        return;
      }
      case MATERIAL.lash: {
        const [r, g, b] = who.actor.brows.tone;
        plain(out, r * 0.3 + 0.004, g * 0.3 + 0.003, b * 0.3 + 0.003, 0, 0, 1, 0.7, lit, 0, 0);
        return;
      }
      case MATERIAL.glasses: {
        const [r, g, b] = who.actor.glasses.tone;
        plain(out, r, g, b, nx, ny, nz, 0.9, lit, 0.5, 2);
        return;
      }
      case MATERIAL.cloth: {
        const { tone, second, pattern, style } = who.actor.cloth;
        const over = v - (who.collar[Math.floor((u * COLLAR_STEPS) / (2 * Math.PI))] as number);
        // Smooth across the width of a pixel.
        const bare = smoothstep(-who.pixel, who.pixel, over);
        if (bare > 0) {
          const [r, g, b] = who.actor.skin.tone;
          const deep = shade * (1 - 0.4 * smoothstep(0.9, 0, over));
          skinLight(out, r, g, b, nx, ny, nz, deep, lit, 0.25);
          if (bare === 1) return;
        }
        const [br, bg, bb] = [out[0] as number, out[1] as number, out[2] as number];
        const knit = 0.86 + 0.28 * noise2(u * 60, v * 9) * noise2(u * 9 + 5, v * 3);
        const stripe = pattern > 0 ? pattern * smoothstep(0.35, 0.5, Math.abs(((v / 2.6) % 1) + 0.5)) : 0;
        const edge = 1 - 0.25 * smoothstep(0.12, 0, -over) - 0.22 * smoothstep(0.18, 0.08, Math.abs(over + 1.05));
        const placket = style === 'shirt' ? 0.3 * smoothstep(0.016, 0.008, Math.abs(u - Math.PI / 2 - 0.03)) : 0;
        const f = knit * (1 - placket) * edge;
        plain(
          out,
          (tone[0] + (second[0] - tone[0]) * stripe) * f,
          (tone[1] + (second[1] - tone[1]) * stripe) * f,
          (tone[2] + (second[2] - tone[2]) * stripe) * f,
          nx,
          ny,
          nz,
          shade,
          lit,
          0.02,
          0,
        );
        if (bare > 0) {
          out[0] = (out[0] as number) + (br - (out[0] as number)) * bare;
          out[1] = (out[1] as number) + (bg - (out[1] as number)) * bare;
          out[2] = (out[2] as number) + (bb - (out[2] as number)) * bare;
        }
        return;
      }
      case MATERIAL.cap:
      case MATERIAL.beard:
      case MATERIAL.hair: {
        // Strands: the first three numbers run along them, the last three stand off the head.
        const ex = at(6);
        const ey = at(7);
        const ez = at(8);
        const en = Math.sqrt(ex * ex + ey * ey + ez * ez) || 1;
        const sx = ex / en;
        const sy = ey / en;
        const sz = ez / en;
        const beard = kind === MATERIAL.beard;
        const tone = beard ? who.actor.facialHair.tone : who.actor.hair.tone;
        const streak = who.actor.hair.streak;
        const cap = kind === MATERIAL.cap;
        const s = beard ? 0 : cap ? 0.2 : smoothstep(0.62, 0.95, u) * 0.9;
        const vary = cap
          ? 0.55 + 0.6 * noise2(u * 5.5, 3) + 0.35 * noise2(u * 17, 9)
          : 0.7 + 0.6 * (TINT[(u * 997) & 255] as number);
        const tl = nx * lx + ny * ly + nz * lz;
        const th = nx * hx + ny * hy + nz * hz + (vary - 1) * 0.16;
        const across = Math.sqrt(Math.max(0, 1 - tl * tl));
        const wrap = Math.max(0, (sx * lx + sy * ly + sz * lz + 0.25) / 1.25);
        const d = wrap * (0.35 + 0.65 * across) * (0.15 + 0.85 * lit);
        const sinH = Math.max(0, 1 - th * th);
        const p2 = sinH * sinH;
        const p8 = p2 * p2 * p2 * p2;
        const p40 = p8 * p8 * p8 * p8 * p8;
        const front = Math.max(0, sx * hx + sy * hy + sz * hz);
        const spec = (0.05 * p40 * p40 + 0.028 * p8) * front * (0.2 + 0.8 * lit) * shade * (beard ? 0.5 : 1);
        for (let k = 0; k < 3; k++) {
          const c = ((tone[k] as number) + ((streak[k] as number) - (tone[k] as number)) * s) * vary;
          const key = k === 0 ? kr : k === 1 ? kg : kb;
          out[k] =
            c * shade * (1.25 * key * d + 1.15 * around(k, sx, sy, sz)) + key * spec * (0.45 + 1.2 * Math.sqrt(c));
        }
        if (cap && v < 0.85) {
          // The edge of the hair: skin shows between the hairs.
          const between = 1 - smoothstep(0.2, 0.6, v + 0.5 * (noise2(u * 9, v * 2) - 0.5));
          if (between > 0) {
            const hr = out[0] as number;
            const hg = out[1] as number;
            const hb = out[2] as number;
            const [r, g, b] = who.actor.skin.tone;
            skinLight(out, r, g, b, sx, sy, sz, 1, lit, 0.25);
            out[0] = hr + ((out[0] as number) - hr) * between;
            out[1] = hg + ((out[1] as number) - hg) * between;
            out[2] = hb + ((out[2] as number) - hb) * between;
          }
        }
        return;
      }
      default:
        plain(out, occluder[0] * shade, occluder[1] * shade, occluder[2] * shade, nx, ny, nz, 1, 1, 0.06, 1);
    }
  };
}
