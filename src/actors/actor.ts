/** People out of numbers: `createActor` draws every trait from one seed. */
import { Random } from '../base/index.js';
import { SHAPE_NAMES } from './shape.js';
import type { Actor, ClothStyle, FacialHair, HairStyle, Rgb } from './types.js';

const mix = (a: Rgb, b: Rgb, t: number): Rgb => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];

const scaled = (a: Rgb, by: number): Rgb => [a[0] * by, a[1] * by, a[2] * by];

/** Skin from very light to very dark, linear light. */
const SKIN: readonly Rgb[] = [
  [0.82, 0.58, 0.47],
  [0.74, 0.48, 0.35],
  [0.62, 0.37, 0.245],
  [0.48, 0.27, 0.165],
  [0.32, 0.165, 0.095],
  [0.18, 0.088, 0.05],
  [0.105, 0.05, 0.03],
];

const HAIR: readonly Rgb[] = [
  [0.012, 0.01, 0.009],
  [0.028, 0.017, 0.011],
  [0.06, 0.03, 0.015],
  [0.13, 0.062, 0.026],
  [0.24, 0.075, 0.022],
  [0.36, 0.2, 0.075],
  [0.56, 0.4, 0.2],
];

const GREY: Rgb = [0.42, 0.42, 0.43];

const IRIS: readonly { readonly iris: Rgb; readonly ring: Rgb }[] = [
  { iris: [0.09, 0.042, 0.018], ring: [0.03, 0.014, 0.006] },
  { iris: [0.17, 0.085, 0.03], ring: [0.05, 0.022, 0.008] },
  { iris: [0.21, 0.17, 0.06], ring: [0.05, 0.05, 0.02] },
  { iris: [0.14, 0.22, 0.12], ring: [0.03, 0.06, 0.04] },
  { iris: [0.16, 0.27, 0.38], ring: [0.03, 0.06, 0.12] },
  { iris: [0.26, 0.31, 0.34], ring: [0.06, 0.08, 0.1] },
];

const CLOTH: readonly Rgb[] = [
  [0.03, 0.05, 0.12],
  [0.28, 0.03, 0.035],
  [0.02, 0.11, 0.07],
  [0.5, 0.48, 0.44],
  [0.025, 0.025, 0.03],
  [0.42, 0.24, 0.05],
  [0.1, 0.22, 0.36],
  [0.3, 0.13, 0.3],
  [0.16, 0.16, 0.17],
  [0.36, 0.16, 0.1],
];

const pick = <T>(random: Random, list: readonly T[]): T => list[random.int(list.length)] as T;

function ramp(list: readonly Rgb[], t: number): Rgb {
  const x = Math.max(0, Math.min(0.9999, t)) * (list.length - 1);
  const i = Math.floor(x);
  return mix(list[i] as Rgb, list[i + 1] as Rgb, x - i);
}

/**
 * Makes a person. The same seed gives the same person on every machine.
 *
 * @param seed a whole number
 * @example
 * const ana = createActor(7);
 */
