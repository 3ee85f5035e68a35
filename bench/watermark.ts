/**
 * What the invisible watermark survives, costs and never finds.
 *
 *   node scripts/run.mjs bench/watermark.ts pictures|clips|psnr|false|speed|hash [count] [from]
 *
 * `pictures`: 20 pictures (faces, dark, flat, drawn; `../shared/data` where it is there) after the changes that copies go
 * through. `clips`: 10 clips of 60 frames, the finished file (H.264, `good`) encoded again; `psnr`: what their marks cost.
 * `false`: crops of unmarked pictures
 * (10000 where no count is given; `from` leaves out those before, so that processes can share the work). `speed`: time and
 * size that marking adds. `hash`: perceptual hash, same against other pictures.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { createActor, performance as perform, renderActor, restState } from '../src/actors/index.js';
import { packageRoot, Random } from '../src/base/index.js';
import {
  clipLayout,
  comparePerceptual,
  detectWatermark,
  embedWatermark,
  perceptualHash,
  WatermarkEmbedder,
  WatermarkPool,
  watermarkPayload,
} from '../src/label/index.js';
import {
  BT709,
  createVideoWriter,
  type Frame,
  openVideo,
  type Quality,
  readPicture,
  releaseFrame,
  rgbaFrame,
  rgbaToI420,
  toRgba,
} from '../src/media/index.js';

const DATA = join(packageRoot, '..', 'shared', 'data');
const FACES = join(DATA, 'faces', 'facemask', 'real');
const CLIPS = join(DATA, 'clips');
const [what = 'pictures', given, first] = process.argv.slice(2);

const drawn = (seed: number, width: number, height: number): Frame =>
  renderActor(createActor(seed), restState(), { width, height }).frame;
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');
const copyOf = (frame: Frame): Frame => ({ ...frame, pixels: frame.pixels.slice() });
const seconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** What marks a clip of frames of that size. */
const markerOf = ({ width, height }: Frame, name: string): WatermarkEmbedder =>
  new WatermarkEmbedder(width, height, watermarkPayload([name]), clipLayout(width, height));

function toned(frame: Frame, tone: (value: number) => number): Frame {
  return { ...frame, pixels: frame.pixels.map((v, i) => ((i & 3) === 3 ? 255 : Math.max(0, Math.min(255, tone(v))))) };
}

async function pictures(): Promise<[string, Frame][]> {
  const list: [string, Frame][] = [];
  if (existsSync(FACES)) {
    const names = ['356', '138', 'augmented_image_315', '435', 'augmented_image_178', '227', '410', '328', '468', '89'];
    for (const name of names) list.push([`face ${name}`, await readPicture(join(FACES, `${name}.jpg`))]);
    for (const name of ['portrait_astronaut_nasa.png', 'pyfeat_multi_face.jpg'])
      list.push([name, await readPicture(join(CLIPS, name))]);
  }
  for (const [i, [w, h]] of [
    [1280, 720],
    [720, 1280],
    [1024, 1024],
    [640, 480],
  ].entries() as Iterable<[number, [number, number]]>)
    list.push([`drawn ${w}x${h}`, drawn(20 + i, w, h)]);
  const dark = drawn(31, 960, 720);
  list.push(['drawn, dark', toned(dark, (v) => v * 0.25)]);
  const face = list[0]?.[1] ?? dark;
  list.push(['dark', toned(face, (v) => v * 0.3)], ['pale', toned(face, (v) => 160 + v * 0.35)]);
  const flat = new Uint8Array(960 * 720 * 4);
  for (let i = 0; i < flat.length; i += 4)
    flat.set([90 + ((i >> 2) % 960) / 12, 120, 150 - Math.floor((i >> 2) / 960) / 12, 255], i);
  list.push(['flat: a slow gradient', rgbaFrame(flat, 960, 720)]);
  return list;
}

const sharpOf = ({ pixels, width, height }: Frame): Sharp =>
  sharp(pixels, { raw: { width, height, channels: 4 } }).removeAlpha();
async function back(picture: Sharp): Promise<Frame> {
  const { data, info } = await sharp(await picture.toBuffer())
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return rgbaFrame(new Uint8Array(data), info.width, info.height);
}

/** The middle of a turned picture at the size it had. */
async function turned(frame: Frame, degrees: number): Promise<Frame> {
  const all = await sharpOf(frame).rotate(degrees).png().toBuffer();
  const { width, height } = await sharp(all).metadata();
  const left = Math.floor((width - frame.width) / 2);
  const top = Math.floor((height - frame.height) / 2);
  return back(sharp(all).extract({ left, top, width: frame.width, height: frame.height }).jpeg({ quality: 85 }));
}

