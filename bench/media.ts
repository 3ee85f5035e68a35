/**
 * The figures of the media room: codec packages side by side, named qualities, pixel work, memory against length.
 *
 *   node scripts/run.mjs bench/media.ts [--with <folder with @mediabunny/server and @napi-rs/webcodecs installed>]
 *   node scripts/run.mjs bench/media.ts --pixels      (pixel work alone)
 *
 * The clip is 5 s of 1280x720 made from ../shared/data (drawn where it is missing). Every run that reports memory is a
 * process of its own. Figures of two packages are only comparable within one run of this file; CPU time per frame is the
 * steadier one where the machine has other work.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Random } from '../src/base/index.js';
import {
  BT709,
  createVideoWriter,
  type Frame,
  i420Size,
  lumaOf,
  openVideo,
  releaseFrame,
  rgbaFrame,
  rgbaToI420,
  sampleAffine,
  toRgba,
  writeRgbRegion,
} from '../src/media/index.js';
import { samplePlain } from '../src/media/sample-plain.js';
import { decodeOurs, side, transcodeOurs } from './media-sides.js';

const work = resolve('.cache/bench/media');
const flags = process.argv.slice(2);
const withAt = flags.indexOf('--with');
const others = withAt >= 0 ? resolve(flags[withAt + 1] ?? '') : null;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const megabytes = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

/** Seconds of video with fine grain: an enlarged clip, so that its size does not depend on what is installed. */
async function makeClip(path: string, width: number, height: number, seconds: number): Promise<void> {
  const drive = fileURLToPath(new URL('../../../shared/data/clips/echomimic_drv_a.mp4', import.meta.url));
  const found = [drive, resolve('../shared/data/clips/echomimic_drv_a.mp4')].find(existsSync);
  const source = found ? await openVideo(found) : null;
  if (!source) say('../shared/data is missing: the clip is drawn noise instead');
  const grain = new Random(1);
  const noise = Int8Array.from({ length: 1 << 16 }, () => Math.round(grain.normal() * 2));
  const writer = await createVideoWriter(path, { width, height, color: BT709, frameRate: 24, quality: { crf: 18 } });
  const rgb = new Uint8Array(width * height * 3);
  const rgba = new Uint8Array(width * height * 4);
  let frames = source?.frames();
  for (let i = 0; i < seconds * 24; i++) {
    let step = await frames?.next();
    if (step?.done) {
      frames = source?.frames();
      step = await frames?.next();
    }
    const frame = step?.value ?? drawn(i);
    const s = frame.width / width;
    sampleAffine(frame, [s, 0, 0, 0, s, (frame.height - s * height) / 2], width, height, rgb, {
      layout: 'interleaved',
    });
    const shift = grain.int(1 << 16);
    for (let p = 0, q = 0, k = shift; p < rgba.length; p += 4, q += 3, k++) {
      const n = noise[k & 0xffff] as number;
      for (let c = 0; c < 3; c++) rgba[p + c] = Math.max(0, Math.min(255, (rgb[q + c] as number) + n));
      rgba[p + 3] = 255;
    }
    await writer.write(rgbaFrame(rgba, width, height, Math.round((i * 1e6) / 24), Math.round(1e6 / 24)));
    if (step?.value) releaseFrame(frame);
  }
  await writer.finish();
  source?.close();
}

/** A moving pattern, for machines without the test data. */
function drawn(n: number): Frame {
  const pixels = new Uint8Array(256 * 256 * 4);
  for (let y = 0; y < 256; y++)
    for (let x = 0; x < 256; x++) {
      const v = 128 + 60 * Math.sin((x + 3 * n) / 9) + 60 * Math.cos((y * x) / 900 + n / 5);
      pixels.set([v, 255 - v, (v * 3) & 255, 255], (y * 256 + x) * 4);
    }
  return rgbaFrame(pixels, 256, 256);
}

