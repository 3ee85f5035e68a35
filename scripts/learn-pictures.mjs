// Draws the pictures of the page "Learn": drawn heads, untouched and tampered with in one known way each. Nobody real is
// in them, and no net made them. `node scripts/learn-pictures.mjs` writes web/static/learn/*.webp and their list.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { build } from './build.mjs';

await build();
const { createActor, expressionOf, renderActor, restState } = await import('../dist/actors/index.js');

const out = fileURLToPath(new URL('../web/static/learn/', import.meta.url));
mkdirSync(out, { recursive: true });
const size = { width: 400, height: 400 };
const AT = { scale: 0.56, position: [0.5, 0.5] };
const count = size.width * size.height;

const draw = (seed, change = {}) => renderActor(createActor(seed), restState({ ...AT, ...change }), size);
const rgb = ({ frame }) => {
  const pixels = Buffer.alloc(count * 3);
  for (let i = 0; i < count; i++) for (let c = 0; c < 3; c++) pixels[i * 3 + c] = frame.pixels[i * 4 + c];
  return pixels;
};
const picture = (pixels, channels = 3) => sharp(pixels, { raw: { ...size, channels } });
const blurred = async (pixels, sigma, channels = 3) =>
  channels === 1
    ? await picture(pixels, 1).blur(sigma).extractChannel(0).raw().toBuffer()
    : await picture(pixels).blur(sigma).raw().toBuffer();

/** `top` over `plate` where the mask (one byte a pixel) says so. */
function over(plate, top, mask) {
  const mixed = Buffer.alloc(count * 3);
  for (let i = 0; i < count * 3; i++) {
    const share = mask[Math.floor(i / 3)] / 255;
    mixed[i] = Math.round(plate[i] * (1 - share) + top[i] * share);
  }
  return mixed;
}

/** A disc with a soft rim. */
function disc(x, y, radius, height = radius) {
  const mask = Buffer.alloc(count);
  for (let i = 0; i < count; i++) {
    const far = Math.hypot(((i % size.width) - x) / radius, (Math.floor(i / size.width) - y) / height);
    mask[i] = Math.round(255 * Math.min(1, Math.max(0, (1.15 - far) / 0.3)));
  }
  return mask;
}

const soft = async (mask, sigma) => blurred(Buffer.from(mask), sigma, 1);
const point = ({ landmarks }, index) => [landmarks[index * 3], landmarks[index * 3 + 1]];

/** Each cue: what is done to a drawn head, as something that happens to swapped faces. */
const cues = {
  // The face keeps the colour of where it was learned, and ends at a line.
  seam: async (seed, change) => {
    const one = draw(seed, change);
    const tinted = Buffer.from(rgb(one).map((value, i) => Math.min(255, value * [1.1, 0.97, 0.86][i % 3] + 6)));
    return over(rgb(one), tinted, await soft(one.mask, 1.2));
  },
  // A small net, enlarged: skin without pores between sharp hair and cloth.
  blur: async (seed, change) => {
    const one = draw(seed, change);
    return over(rgb(one), await blurred(rgb(one), 3.2), await soft(one.mask, 3));
  },
  // The lamp of the other recording.
  light: async (seed, change) => {
    const one = draw(seed, { ...change, light: { direction: [-1, 0.25, 0.35], warmth: 0.2, intensity: 1 } });
    const other = draw(seed, { ...change, light: { direction: [1, 0.25, 0.35], warmth: 0.2, intensity: 1 } });
    return over(rgb(one), rgb(other), await soft(one.mask, 3));
  },
  // The new face is smaller than the old one: contours twice.
  double: async (seed, change) => {
    const one = draw(seed, change);
    const small = draw(seed, { ...change, scale: AT.scale * 0.86, position: [0.5, 0.515] });
    const mask = (await soft(small.mask, 2)).map((value) => Math.round(value * 0.72));
    return over(rgb(one), rgb(small), mask);
  },
  // Eyes that do not look at one thing.
  gaze: async (seed, change) => {
    const one = draw(seed, { ...change, gaze: [-16, 0] });
    const other = draw(seed, { ...change, gaze: [17, 2] });
    const [x, y] = point(one, 386);
    const [left] = point(one, 263);
    const [right] = point(one, 362);
    return over(rgb(one), rgb(other), disc(x, y + 3, Math.abs(left - right) * 0.75, 20));
  },
  // A mouth without teeth or tongue, smeared.
  mouth: async (seed, change) => {
    const one = draw(seed, {
      ...change,
      expression: expressionOf({ jawOpen: 0.45, mouthSmileLeft: 0.5, mouthSmileRight: 0.5 }),
    });
    const [ax, ay] = point(one, 13);
    const [bx, by] = point(one, 14);
    const [lx] = point(one, 61);
    const [rx] = point(one, 291);
    return over(
      rgb(one),
      await blurred(rgb(one), 6),
      disc((ax + bx) / 2, (ay + by) / 2, Math.abs(lx - rx) * 0.55, Math.abs(by - ay) * 0.5 + 9),
    );
  },
  // What passes in front of the face is painted over.
  cover: async (seed, change) => {
    const occluder = { kind: 'hand', position: [0.57, 0.62], scale: 0.3, angle: 20, seed };
    const one = draw(seed, { ...change, occluder });
    const clear = draw(seed, change);
    const mask = (await soft(clear.mask, 3)).map((value) => Math.round(value * 0.85));
    return over(rgb(one), rgb(clear), mask);
  },
};