/** A copy in a window: scaled to 73 %, on a larger light ground, compressed. */
async function screenshot(frame: Frame): Promise<Frame> {
  const [w, h] = [Math.round(frame.width * 0.73), Math.round(frame.height * 0.73)];
  const input = await sharpOf(frame).resize(w, h, { fit: 'fill' }).png().toBuffer();
  const ground = {
    width: Math.round(w * 1.4),
    height: Math.round(h * 1.3),
    channels: 3 as const,
    background: '#eef0f4',
  };
  return back(
    sharp({ create: ground })
      .composite([{ input, left: Math.round(w * 0.25), top: Math.round(h * 0.12) }])
      .jpeg({ quality: 80 }),
  );
}

const CHANGES: Readonly<Record<string, (frame: Frame) => Promise<Frame>>> = {
  'JPEG 50': (f) => back(sharpOf(f).jpeg({ quality: 50 })),
  'WebP 50': (f) => back(sharpOf(f).webp({ quality: 50 })),
  'half size': (f) =>
    back(
      sharpOf(f)
        .resize(Math.round(f.width / 2))
        .png(),
    ),
  '30 % size': (f) =>
    back(
      sharpOf(f)
        .resize(Math.round(f.width * 0.3))
        .png(),
    ),
  'crop 50 %': (f) => {
    const [width, height] = [f.width >> 1, f.height >> 1];
    return back(
      sharpOf(f)
        .extract({ left: Math.round(width * 0.61), top: Math.round(height * 0.37), width, height })
        .png(),
    );
  },
  screenshot,
  mirror: (f) => back(sharpOf(f).flop().png()),
  '+3 degrees': (f) => turned(f, 3),
  '-3 degrees': (f) => turned(f, -3),
};

function psnr(a: Frame, b: Frame): number {
  let sum = 0;
  for (let i = 0; i < a.pixels.length; i++)
    if ((i & 3) < 3) sum += ((a.pixels[i] as number) - (b.pixels[i] as number)) ** 2;
  return 10 * Math.log10(255 ** 2 / Math.max(1e-9, sum / (a.pixels.length * 0.75)));
}

async function benchPictures(): Promise<void> {
  const list = await pictures();
  const found: Record<string, number> = {};
  const quality: number[] = [];
  let wrong = 0;
  for (const [name, original] of list) {
    const payload = watermarkPayload([name]);
    const marked = copyOf(original);
    embedWatermark(marked, payload);
    quality.push(psnr(original, marked));
    const missed: string[] = [];
    const began = seconds();
    for (const [change, make] of Object.entries(CHANGES)) {
      const read = detectWatermark(await make(marked));
      const right = hex(read?.payload) === hex(payload);
      if (read !== null && !right) wrong++;
      found[change] = (found[change] ?? 0) + (right ? 1 : 0);
      if (!right) missed.push(change);
    }
    say(
      `${name.padEnd(28)} ${original.width}x${original.height} PSNR ${quality[quality.length - 1]?.toFixed(1)} dB, ${(seconds() - began).toFixed(1)} s CPU${missed.length > 0 ? `, missed: ${missed.join(', ')}` : ''}`,
    );
  }
  say(`mean PSNR ${(quality.reduce((a, b) => a + b, 0) / quality.length).toFixed(1)} dB, wrong payloads ${wrong}`);
  for (const [change, count] of Object.entries(found)) say(`${change.padEnd(12)} ${count} of ${list.length}`);
}

const FRAMES = 60;
const work = resolve('.cache/bench/watermark', what);

async function write(path: string, frames: AsyncIterable<Frame> | Iterable<Frame>, quality: Quality): Promise<void> {
  let writer: Awaited<ReturnType<typeof createVideoWriter>> | null = null;
  for await (const frame of frames) {
    const { width, height, color } = frame;
    writer ??= await createVideoWriter(path, { width, height, color, frameRate: 25, quality });
    await writer.write(frame);
  }
  await writer?.finish();
}

async function* scaled(path: string, factor: number): AsyncGenerator<Frame> {
  const video = await openVideo(path);
  for await (const frame of video.frames()) {
    const even = (v: number): number => 2 * Math.round((v * factor) / 2);
    if (factor === 1) yield frame;
    else {
      const small = await back(
        sharpOf(toRgba(frame)).resize(even(frame.width), even(frame.height), { fit: 'fill' }).png(),
      );
      yield { ...rgbaToI420(small, frame.color), timestamp: frame.timestamp, duration: frame.duration };
    }
    releaseFrame(frame);
  }
  video.close();
}

