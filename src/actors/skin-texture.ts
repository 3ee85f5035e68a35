/** The skin of one actor as a texture: colour, gloss and relief, painted texel by texel. */
import { Random } from '../base/index.js';
import { FACE_UV } from './canonical-face.js';
import { fractal2, hash, noise2, smoothstep } from './noise.js';
import { skinMaps, TEXTURE_SIZE } from './skin-maps.js';
import { BROW_LOWER, BROW_UPPER, mirrored } from './topology.js';
import type { Actor, Rgb } from './types.js';

/** One resolution of the skin. */
export interface SkinLevel {
  readonly size: number;
  /** Red, green, blue as square roots of linear light, then gloss; 0..255. */
  readonly color: Uint8Array;
  /** Slope of the relief along u and v. */
  readonly slope: Int8Array;
}

/** The skin, each level half the size of the one before. */
export type SkinTexture = readonly SkinLevel[];

interface Canvas {
  readonly rgb: Float32Array;
  readonly gloss: Float32Array;
  readonly height: Float32Array;
}

function blend(canvas: Canvas, i: number, color: Rgb, amount: number): void {
  for (let k = 0; k < 3; k++) {
    const at = i * 3 + k;
    const now = canvas.rgb[at] as number;
    canvas.rgb[at] = now + ((color[k] as number) - now) * amount;
  }
}

function drawHair(
  canvas: Canvas,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  bend: number,
  width: number,
  color: Rgb,
  amount: number,
): void {
  const length = Math.hypot(x1 - x0, y1 - y0);
  const steps = Math.max(2, Math.ceil(length * 1.5));
  const nx = -(y1 - y0) / (length + 1e-6);
  const ny = (x1 - x0) / (length + 1e-6);
  for (let s = 0; s <= steps; s++) {
    const t = s / steps;
    const sag = bend * 4 * t * (1 - t);
    const x = x0 + (x1 - x0) * t + nx * sag;
    const y = y0 + (y1 - y0) * t + ny * sag;
    const w = width * (1 - 0.65 * t);
    for (let py = Math.floor(y - w); py <= Math.ceil(y + w); py++)
      for (let px = Math.floor(x - w); px <= Math.ceil(x + w); px++) {
        if (px < 0 || py < 0 || px >= TEXTURE_SIZE || py >= TEXTURE_SIZE) continue;
        const cover = Math.max(0, 1 - Math.hypot(px - x, py - y) / (w + 0.35));
        if (cover <= 0) continue;
        const i = py * TEXTURE_SIZE + px;
        blend(canvas, i, color, cover * amount * (1 - 0.45 * t));
        canvas.height[i] = (canvas.height[i] as number) + cover * 0.12;
      }
  }
}

