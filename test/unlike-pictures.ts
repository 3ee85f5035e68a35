/** Pictures that are no plain photographs, made of ones that are: filmed from a screen, with text over them, drawn over. */
import sharp, { type Sharp } from 'sharp';
import { Random } from '../src/base/index.js';
import { type Frame, rgbaFrame, toRgba } from '../src/media/index.js';

/** How a screen is filmed. */
export interface Filming {
  /** Pixels of the camera for each of the screen. */
  readonly ratio: number;
  /** How much narrower the far side is than the near one, 0 to .5. */
  readonly keystone?: number;
  /** Turn of the camera in degrees. */
  readonly turn?: number;
  /** How bright a lamp shines back, 0 to 1. */
  readonly glare?: number;
  readonly seed?: number;
}

const LINEAR = Float32Array.from({ length: 256 }, (_, v) => (v / 255) ** 2.2);

/** Light of one place of a screen whose pixels are three upright bars with black between them, by colour. */
function screenLight(rgba: Uint8Array, width: number, height: number, x: number, y: number, out: Float64Array): void {
  const [px, py] = [Math.floor(x), Math.floor(y)];
  if (px < 0 || py < 0 || px >= width || py >= height) return;
  const [fx, fy] = [x - px, y - py];
  if (fy < 0.08 || fy > 0.92) return;
  const bar = Math.min(2, Math.floor(fx * 3));
  const within = fx * 3 - bar;
  if (within < 0.12 || within > 0.88) return;
  // A bar is as bright as three, so that the picture keeps its light.
  out[bar] = (out[bar] as number) + 4.5 * (LINEAR[rgba[4 * (py * width + px) + bar] as number] as number);
}

/**
 * A picture as a camera takes it off a screen: bars of colour, keystone, glare, a soft lens, and noise.
 *
 * @param frame what the screen shows, a pixel for a pixel
 */
export async function offScreen(
  frame: Frame,
  { ratio, keystone = 0.06, turn = 1.5, glare = 0.25, seed = 1 }: Filming,
): Promise<Frame> {
  const random = new Random(seed);
  const { pixels: rgba, width, height } = toRgba(frame);
  // The camera is a little nearer than the edge of the picture.
  const [w, h] = [Math.floor(width * ratio * 0.94), Math.floor(height * ratio * 0.94)];
  const [cos, sin] = [Math.cos((turn * Math.PI) / 180), Math.sin((turn * Math.PI) / 180)];
  const linear = new Float32Array(3 * w * h);
  const light = new Float64Array(3);
  const GRID = 5;
  const lamp = [random.range(0.2, 0.8) * w, random.range(0.1, 0.5) * h, 0.3 * w] as const;
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      light.fill(0);
      for (let k = 0; k < GRID * GRID; k++) {
        // A lens spreads a point over about a pixel and a half.
        const sx = x + 0.5 + 1.5 * (((k % GRID) + 0.5) / GRID - 0.5) - w / 2;
        const sy = y + 0.5 + 1.5 * ((Math.floor(k / GRID) + 0.5) / GRID - 0.5) - h / 2;
        const far = 1 + (keystone * sx) / (w / 2);
        screenLight(
          rgba,
          width,
          height,
          (cos * sx - sin * sy) / far / ratio + width / 2,
          (sin * sx + cos * sy) / far / ratio + height / 2,
          light,
        );
      }
      const shine = glare * Math.exp(-((x - lamp[0]) ** 2 + (y - lamp[1]) ** 2) / lamp[2] ** 2);
      for (let c = 0; c < 3; c++) linear[3 * (y * w + x) + c] = (light[c] as number) / GRID ** 2 + shine + 0.004;
    }
  const out = new Uint8Array(4 * w * h).fill(255);
  for (let i = 0; i < w * h; i++)
    for (let c = 0; c < 3; c++)
      out[4 * i + c] = Math.max(
        0,
        Math.min(255, 255 * Math.min(1, linear[3 * i + c] as number) ** (1 / 2.2) + 2 * random.normal()),
      );
  return rgbaFrame(out, w, h);
}

const svgOver = async (frame: Frame, body: string, extra = 0): Promise<Frame> => {
  const { pixels, width, height } = toRgba(frame);
  const base = sharp(Buffer.from(pixels), { raw: { width, height, channels: 4 } }).png();
  const tall = height + 2 * extra;
  const { data, info } = await sharp({ create: { width, height: tall, channels: 3, background: '#fff' } })
    .composite([
      { input: await base.toBuffer(), top: extra, left: 0 },
      {
        input: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${tall}">${body}</svg>`),
        top: 0,
        left: 0,
      },
    ])
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return rgbaFrame(new Uint8Array(data), info.width, info.height);
};

/** A picture with a line of text in a bar above it and one below. */
export function withBars(frame: Frame, dark = false): Promise<Frame> {
  const extra = Math.round(frame.height * 0.16);
  const size = Math.round(Math.min(extra * 0.5, frame.width * 0.075));
  const [ink, ground] = dark ? ['#fff', '#000'] : ['#000', '#fff'];
  const tall = frame.height + 2 * extra;
  const text = (y: number, words: string): string =>
    `<text x="50%" y="${y}" text-anchor="middle" font-family="DejaVu Sans" font-weight="bold" font-size="${size}" fill="${ink}">${words}</text>`;
  return svgOver(
    frame,
    `<rect width="100%" height="${extra}" fill="${ground}"/><rect y="${tall - extra}" width="100%" height="${extra}" fill="${ground}"/>${text(extra * 0.65, 'Nobody: absolutely')}${text(tall - extra * 0.35, 'me at three in the night')}`,
    extra,
  );
}