/** The clips as the frames that go into a render's encoder. */
async function clips(): Promise<[string, () => AsyncGenerator<Frame>][]> {
  const list: [string, () => AsyncGenerator<Frame>][] = [];
  const file = (name: string, tone?: (v: number) => number): (() => AsyncGenerator<Frame>) =>
    async function* () {
      const video = await openVideo(join(CLIPS, name));
      let count = 0;
      for await (const frame of video.frames()) {
        const luma = frame.width * frame.height;
        if (tone) for (let i = 0; i < luma; i++) frame.pixels[i] = tone(frame.pixels[i] as number);
        yield frame;
        releaseFrame(frame);
        if (++count >= FRAMES) break;
      }
      video.close();
    };
  if (existsSync(CLIPS)) {
    for (const name of readdirSync(CLIPS)
      .filter((n) => /\.(mp4|mov)$/.test(n))
      .sort())
      list.push([name, file(name)]);
    list.push(['echomimic_drv_a, dark', file('echomimic_drv_a.mp4', (v) => 16 + (v - 16) * 0.3)]);
  }
  for (const [seed, width, height] of [
    [41, 1280, 720],
    [42, 640, 360],
    [43, 480, 640],
  ] as const)
    list.push([
      `drawn ${width}x${height}`,
      async function* () {
        const actor = createActor(seed);
        const states = perform(seed, { seconds: FRAMES / 25 + 0.1, fps: 25, style: 'speaking' });
        for (const [i, state] of states.slice(0, FRAMES).entries())
          yield {
            ...rgbaToI420(renderActor(actor, state, { width, height }).frame, BT709),
            timestamp: i * 40000,
            duration: 40000,
          };
      },
    ]);
  return list;
}

async function pooled(path: string): Promise<string> {
  const pool = new WatermarkPool();
  const video = await openVideo(path);
  let index = 0;
  for await (const frame of video.frames()) {
    if (index++ % 3 === 0) pool.add(frame);
    releaseFrame(frame);
  }
  video.close();
  return hex(pool.detect()?.payload);
}

async function benchClips(): Promise<void> {
  mkdirSync(work, { recursive: true });
  const at = (name: string): string => join(work, `${name}.mp4`);
  const crf = (n: number): Quality => ({ crf: n });
  const steps: readonly (readonly [string, readonly (readonly [number, number])[]])[] = [
    ['CRF 28', [[1, 28]]],
    ['CRF 32', [[1, 32]]],
    ['half size, CRF 28', [[0.5, 28]]],
    [
      '70 % CRF 26, then CRF 30',
      [
        [0.7, 26],
        [1, 30],
      ],
    ],
    [
      'CRF 28, then half size CRF 28',
      [
        [1, 28],
        [0.5, 28],
      ],
    ],
  ];
  const found: Record<string, number> = {};
  const list = await clips();
  for (const [name, frames] of list) {
    const payload = watermarkPayload([name]);
    let embedder: WatermarkEmbedder | null = null;
    const mark = async function* (): AsyncGenerator<Frame> {
      for await (const frame of frames()) {
        embedder ??= markerOf(frame, name);
        embedder.apply(frame);
        yield frame;
      }
    };
    await write(at('marked'), mark(), 'good');
    const missed: string[] = [];
    for (const [step, passes] of steps) {
      let from = at('marked');
      for (const [i, [factor, rate]] of passes.entries()) {
        const to = at(`pass-${i}`);
        await write(to, scaled(from, factor), crf(rate));
        from = to;
      }
      const right = (await pooled(from)) === hex(payload);
      found[step] = (found[step] ?? 0) + (right ? 1 : 0);
      if (!right) missed.push(step);
    }
    say(`${name.padEnd(36)}${missed.length > 0 ? ` missed: ${missed.join('; ')}` : ' all'}`);
  }
  for (const [step] of steps) say(`${step.padEnd(32)} ${found[step] ?? 0} of ${list.length}`);
  rmSync(work, { recursive: true, force: true });
}

/** PSNR of the first frame of every clip, as it goes into the encoder. */
async function benchQuality(): Promise<void> {
  const all: number[] = [];
  for (const [name, frames] of await clips())
    for await (const frame of frames()) {
      const marked = copyOf(frame);
      markerOf(frame, name).apply(marked);
      all.push(psnr(toRgba(frame), toRgba(marked)));
      say(`${name.padEnd(36)} PSNR ${all[all.length - 1]?.toFixed(1)} dB`);
      break;
    }
  say(`mean PSNR ${(all.reduce((a, b) => a + b, 0) / all.length).toFixed(1)} dB`);
}