function paintBrow(canvas: Canvas, actor: Actor, random: Random, side: number): void {
  const upper = side === 0 ? BROW_UPPER : mirrored(BROW_UPPER);
  const lower = side === 0 ? BROW_LOWER : mirrored(BROW_LOWER);
  const inward = side === 0 ? 1 : -1;
  const texels = TEXTURE_SIZE / 16;
  const { thickness, arch, density, gap, tone } = actor.brows;
  const place = (s: number, t: number): [number, number] => {
    // s runs from the outer end to the inner one, t from the lower edge to the upper.
    const f = Math.min(3.999, Math.max(0, s * 4));
    const i = Math.floor(f);
    const on = (list: readonly number[], k: number): number => {
      const a = FACE_UV[(list[i] as number) * 2 + k] as number;
      const b = FACE_UV[(list[i + 1] as number) * 2 + k] as number;
      return a + (b - a) * (f - i);
    };
    const lift = arch * 0.2 * texels * Math.sin(Math.PI * Math.min(1, (1 - s) * 1.25)) * 0.6;
    const x = on(lower, 0) + (on(upper, 0) - on(lower, 0)) * t;
    const y = on(lower, 1) + (on(upper, 1) - on(lower, 1)) * t;
    return [x * TEXTURE_SIZE - inward * gap * texels * s, y * TEXTURE_SIZE - lift];
  };
  const count = Math.round(230 * (0.6 + 0.6 * density) * (0.7 + thickness * 0.5));
  // A soft shade under the hairs fills the gaps between them at small sizes.
  for (let n = 0; n < 70; n++) {
    const s = n / 69;
    const [x, y] = place(s, 0.5);
    const half = thickness * texels * 0.36 * (0.45 + 0.55 * smoothstep(0, 0.4, s));
    for (let py = Math.floor(y - half * 1.6); py <= y + half * 1.6; py++)
      for (let px = Math.floor(x - 3); px <= x + 3; px++) {
        const q = ((py - y) / half) ** 2 + ((px - x) / 3.2) ** 2;
        if (q < 2.2) blend(canvas, py * TEXTURE_SIZE + px, tone, 0.1 * density * Math.exp(-q));
      }
  }
  for (let n = 0; n < count; n++) {
    const s = random.float() ** 0.85;
    const across = random.range(-1, 1);
    const half = thickness * (0.35 + 0.65 * smoothstep(0, 0.45, s)) * 0.5;
    const [x, y] = place(s, 0.5);
    const y0 = y + across * half * texels;
    const length = texels * random.range(0.32, 0.62) * (0.6 + 0.4 * smoothstep(0, 0.5, s));
    // Inner hairs stand up, outer ones lie flat towards the temple, lower ones point up and upper ones down.
    const rise = smoothstep(0.62, 1, s) * 1.1 + across * 0.35 + random.range(-0.12, 0.12);
    const angle = Math.max(-0.5, Math.min(1.35, rise));
    const x1 = x - inward * Math.cos(angle) * length;
    const y1 = y0 - Math.sin(angle) * length;
    drawHair(
      canvas,
      x,
      y0,
      x1,
      y1,
      random.range(-1, 1) * inward,
      random.range(0.5, 0.85),
      tone,
      random.range(0.45, 0.9) * (0.5 + 0.5 * density),
    );
  }
}

function paintFreckles(canvas: Canvas, actor: Actor, random: Random): void {
  const maps = skinMaps();
  const dot = (x: number, y: number, r: number, color: Rgb, amount: number, bump: number): void => {
    for (let py = Math.floor(y - r - 1); py <= y + r + 1; py++)
      for (let px = Math.floor(x - r - 1); px <= x + r + 1; px++) {
        if (px < 0 || py < 0 || px >= TEXTURE_SIZE || py >= TEXTURE_SIZE) continue;
        const i = py * TEXTURE_SIZE + px;
        const q = smoothstep(r + 0.8, r - 0.6, Math.hypot(px - x, py - y)) * (maps.keep[i] as number);
        if (q <= 0 || (maps.lip[i] as number) > 0.3) continue;
        blend(canvas, i, color, q * amount);
        canvas.height[i] = (canvas.height[i] as number) + q * bump;
      }
  };
  const { tone, freckles, spots } = actor.skin;
  const freckle: Rgb = [tone[0] * 0.6, tone[1] * 0.42, tone[2] * 0.34];
  for (let n = 0; n < freckles * 520; n++) {
    const x = TEXTURE_SIZE * (0.5 + random.normal() * 0.17);
    const y = TEXTURE_SIZE * (0.47 + random.normal() * 0.09);
    dot(x, y, random.range(0.4, 1.7), freckle, random.range(0.15, 0.6), 0);
  }
  const mole: Rgb = [tone[0] * 0.28, tone[1] * 0.2, tone[2] * 0.18];
  for (let n = 0; n < 1 + spots * 7; n++) {
    const x = TEXTURE_SIZE * random.range(0.16, 0.84);
    const y = TEXTURE_SIZE * random.range(0.2, 0.9);
    dot(x, y, random.range(0.8, 2.6), mole, random.range(0.3, 0.9), 0.4);
  }
}