/** A picture with white letters with a black rim over it. */
export function withRimmedText(frame: Frame): Promise<Frame> {
  const size = Math.round(frame.width * 0.1);
  const text = (y: number, words: string): string =>
    `<text x="50%" y="${y}" text-anchor="middle" font-family="DejaVu Sans Condensed" font-weight="bold" font-size="${size}" fill="#fff" stroke="#000" stroke-width="${size * 0.14}" paint-order="stroke">${words}</text>`;
  return svgOver(frame, text(size * 1.1, 'ONE DOES NOT SIMPLY') + text(frame.height - size * 0.4, 'SLEEP AT NIGHT'));
}

/** Copies through sharp, with what is done to them. */
async function through(frame: Frame, what: (picture: Sharp) => Sharp): Promise<Uint8Array> {
  const { pixels, width, height } = toRgba(frame);
  return new Uint8Array(
    await sharp(
      await what(sharp(Buffer.from(pixels), { raw: { width, height, channels: 4 } }))
        .png()
        .toBuffer(),
    )
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer(),
  );
}

/** Grey levels of what is drawn with a pencil: dark where the picture has edges, white elsewhere. */
async function lines(frame: Frame, softness: number): Promise<Float32Array> {
  const near = await through(frame, (p) => p.greyscale().blur(softness));
  const far = await through(frame, (p) => p.greyscale().blur(softness * 3));
  return Float32Array.from({ length: near.length / 4 }, (_, i) =>
    Math.min(1, Math.max(0, 1 + ((near[4 * i] as number) - (far[4 * i] as number) + 2) / 14)),
  );
}

/** A pencil drawing of a picture, on paper. */
export async function asSketch(frame: Frame): Promise<Frame> {
  const pencil = await lines(frame, 1);
  const random = new Random(2);
  const out = new Uint8Array(4 * frame.width * frame.height).fill(255);
  for (let i = 0; i < pencil.length; i++)
    out.fill(Math.max(0, Math.min(255, 30 + 215 * (pencil[i] as number) + 2 * random.normal())), 4 * i, 4 * i + 3);
  return rgbaFrame(out, frame.width, frame.height);
}

/** A cartoon of a picture: few colours in flat areas, with outlines. */
export async function asCartoon(frame: Frame): Promise<Frame> {
  const ink = await lines(frame, 1.2);
  const flat = await through(frame, (p) => p.median(9).modulate({ saturation: 1.5 }));
  const out = new Uint8Array(flat.length).fill(255);
  for (let i = 0; i < ink.length; i++)
    for (let c = 0; c < 3; c++)
      out[4 * i + c] =
        (ink[i] as number) < 0.6 ? 20 : Math.min(255, 24 + 48 * Math.round((flat[4 * i + c] as number) / 48));
  return rgbaFrame(out, frame.width, frame.height);
}

/** A painting of a picture: strokes of one colour each (Kuwahara). */
export function asPainting(frame: Frame, radius = 4): Frame {
  const { pixels, width, height } = toRgba(frame);
  const out = new Uint8Array(pixels.length).fill(255);
  const grey = (i: number): number =>
    (pixels[4 * i] as number) + (pixels[4 * i + 1] as number) + (pixels[4 * i + 2] as number);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let best = Number.POSITIVE_INFINITY;
      for (const [dx, dy] of [
        [-radius, -radius],
        [0, -radius],
        [-radius, 0],
        [0, 0],
      ] as const) {
        const sums = [0, 0, 0, 0, 0, 0];
        for (let v = 0; v <= radius; v++)
          for (let u = 0; u <= radius; u++) {
            const i =
              Math.min(height - 1, Math.max(0, y + dy + v)) * width + Math.min(width - 1, Math.max(0, x + dx + u));
            const g = grey(i);
            for (let c = 0; c < 3; c++) sums[c] = (sums[c] as number) + (pixels[4 * i + c] as number);
            sums[3] = (sums[3] as number) + g;
            sums[4] = (sums[4] as number) + g * g;
            sums[5] = (sums[5] as number) + 1;
          }
        const [r = 0, g = 0, b = 0, sum = 0, squares = 0, n = 1] = sums;
        const spread = squares / n - (sum / n) ** 2;
        if (spread < best) {
          best = spread;
          out.set([r / n, g / n, b / n], 4 * (y * width + x));
        }
      }
    }
  return rgbaFrame(out, width, height);
}

/** A picture as if all in it were of one pale stone, eyes as well. */
export async function asStone(frame: Frame): Promise<Frame> {
  const soft = await through(frame, (p) => p.greyscale().blur(1.2));
  const random = new Random(3);
  const out = new Uint8Array(soft.length).fill(255);
  for (let i = 0; i < soft.length / 4; i++) {
    const v = 120 + 0.5 * (soft[4 * i] as number) + 3 * random.normal();
    out.set(
      [v, v * 0.98, v * 0.94].map((each) => Math.min(255, each)),
      4 * i,
    );
  }
  return rgbaFrame(out, frame.width, frame.height);
}