const list = [];
async function save(name, pixels) {
  await picture(pixels)
    .webp({ quality: 78, effort: 6 })
    .toFile(join(out, `${name}.webp`));
}

const background = (seed) => ({ kind: ['gradient', 'bokeh', 'room'][seed % 3], seed });
const rounds = [
  ['seam', 7, { yaw: 8 }],
  ['seam', 31, { yaw: -14 }],
  ['blur', 12, { yaw: -6 }],
  ['blur', 23, { yaw: 12 }],
  ['light', 18, { yaw: 0 }],
  ['light', 5, { yaw: -8 }],
  ['double', 40, { yaw: 4 }],
  ['double', 9, { yaw: 10 }],
  ['gaze', 14, { yaw: 0 }],
  ['gaze', 27, { yaw: 6 }],
  ['mouth', 3, { yaw: -4 }],
  ['mouth', 36, { yaw: 8 }],
  ['cover', 21, { yaw: 0 }],
  ['cover', 44, { yaw: -6 }],
];
for (const [at, [cue, seed, pose]] of rounds.entries()) {
  const name = `t${String(at + 1).padStart(2, '0')}`;
  await save(name, await cues[cue](seed, { pose: { pitch: 0, roll: 0, ...pose }, background: background(seed) }));
  list.push({ name, cue });
}
const untouched = [
  [8, {}],
  [16, { light: { direction: [1, 0.2, 0.3], warmth: -0.2, intensity: 0.9 } }],
  [25, { expression: expressionOf({ jawOpen: 0.5, mouthSmileLeft: 0.4, mouthSmileRight: 0.4 }) }],
  [33, { occluder: { kind: 'hand', position: [0.57, 0.62], scale: 0.3, angle: 20, seed: 5 } }],
  [41, { gaze: [18, 3], pose: { yaw: -12, pitch: 4, roll: 0 } }],
  [52, { light: { direction: [-1, 0.3, 0.3], warmth: 0.6, intensity: 1 } }],
  [11, { occluder: { kind: 'microphone', position: [0.5, 0.78], scale: 0.18, angle: 8, seed: 2 } }],
  [60, { pose: { yaw: 18, pitch: -4, roll: 5 } }],
];
for (const [at, [seed, change]] of untouched.entries()) {
  const name = `t${String(rounds.length + at + 1).padStart(2, '0')}`;
  await save(name, rgb(draw(seed, { background: background(seed), ...change })));
  list.push({ name, cue: null });
}
writeFileSync(
  fileURLToPath(new URL('../web/src/lib/learn/pictures.json', import.meta.url)),
  `${JSON.stringify(list)}\n`,
);