/** PSNR of luma in dB and mean SSIM (Wang 2004, 8x8 windows, every fourth pixel) of two clips, frame by frame. */
async function quality(one: string, two: string): Promise<{ psnr: number; ssim: number }> {
  const [a, b] = [await openVideo(one), await openVideo(two)];
  const other = b.frames({ toUs: 2_000_000 });
  let squares = 0;
  let pixels = 0;
  let ssim = 0;
  let frames = 0;
  for await (const frame of a.frames({ toUs: 2_000_000 })) {
    const step = await other.next();
    if (step.done) break;
    const [p, q, w, h] = [lumaOf(frame), lumaOf(step.value), frame.width, frame.height];
    for (let i = 0; i < p.length; i++) squares += ((p[i] as number) - (q[i] as number)) ** 2;
    pixels += p.length;
    let sum = 0;
    let windows = 0;
    for (let y = 0; y + 8 <= h; y += 4)
      for (let x = 0; x + 8 <= w; x += 4) {
        let [ma, mb, aa, bb, ab] = [0, 0, 0, 0, 0];
        for (let j = 0; j < 8; j++)
          for (let k = (y + j) * w + x, end = k + 8; k < end; k++) {
            const [u, v] = [p[k] as number, q[k] as number];
            ma += u;
            mb += v;
            aa += u * u;
            bb += v * v;
            ab += u * v;
          }
        ma /= 64;
        mb /= 64;
        const va = aa / 64 - ma * ma;
        const vb = bb / 64 - mb * mb;
        sum +=
          ((2 * ma * mb + 6.5025) * (2 * (ab / 64 - ma * mb) + 58.5225)) /
          ((ma * ma + mb * mb + 6.5025) * (va + vb + 58.5225));
        windows++;
      }
    ssim += sum / windows;
    frames++;
    releaseFrame(frame);
    releaseFrame(step.value);
  }
  await other.return();
  a.close();
  b.close();
  return { psnr: 10 * Math.log10((255 * 255 * pixels) / squares), ssim: ssim / frames };
}

/** Runs one job in a process of its own and reads its one line of JSON. */
function child(...args: string[]): Record<string, number> | null {
  const done = spawnSync(process.execPath, [fileURLToPath(import.meta.url), 'child', ...args], { encoding: 'utf8' });
  const line = done.stdout.split('\n').find((l) => l.startsWith('{'));
  if (done.status !== 0 || !line) {
    say(`  ${args.join(' ')} failed: ${done.stderr.split('\n').find((l) => /Error/.test(l)) ?? done.status}`);
    return null;
  }
  return JSON.parse(line) as Record<string, number>;
}