async function benchFalse(): Promise<void> {
  const count = Number(given ?? 10000);
  const from = Number(first ?? 0);
  const random = new Random(8);
  const names = existsSync(FACES) ? readdirSync(FACES) : [];
  let [finds, nearest] = [0, 0];
  const began = seconds();
  for (let i = 0; i < count; i++) {
    const name = names[i % Math.max(1, names.length)];
    const whole = name === undefined ? drawn(i % 60, 480, 360) : await readPicture(join(FACES, name));
    const share = random.range(0.5, 1);
    const [width, height] = [
      Math.max(16, Math.floor(whole.width * share)),
      Math.max(16, Math.floor(whole.height * share)),
    ];
    const left = random.int(Math.max(1, whole.width - width + 1));
    const top = random.int(Math.max(1, whole.height - height + 1));
    const side = Math.min(640, Math.max(width, height) * random.range(0.8, 2));
    const quality = 60 + random.int(40);
    if (i < from) continue;
    const crop = await back(
      sharpOf(whole)
        .extract({
          left,
          top,
          width: Math.min(width, whole.width - left),
          height: Math.min(height, whole.height - top),
        })
        .resize(Math.round(side), Math.round(side), { fit: 'inside' })
        .jpeg({ quality }),
    );
    const read = detectWatermark(crop);
    if (read !== null) {
      finds++;
      nearest = Math.min(nearest, read.chance);
    }
    if ((i + 1) % 100 === 0)
      say(`${i + 1} crops, ${finds} false finds, ${((seconds() - began) / (i + 1 - from)).toFixed(2)} s CPU each`);
  }
  say(`crops ${from} to ${count}, unmarked: ${finds} false finds`);
}

async function benchSpeed(): Promise<void> {
  mkdirSync(work, { recursive: true });
  const [width, height] = [1280, 720];
  const actor = createActor(41);
  const states = perform(41, { seconds: 3, fps: 25, style: 'speaking' });
  const frames = states.map((state, i) => ({
    ...rgbaToI420(renderActor(actor, state, { width, height }).frame, BT709),
    timestamp: i * 40000,
    duration: 40000,
  }));
  const began = performance.now();
  const embedder = new WatermarkEmbedder(width, height, watermarkPayload(['speed']));
  say(`laying out the pattern: ${(performance.now() - began).toFixed(0)} ms, once`);
  const marked = frames.map(copyOf);
  const before = seconds();
  for (const frame of marked) embedder.apply(frame);
  say(`marking: ${(((seconds() - before) * 1000) / frames.length).toFixed(2)} ms CPU a frame of ${width}x${height}`);
  const size = async (list: readonly Frame[], quality: Quality): Promise<number> => {
    const path = join(work, 'speed.mp4');
    await write(path, list, quality);
    const video = await openVideo(path);
    video.close();
    return video.info.bytes;
  };
  for (const quality of ['good', 'draft'] as const) {
    const [plain, with_] = [await size(frames, quality), await size(marked, quality)];
    say(`size, drawn clip, ${quality}: ${plain} -> ${with_} bytes, ${(((with_ - plain) / plain) * 100).toFixed(1)} %`);
  }
  for (const name of ['echomimic_drv_a.mp4', 'pyfeat_single_face.mp4'].filter((n) => existsSync(join(CLIPS, n)))) {
    const video = await openVideo(join(CLIPS, name));
    const list: Frame[] = [];
    for await (const frame of video.frames()) {
      list.push(copyOf(frame));
      releaseFrame(frame);
      if (list.length >= 75) break;
    }
    video.close();
    const plain = await size(list, 'good');
    const mark = markerOf(list[0] as Frame, name);
    for (const frame of list) mark.apply(frame);
    const with_ = await size(list, 'good');
    say(`size, ${name}, good: ${plain} -> ${with_} bytes, ${(((with_ - plain) / plain) * 100).toFixed(1)} %`);
  }
  rmSync(work, { recursive: true, force: true });
}

async function benchHash(): Promise<void> {
  const list = await pictures();
  const hashes = list.map(([, frame]) => perceptualHash(frame));
  const began = seconds();
  let compared = 0;
  for (const [change, make] of Object.entries(CHANGES)) {
    let same = 0;
    let least = 1;
    for (const [i, [, frame]] of list.entries()) {
      const match = comparePerceptual(hashes[i] as (typeof hashes)[0], perceptualHash(await make(frame)));
      compared++;
      if (match.same) same++;
      least = Math.min(least, match.similarity);
    }
    say(`${change.padEnd(12)} the same: ${same} of ${list.length}, least similarity ${least.toFixed(2)}`);
  }
  let [wrong, most, pairs] = [0, 0, 0];
  for (const [i, a] of hashes.entries())
    for (const b of hashes.slice(i + 1)) {
      const match = comparePerceptual(a, b);
      compared++;
      pairs++;
      if (match.same) wrong++;
      most = Math.max(most, match.similarity);
    }
  say(`different pictures: ${wrong} of ${pairs} taken for the same, greatest similarity ${most.toFixed(2)}`);
  say(`${((1000 * (seconds() - began)) / compared).toFixed(0)} ms CPU a comparison`);
}

const benches: Readonly<Record<string, () => Promise<void>>> = {
  pictures: benchPictures,
  clips: benchClips,
  psnr: benchQuality,
  false: benchFalse,
  speed: benchSpeed,
  hash: benchHash,
};
await (benches[what] ?? benchPictures)();