function paintTexel(canvas: Canvas, actor: Actor, i: number): void {
  const maps = skinMaps();
  const { skin, lips, makeup, facialHair } = actor;
  const value = (map: Float32Array): number => map[i] as number;
  const keep = value(maps.keep);
  if (keep <= 0) return;
  const x = maps.place[i * 3] as number;
  const y = maps.place[i * 3 + 1] as number;
  const z = maps.place[i * 3 + 2] as number;
  const s = (actor.seed % 97) * 7.3;
  // Around the head instead of across it, so that nothing is stretched on the cheeks.
  const round = Math.atan2(x, z + 4) * 8.5;
  const [tr, tg, tb] = skin.tone;
  const blotch = (fractal2(x * 0.9 + s, y * 0.9 + z * 0.4) - 0.5) * keep;
  const fine = (noise2(round * 9 + s, y * 9) - 0.5) * keep;
  let r = tr * (1 + 0.1 * blotch + 0.05 * fine);
  let g = tg * (1 + 0.2 * blotch + 0.07 * fine);
  let b = tb * (1 + 0.18 * blotch + 0.06 * fine);
  const red = value(maps.blush) * skin.blush * keep * (0.75 + 0.5 * noise2(x * 2.2 + s, y * 2.2));
  g *= 1 - 0.34 * red;
  b *= 1 - 0.27 * red;
  const shade = (amount: number): void => {
    r *= 1 - 0.62 * amount;
    g *= 1 - 0.78 * amount;
    b *= 1 - 0.76 * amount;
  };
  shade(0.26 * value(maps.socket) * keep);
  shade((0.1 + 0.34 * skin.shadows) * value(maps.underEye));
  shade(0.75 * value(maps.cavity));
  const line = value(maps.lines) * skin.age * keep;
  shade(0.36 * line);
  let height = (noise2(round * 13 + s, y * 13) - 0.5) * 0.34 - 0.9 * line;
  let gloss = 0.22 + 0.5 * skin.oil * value(maps.shine) + 0.1 * noise2(x * 4 + s, y * 4);
  if (makeup.shadowAmount > 0) {
    const lid = value(maps.lidRow);
    if (lid >= 0) {
      const a = makeup.shadowAmount * smoothstep(1.9, 0.8, lid) * 0.8;
      r += (makeup.shadow[0] - r) * a;
      g += (makeup.shadow[1] - g) * a;
      b += (makeup.shadow[2] - b) * a;
    }
  }
  const lid = value(maps.lidRow);
  if (lid > 0.6) {
    const fold = Math.exp(-(((lid - 1.12) / 0.16) ** 2));
    shade(0.36 * fold);
    height -= fold * 0.55;
  }
  const rim = smoothstep(0.62, 0.97, value(maps.lidRim));
  const dark =
    rim * (0.42 + 0.55 * Math.max(makeup.liner, actor.eyes.lashes * 0.5)) * (y > 2.62 || makeup.liner > 0.5 ? 1 : 0.5);
  shade(Math.min(1, dark));
  const style = facialHair.style;
  if (style !== 'none') {
    const grown =
      style === 'moustache'
        ? value(maps.moustache)
        : style === 'goatee'
          ? Math.max(value(maps.goatee), value(maps.moustache))
          : Math.max(value(maps.beard), value(maps.moustache));
    const where = grown * keep;
    if (where > 0.01) {
      const dots = smoothstep(0.52, 0.78, noise2(round * 19 + s, y * 13));
      const full = style === 'stubble' ? 0.26 : 0.6;
      const a = where * facialHair.density * (full + (style === 'stubble' ? 0.5 : 0.35) * dots);
      const [hr, hg, hb] = facialHair.tone;
      r += (hr - r) * a;
      g += (hg - g) * a;
      b += (hb - b) * a;
      height += where * dots * 0.35;
      gloss *= 1 - 0.7 * where;
    }
  }
  const lip = value(maps.lip);
  if (lip > 0) {
    const row = value(maps.lipRow);
    const crease = noise2(x * 7.5 + s, y * 0.8 + 9);
    const deep = 1 - 0.42 * smoothstep(0.72, 1, row) - 0.12 * crease;
    const edge = 0.82 * lip;
    r += (lips.tone[0] * deep - r) * edge;
    g += (lips.tone[1] * deep - g) * edge;
    b += (lips.tone[2] * deep - b) * edge;
    height = height * (1 - lip) - crease * 0.7 * lip;
    gloss += (0.25 + 0.6 * lips.gloss - gloss) * lip;
  }
  const hole = value(maps.nostril);
  shade(Math.min(0.97, hole * 1.5));
  gloss *= 1 - Math.min(1, hole * 1.6 + value(maps.cavity));
  canvas.rgb[i * 3] = r;
  canvas.rgb[i * 3 + 1] = g;
  canvas.rgb[i * 3 + 2] = b;
  canvas.gloss[i] = gloss * keep + 0.22 * (1 - keep);
  canvas.height[i] = height * keep;
}