async function childJob(): Promise<void> {
  const [, kind = '', name = '', clip = '', out = '', extra = '', rate = '3000'] = flags;
  const codec = kind === 'decode' || kind === 'transcode' ? await side(name, extra) : null;
  const started = performance.now();
  const before = process.cpuUsage();
  let frames = 0;
  if (codec && kind === 'decode') frames = await codec.decode(clip);
  else if (codec) frames = await codec.transcode(clip, out, Number(rate) * 1000);
  else if (kind === 'quality') frames = await transcodeOurs(clip, out, { quality: name as 'draft' });
  else frames = await transcodeOurs(clip, out, { quality: 'good', copyAudioFrom: clip });
  const fps = (frames * 1000) / (performance.now() - started);
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${JSON.stringify({ fps, rss: megabytes(), frames, cpu: (user + system) / 1000 / frames })}\n`);
  // The other packages keep threads alive.
  process.exit(0);
}

async function codecs(clip: string): Promise<void> {
  say('\nCodec packages: the same 1280x720 clip, H.264 at 3 Mbit/s, own process each');
  say(
    'package                 fps: decode  dec+enc   CPU ms/frame: decode  dec+enc   PSNR-Y    SSIM   kbit/s   peak MB',
  );
  const sides = others ? ['node-av', '@mediabunny/server', '@napi-rs/webcodecs'] : ['node-av'];
  if (!others) say('(the two other packages are skipped: give a folder where they are installed with --with)');
  for (const name of sides) {
    const out = resolve(work, `${name.replace(/\W/g, '-')}.mp4`);
    const decode = child('decode', name, clip, '-', others ?? '-');
    let transcode = child('transcode', name, clip, out, others ?? '-');
    if (!decode || !transcode) continue;
    const kilobits = (): number => (statSync(out).size * 8) / (Number(transcode?.['frames']) / 24) / 1000;
    // Rate controls miss their mark on short clips. Quality is compared at equal rate, so a second try corrects it.
    if (Math.abs(kilobits() - 3000) > 60)
      transcode =
        child('transcode', name, clip, out, others ?? '-', String(Math.round((3000 * 3000) / kilobits()))) ?? transcode;
    const { psnr, ssim } = await quality(clip, out);
    say(
      `${name.padEnd(22)} ${fix(decode['fps'], 0, 12)} ${fix(transcode['fps'], 0, 8)} ${fix(decode['cpu'], 1, 22)} ${fix(transcode['cpu'], 1, 8)} ${fix(psnr, 2, 8)} ${fix(ssim, 4, 7)} ${fix(kilobits(), 0, 8)}   ${decode['rss']}, ${transcode['rss']}`,
    );
  }
}

const fix = (value: number | undefined, digits: number, width: number): string =>
  (value ?? Number.NaN).toFixed(digits).padStart(width);

async function qualities(clip: string): Promise<void> {
  say('\nNamed qualities, decode + encode of the same clip');
  say('quality   codec    fps   CPU ms/frame   kbit/s   PSNR-Y      SSIM   peak MB');
  for (const kind of ['mp4', 'webm'])
    for (const name of ['draft', 'good', 'high']) {
      const out = resolve(work, `${name}.${kind}`);
      const done = child('quality', name, clip, out);
      if (!done) continue;
      const { psnr, ssim } = await quality(clip, out);
      const rate = (statSync(out).size * 8) / (Number(done['frames']) / 24) / 1000;
      say(
        `${name.padEnd(9)} ${kind === 'mp4' ? 'h264' : 'vp9 '} ${fix(done['fps'], 1, 6)} ${fix(done['cpu'], 1, 14)} ${fix(rate, 0, 8)} ${fix(psnr, 2, 10)} ${fix(ssim, 4, 9)} ${done['rss']}`,
      );
    }
}

async function pixelWork(clip: string): Promise<void> {
  const video = await openVideo(clip);
  const first = (await video.frames({ toUs: 100_000 }).next()).value as Frame;
  video.close();
  say('\nPixel work on one thread (fastest of 60 runs)');
  const time = (name: string, pixels: number, run: () => void): void => {
    for (let i = 0; i < 15; i++) run();
    const runs = Array.from({ length: 60 }, () => {
      const t = performance.now();
      run();
      return performance.now() - t;
    });
    const ms = Math.min(...runs);
    say(`${name.padEnd(58)} ${fix(ms, 2, 7)} ms ${fix((ms * 1e6) / pixels, 1, 7)} ns/pixel`);
  };
  const out = new Float32Array(3 * 640 * 360);
  const turn = (s: number): [number, number, number, number, number, number] => [
    ...([s * 0.98, -s * 0.2, 500] as const),
    ...([s * 0.2, s * 0.98, 120] as const),
  ];
  for (const [name, map, width, height, k] of [
    ['256x256, turned, same size', turn(1), 256, 256, 1],
    ['192x192, turned, twice smaller', turn(2), 192, 192, 2],
    ['128x128, turned, 3 times smaller', turn(3), 128, 128, 3],
    ['128x128 of the whole frame, 10 times smaller', [10, 0, 4.5, 0, 5.625, 2.3], 128, 128, 10],
    ['640x360 of the whole frame', [2, 0, 0.5, 0, 2, 0.5], 640, 360, 2],
  ] as const) {
    time(`sampleAffine ${name}`, width * height, () => sampleAffine(first, map, width, height, out));
    const view = { map, width, height, k, planar: true, bgr: false, zero: false } as const;
    const plain = { ...view, scale: [1, 1, 1], offset: [0, 0, 0] } as const;
    time('  the same without the kernel', width * height, () => samplePlain(first, plain, out));
  }
  const rgba = new Uint8Array(1280 * 720 * 4);
  const planes = new Uint8Array(i420Size(1280, 720));
  time('toRgba 1280x720', 1280 * 720, () => toRgba(first, rgba));
  const converted = toRgba(first, rgba);
  time('rgbaToI420 1280x720', 1280 * 720, () => rgbaToI420(converted, BT709, planes));
  const rgb = new Float32Array(3 * 65_536).fill(120);
  const alpha = new Float32Array(65_536).fill(0.5);
  time('writeRgbRegion 256x256', 65_536, () =>
    writeRgbRegion(first, 501, 201, 256, 256, rgb, alpha, { layout: 'planar' }),
  );
}

async function memory(): Promise<void> {
  say('\nMemory against length: decode + encode of 640x360, own process each');
  const found: number[] = [];
  for (const seconds of [10, 120]) {
    const clip = resolve(work, `long-${seconds}.mp4`);
    if (!existsSync(clip)) await makeClip(clip, 640, 360, seconds);
    const done = child('flat', '-', clip, resolve(work, 'flat.mp4'));
    if (!done) return;
    found.push(Number(done['rss']));
    say(
      `${String(seconds).padStart(4)} s   ${done['frames']} frames   ${fix(done['fps'], 0, 4)} fps   peak ${done['rss']} MB`,
    );
  }
  say(`ratio ${((found[1] as number) / (found[0] as number)).toFixed(2)}`);
}

if (flags[0] === 'child') await childJob();
else {
  mkdirSync(work, { recursive: true });
  const clip = resolve(work, 'clip.mp4');
  if (!existsSync(clip)) await makeClip(clip, 1280, 720, 5);
  if (flags[0] === '--pixels') {
    await pixelWork(clip);
    process.exit(0);
  }
  say(`frames in the clip: ${await decodeOurs(clip)}`);
  await codecs(clip);
  await qualities(clip);
  await pixelWork(clip);
  await memory();
  rmSync(resolve(work, 'flat.mp4'), { force: true });
}