export function createActor(seed: number): Actor {
  const random = new Random(seed ^ 0x5eed_ac7);
  // One axis from softly to strongly built faces ties brow, jaw, lips and hair together.
  const build = random.range(-1, 1);
  const years = random.float();
  const shape: Record<string, number> = {};
  const tied: Record<string, number> = {
    jawWidth: 0.7,
    jawAngle: 0.5,
    chinWidth: 0.6,
    browRidge: 0.9,
    browHeight: -0.5,
    noseWidth: 0.4,
    lipUpper: -0.5,
    lipLower: -0.3,
    neckWidth: 1,
    shoulders: 0.8,
    eyeSize: -0.4,
    cheekFull: -0.2,
    lowerFace: 0.3,
  };
  for (const name of SHAPE_NAMES) {
    const draw = Math.max(-1.7, Math.min(1.7, random.normal() * 0.9));
    shape[name] = draw * (name.startsWith('skew') ? 0.7 : 1) + (tied[name] ?? 0) * build;
  }
  const dark = random.float();
  const base = ramp(SKIN, dark);
  const undertone = random.range(-1, 1);
  const tone: Rgb = [base[0] * (1 + 0.05 * undertone), base[1], base[2] * (1 - 0.14 * undertone)];
  const hairShade = dark > 0.5 ? random.range(0, 0.3) : random.float() ** 0.9;
  const greying = years > 0.65 ? ((years - 0.65) / 0.35) * random.float() : 0;
  const hairTone = mix(ramp(HAIR, hairShade), GREY, greying);
  const eyes = IRIS[dark > 0.55 ? random.int(2) : random.int(IRIS.length)] as (typeof IRIS)[number];
  const styles: readonly HairStyle[] =
    build > 0.15
      ? ['crop', 'short', 'side', 'shaved', 'receding', 'curly', 'short', 'side']
      : build > -0.25
        ? ['crop', 'bob', 'curly', 'side', 'long', 'short', 'bun']
        : ['long', 'bob', 'bun', 'long', 'curly', 'side', 'bob'];
  const growth: readonly FacialHair[] = ['none', 'none', 'stubble', 'stubble', 'beard', 'goatee', 'moustache'];
  const lipBase = mix(tone, [tone[0] * 0.74, tone[1] * 0.44, tone[2] * 0.46], 0.85);
  const painted = build < -0.1 && random.float() < 0.55;
  const paint = pick<Rgb>(random, [
    [0.42, 0.035, 0.045],
    [0.5, 0.13, 0.14],
    [0.25, 0.03, 0.06],
    [0.55, 0.2, 0.16],
  ]);
  const cloth = random.int(CLOTH.length);
  return {
    seed,
    shape,
    skin: {
      tone,
      blush: random.range(0.15, 1) * (1 - dark * 0.6),
      freckles: dark < 0.45 && random.float() < 0.35 ? random.range(0.4, 1) : 0,
      spots: random.float() ** 2,
      age: Math.max(0, years - 0.15) * 1.1,
      oil: random.range(0.2, 0.9),
      shadows: random.range(0, 0.7) + years * 0.25,
    },
    lips: {
      tone: painted ? mix(lipBase, paint, random.range(0.5, 0.9)) : lipBase,
      gloss: painted ? random.range(0.4, 1) : random.range(0.15, 0.5),
    },
    makeup: {
      liner: build < 0 ? random.float() * Math.min(1, -build * 2) : 0,
      shadow: pick<Rgb>(random, [scaled(tone, 0.5), [0.16, 0.09, 0.14], [0.12, 0.12, 0.16], [0.3, 0.14, 0.08]]),
      shadowAmount: build < -0.2 ? random.range(0, 0.6) : 0,
    },
    eyes: {
      iris: scaled(eyes.iris, random.range(0.8, 1.3)),
      ring: eyes.ring,
      irisSize: random.range(0.94, 1.08),
      lashes: Math.max(0.15, Math.min(1, 0.5 - build * 0.45 + random.range(-0.15, 0.15))),
    },
    brows: {
      tone: mix(scaled(hairTone, 0.75), [0.05, 0.03, 0.02], dark < 0.3 ? 0.3 : 0.5),
      thickness: Math.max(0.34, 0.62 + build * 0.16 + random.range(-0.2, 0.26)),
      arch: random.range(-1, 1),
      density: random.range(0.5, 1),
      gap: random.range(-0.45, 0.4),
    },
    hair: {
      style: pick(random, styles),
      tone: hairTone,
      streak: mix(hairTone, [0.6, 0.45, 0.25], random.float() < 0.3 ? 0.35 : 0.08),
      hairline: random.range(-0.7, 0.9) + (build > 0 ? years * 0.9 : 0),
      volume: random.float(),
    },
    facialHair: {
      style: build > 0.05 ? pick(random, growth) : 'none',
      tone: mix(scaled(hairTone, 0.85), [0.05, 0.03, 0.02], 0.25),
      density: random.range(0.55, 1),
    },
    glasses: {
      frame: random.float() < 0.14 ? pick(random, ['round', 'square'] as const) : 'none',
      tone: pick<Rgb>(random, [
        [0.02, 0.02, 0.022],
        [0.14, 0.06, 0.025],
        [0.4, 0.38, 0.34],
        [0.05, 0.07, 0.15],
      ]),
    },
    cloth: {
      style: pick<ClothStyle>(random, ['crew', 'vneck', 'shirt', 'hoodie', 'turtleneck']),
      tone: scaled(CLOTH[cloth] as Rgb, random.range(0.7, 1.2)),
      second: CLOTH[(cloth + 3) % CLOTH.length] as Rgb,
      pattern: random.float() < 0.3 ? random.range(0.4, 1) : 0,
    },
  };
}