function pack(canvas: Canvas): SkinLevel {
  const size = TEXTURE_SIZE;
  const color = new Uint8ClampedArray(size * size * 4);
  const slope = new Int8Array(size * size * 2);
  for (let i = 0; i < size * size; i++) {
    // The clamped array rounds and clamps as it stores.
    color[i * 4] = 255 * Math.sqrt(canvas.rgb[i * 3] as number);
    color[i * 4 + 1] = 255 * Math.sqrt(canvas.rgb[i * 3 + 1] as number);
    color[i * 4 + 2] = 255 * Math.sqrt(canvas.rgb[i * 3 + 2] as number);
    color[i * 4 + 3] = 255 * (canvas.gloss[i] as number);
  }
  for (let y = 1; y < size - 1; y++)
    for (let x = 1; x < size - 1; x++) {
      const i = y * size + x;
      const du = (canvas.height[i + 1] as number) - (canvas.height[i - 1] as number);
      const dv = (canvas.height[i + size] as number) - (canvas.height[i - size] as number);
      slope[i * 2] = Math.max(-127, Math.min(127, du * 100));
      slope[i * 2 + 1] = Math.max(-127, Math.min(127, dv * 100));
    }
  return { size, color: new Uint8Array(color.buffer), slope };
}

function halve(level: SkinLevel): SkinLevel {
  const size = level.size >> 1;
  const color = new Uint8Array(size * size * 4);
  const slope = new Int8Array(size * size * 2);
  const mean = (source: Uint8Array | Int8Array, width: number, x: number, y: number, k: number): number => {
    let sum = 0;
    for (let j = 0; j < 2; j++)
      for (let i = 0; i < 2; i++) sum += source[((y * 2 + j) * level.size + x * 2 + i) * width + k] as number;
    return sum / 4;
  };
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      for (let k = 0; k < 4; k++) color[(y * size + x) * 4 + k] = Math.round(mean(level.color, 4, x, y, k));
      for (let k = 0; k < 2; k++) slope[(y * size + x) * 2 + k] = Math.round(mean(level.slope, 2, x, y, k));
    }
  return { size, color, slope };
}

/** Paints an actor's skin; about a fifth of a second. */
export function paintSkin(actor: Actor): SkinTexture {
  const texels = TEXTURE_SIZE * TEXTURE_SIZE;
  const canvas: Canvas = {
    rgb: new Float32Array(texels * 3),
    gloss: new Float32Array(texels).fill(0.22),
    height: new Float32Array(texels),
  };
  const [red, green, blue] = actor.skin.tone;
  for (let i = 0; i < texels * 3; i += 3) {
    canvas.rgb[i] = red;
    canvas.rgb[i + 1] = green;
    canvas.rgb[i + 2] = blue;
  }
  const { inside } = skinMaps();
  for (let i = 0; i < texels; i++) if (inside[i]) paintTexel(canvas, actor, i);
  const random = new Random(Math.floor(hash(actor.seed, 11) * 2 ** 31));
  paintFreckles(canvas, actor, random);
  paintBrow(canvas, actor, random, 0);
  paintBrow(canvas, actor, random, 1);
  const levels = [pack(canvas)];
  while ((levels.at(-1) as SkinLevel).size > 80) levels.push(halve(levels.at(-1) as SkinLevel));
  return levels;
}
