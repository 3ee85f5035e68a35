/** Reading and writing video: times, sound, rotation, colour, alpha, odd sizes. No ffmpeg is needed here. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import {
  BT709,
  type ColorInfo,
  createVideoWriter,
  type Frame,
  i420Size,
  joinVideos,
  lumaOf,
  openVideo,
  probe,
  type Quality,
  readPicture,
  releaseFrame,
  rgbaFrame,
  SRGB,
  toRgba,
  writePicture,
} from '../src/media/index.js';
import {
  meanDifference,
  numbered,
  numberOf,
  readNumbers,
  remux,
  scratch,
  soundPackets,
  steady,
  writeClip,
} from './media-clips.js';

const { at, dir, remove } = scratch();
afterAll(remove);

async function firstFrame(path: string): Promise<Frame> {
  const video = await openVideo(path);
  try {
    for await (const frame of video.frames()) return frame;
  } finally {
    video.close();
  }
  throw new Error('no frame');
}

async function errorOf(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await promise;
  } catch (thrown) {
    const { code, message } = thrown as { code: string; message: string };
    return { code, message };
  }
  throw new Error('nothing was refused');
}

describe('frames and their times', () => {
  beforeAll(async () => {
    await writeClip(at('steady.mp4'), steady(120));
  });

  it('gives every frame back in order, at its time, for its duration', async () => {
    const { numbers, times, durations } = await readNumbers(at('steady.mp4'));
    expect(numbers).toEqual(Array.from({ length: 120 }, (_, i) => i));
    expect(times).toEqual(steady(120));
    expect(new Set(durations)).toEqual(new Set([40_000]));
  });

  it.each([
    ['from a key frame', 2_000_000, 2_400_000, 50, 60],
    ['between key frames', 1_360_000, 1_560_000, 34, 39],
    ['between two frames', 1_350_001, 1_480_000, 34, 37],
    ['over the end', 4_640_000, 9_000_000, 116, 120],
    ['nothing', 1_000_000, 1_000_000, 0, 0],
  ])('seeks %s to the frame', async (_, fromUs, toUs, first, end) => {
    const { numbers } = await readNumbers(at('steady.mp4'), { fromUs, toUs });
    expect(numbers).toEqual(Array.from({ length: end - first }, (_, i) => first + i));
  });

  it('serves several readers of one file at once', async () => {
    const video = await openVideo(at('steady.mp4'));
    const one = video.frames({ toUs: 400_000 });
    const two = video.frames({ fromUs: 2_000_000, toUs: 2_400_000 });
    const seen: number[] = [];
    for (;;) {
      const [a, b] = [await one.next(), await two.next()];
      if (a.done || b.done) break;
      seen.push(numberOf(a.value), numberOf(b.value));
    }
    video.close();
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => (i >> 1) + (i & 1 ? 50 : 0)));
  });

  it('stops early without trouble, and a frame outlives its source', async () => {
    const frame = await firstFrame(at('steady.mp4'));
    expect(numberOf(frame)).toBe(0);
    releaseFrame(frame);
    releaseFrame(frame);
  });

  it.each(['mp4', 'mov', 'webm'])('keeps a variable frame rate in %s', async (kind) => {
    // Whole milliseconds, because that is all a WebM can say.
    const times = [0, 40_000, 80_000, 200_000, 233_000, 500_000, 1_100_000, 1_117_000];
    await writeClip(at(`vfr.${kind}`), times, { last: 83_000 });
    const info = await probe(at(`vfr.${kind}`));
    expect(info.container).toBe(kind);
    expect(info.video?.variableFrameRate).toBe(true);
    expect(info.video?.frameCount).toBe(times.length);
    expect(info.duration).toBeCloseTo(1.2, 2);
    const read = await readNumbers(at(`vfr.${kind}`));
    expect(read.numbers).toEqual(times.map((_, i) => i));
    for (const [i, time] of times.entries()) {
      expect(Math.abs((read.times[i] as number) - time)).toBeLessThan(60);
      const lasts = (times[i + 1] ?? 1_200_000) - time;
      expect(Math.abs((read.durations[i] as number) - lasts)).toBeLessThan(1100);
    }
  });

  it("keeps the odd times of 30000/1001 exactly with the input's clock", async () => {
    const times = Array.from({ length: 40 }, (_, i) => Math.round((i * 1001 * 1e6) / 30_000));
    const path = at('ntsc.mp4');
    const writer = await createVideoWriter(path, {
      width: 64,
      height: 64,
      color: BT709,
      frameRate: 30_000 / 1001,
      timeResolution: 30_000,
    });
    for (const [i, time] of times.entries()) await writer.write(numbered(i, 64, 64, time, 33_367));
    await writer.finish();
    const { video } = await probe(path);
    expect(video?.frameRate).toBeCloseTo(30_000 / 1001, 6);
    expect(video?.variableFrameRate).toBe(false);
    expect((await readNumbers(path)).times).toEqual(times);
  });

  it('writes the same bytes for the same frames', async () => {
    await writeClip(at('again.mp4'), steady(120));
    expect(readFileSync(at('again.mp4')).equals(readFileSync(at('steady.mp4')))).toBe(true);
  });

  it('has copied the pixels when a write resolves', async () => {
    const writer = await createVideoWriter(at('reused.mp4'), { width: 64, height: 64, color: BT709, frameRate: 25 });
    const frame = numbered(0, 64, 64, 0, 40_000);
    for (let i = 0; i < 40; i++) {
      frame.pixels.set(numbered(i, 64, 64, 0, 0).pixels);
      await writer.write({ ...frame, timestamp: i * 40_000 });
    }
    frame.pixels.fill(0);
    await writer.finish();
    expect((await readNumbers(at('reused.mp4'))).numbers).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  it('reads a clip of one frame', async () => {
    await writeClip(at('one.mp4'), [0]);
    const info = await probe(at('one.mp4'));
    expect(info.video?.frameCount).toBe(1);
    expect(info.video?.frameRate).toBeCloseTo(25, 5);
    expect((await readNumbers(at('one.mp4'))).numbers).toEqual([0]);
  });
});

describe('sound', () => {
  const sounds = [
    { codec: 'aac', language: 'eng', start: -1024 / 48_000, count: 100 },
    { codec: 'opus', language: 'deu', start: 0, count: 90 },
  ] as const;

  beforeAll(async () => {
    await writeClip(at('silent.mp4'), steady(50));
    await remux(at('silent.mp4'), at('two.mp4'), { sounds });
    await writeClip(at('silent.webm'), steady(50));
    await remux(at('silent.webm'), at('opus.webm'), { sounds: sounds.slice(1) });
  });

  it.each([
    ['two.mp4', 'copy.mp4', 2],
    ['two.mp4', 'copy.mov', 2],
    ['opus.webm', 'copy.webm', 1],
    ['opus.webm', 'opus.mp4', 1],
    ['silent.mp4', 'silent-copy.mp4', 0],
  ])('copies the packets of %s into %s bit for bit', async (from, to, tracks) => {
    await writeClip(at(to), steady(50), { copyAudioFrom: at(from) });
    const [before, after] = [await soundPackets(at(from)), await soundPackets(at(to))];
    expect(before.length).toBe(tracks);
    expect(after.map((t) => t.map((p) => p.bytes))).toEqual(before.map((t) => t.map((p) => p.bytes)));
    for (const [t, track] of before.entries())
      for (const [i, packet] of track.entries())
        expect(Math.abs((after[t]?.[i]?.time as number) - packet.time)).toBeLessThan(0.0011);
    const info = await probe(at(to));
    expect(info.audio.map((a) => a.language)).toEqual((await probe(at(from))).audio.map((a) => a.language));
    expect((await readNumbers(at(to))).numbers).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('names the codec and the container where sound cannot go over', async () => {
    const { code, message } = await errorOf(writeClip(at('refused.webm'), steady(5), { copyAudioFrom: at('two.mp4') }));
    expect(code).toBe('media.sound-codec');
    expect(message).toMatch(/aac.*WebM/);
    expect(readdirSync(dir).filter((f) => f.includes('refused'))).toEqual([]);
  });
});

describe('joining parts', () => {
  const part = async (name: string, from: number, count: number, width = 64): Promise<string> => {
    const writer = await createVideoWriter(at(name), { width, height: 64, color: BT709, frameRate: 25 });
    for (let i = from; i < from + count; i++) await writer.write(numbered(i, width, 64, i * 40_000, 40_000));
    await writer.finish();
    return at(name);
  };

  it.each(['mp4', 'mov', 'webm'])('makes one %s of three, to the frame and to the microsecond', async (kind) => {
    const parts = [await part(`1.${kind}`, 0, 30), await part(`2.${kind}`, 30, 7), await part(`3.${kind}`, 37, 43)];
    await joinVideos(parts, at(`joined.${kind}`), { frameRate: 25 });
    const { numbers, times } = await readNumbers(at(`joined.${kind}`));
    expect(numbers).toEqual(Array.from({ length: 80 }, (_, i) => i));
    expect(times).toEqual(steady(80));
    const info = await probe(at(`joined.${kind}`));
    expect(info.video).toMatchObject({ frameCount: 80, variableFrameRate: false, color: BT709 });
    expect(info.duration).toBeCloseTo(3.2, 2);
    expect((await readNumbers(at(`joined.${kind}`), { fromUs: 1_400_000, toUs: 1_600_000 })).numbers).toEqual([
      35, 36, 37, 38, 39,
    ]);
  });

  it.each(['mp4', 'mov', 'webm'])('lets a part of a whole begin at 0, as %s', async (kind) => {
    const parts = [await part(`p2.${kind}`, 30, 7), await part(`p3.${kind}`, 37, 43)];
    await joinVideos(parts, at(`part.${kind}`), { frameRate: 25, isPart: true });
    const { numbers, times } = await readNumbers(at(`part.${kind}`));
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, i) => 30 + i));
    expect(times).toEqual(steady(50));
    expect((await probe(at(`part.${kind}`))).duration).toBeCloseTo(2, 2);
  });

  it('brings the sound along and gives the same bytes each time', async () => {
    await writeClip(at('mute.mp4'), steady(50));
    await remux(at('mute.mp4'), at('voice.mp4'), {
      sounds: [{ codec: 'aac', language: 'eng', start: 0, count: 90 }],
    });
    const parts = [await part('a1.mp4', 0, 25), await part('a2.mp4', 25, 25)];
    await joinVideos(parts, at('with.mp4'), { frameRate: 25, copyAudioFrom: at('voice.mp4') });
    const packets = async (name: string): Promise<string[][]> =>
      (await soundPackets(at(name))).map((t) => t.map((p) => p.bytes));
    expect(await packets('with.mp4')).toEqual(await packets('voice.mp4'));
    await joinVideos(parts, at('with2.mp4'), { frameRate: 25, copyAudioFrom: at('voice.mp4') });
    expect(readFileSync(at('with2.mp4')).equals(readFileSync(at('with.mp4')))).toBe(true);
  });

  it('refuses parts that do not belong together', async () => {
    const [one, two] = [await part('b1.mp4', 0, 5), await part('b2.mp4', 5, 5)];
    const other = await part('b3.mp4', 10, 5, 96);
    expect((await errorOf(joinVideos([two, one], at('bad.mp4')))).code).toBe('media.join');
    expect((await errorOf(joinVideos([one, other], at('bad.mp4')))).code).toBe('media.join');
    expect((await errorOf(joinVideos([], at('bad.mp4')))).code).toBe('media.join');
    expect((await errorOf(joinVideos([one, two], one))).code).toBe('media.same-file');
    expect(readdirSync(dir).filter((f) => f.includes('bad.mp4'))).toEqual([]);
  });
});

describe('rotation and size', () => {
  it.each([0, 90, 180, 270] as const)('turns frames upright by %i degrees', async (rotation) => {
    await writeClip(at('flat.mp4'), steady(3), { width: 96, height: 64 });
    await remux(at('flat.mp4'), at(`r${rotation}.mp4`), { rotation });
    const { video } = await probe(at(`r${rotation}.mp4`));
    const quarter = rotation % 180 !== 0;
    expect(video).toMatchObject({ rotation, width: quarter ? 64 : 96, height: quarter ? 96 : 64 });
    const [flat, turned] = [await firstFrame(at('flat.mp4')), await firstFrame(at(`r${rotation}.mp4`))];
    expect([turned.width, turned.height]).toEqual(quarter ? [64, 96] : [96, 64]);
    const [a, b] = [toRgba(flat).pixels, toRgba(turned).pixels];
    const wanted = new Uint8Array(a.length);
    for (let y = 0; y < 64; y++)
      for (let x = 0; x < 96; x++) {
        const [tx, ty] =
          rotation === 0 ? [x, y] : rotation === 90 ? [63 - y, x] : rotation === 180 ? [95 - x, 63 - y] : [y, 95 - x];
        wanted.set(a.subarray((y * 96 + x) * 4, (y * 96 + x) * 4 + 4), (ty * turned.width + tx) * 4);
      }
    expect(meanDifference(wanted, b)).toBe(0);
  });

  it.each([
    ['odd.webm', 65, 43],
    ['odd.mp4', 66, 44],
  ])('writes 65x43 to %s as %ix%i', async (name, width, height) => {
    await writeClip(at(name), steady(5), { width: 65, height: 43 });
    const { video } = await probe(at(name));
    expect([video?.width, video?.height]).toEqual([width, height]);
    const [frame, wanted] = [await firstFrame(at(name)), numbered(0, 65, 43, 0, 0)];
    let worst = 0;
    for (let y = 0; y < 43; y++)
      for (let x = 0; x < 65; x++)
        worst = Math.max(
          worst,
          Math.abs((frame.pixels[y * frame.width + x] as number) - (wanted.pixels[y * 65 + x] as number)),
        );
    expect(worst).toBeLessThan(40);
    // The repeated edge looks like its neighbour.
    const last = frame.width - 1;
    expect(Math.abs((frame.pixels[last] as number) - (frame.pixels[last - 1] as number))).toBeLessThan(12);
  });
});

describe('colour and alpha', () => {
  const colors: ColorInfo[] = [
    BT709,
    { matrix: 'bt601', range: 'limited', primaries: 'smpte170m', transfer: 'smpte170m' },
    { matrix: 'bt601', range: 'limited', primaries: 'bt470bg', transfer: 'smpte170m' },
    { matrix: 'bt709', range: 'full', primaries: 'bt709', transfer: 'iec61966-2-1' },
    { matrix: 'bt2020', range: 'limited', primaries: 'bt2020', transfer: 'bt709' },
  ];
  it.each(
    ['mp4', 'webm'].flatMap((kind) => colors.map((c) => [kind, `${c.matrix} ${c.range} ${c.primaries}`, c] as const)),
  )('keeps the tags in %s: %s', async (kind, _, color) => {
    const path = at(`color.${kind}`);
    await writeClip(path, steady(2), { color });
    expect((await probe(path)).video?.color).toEqual(color);
    const frame = await firstFrame(path);
    // Range kept means: not scaled on the way.
    expect(meanDifference(frame.pixels, numbered(0, 64, 64, 0, 0).pixels)).toBeLessThan(1.5);
  });

  it('writes RGBA frames in the colour asked for', async () => {
    const pixels = new Uint8Array(64 * 64 * 4);
    for (let i = 0; i < 64 * 64; i++) pixels.set([200, 60, 30, 255], i * 4);
    const writer = await createVideoWriter(at('rgb.mp4'), { width: 64, height: 64, color: SRGB, frameRate: 25 });
    await writer.write(rgbaFrame(pixels, 64, 64, 0, 40_000));
    await writer.finish();
    const back = toRgba(await firstFrame(at('rgb.mp4')));
    for (const [c, wanted] of [200, 60, 30].entries())
      expect(Math.abs((back.pixels[(32 * 64 + 32) * 4 + c] as number) - wanted)).toBeLessThan(4);
  });

  it('carries alpha through WebM', async () => {
    const pixels = new Uint8Array(64 * 64 * 4);
    for (let y = 0; y < 64; y++) for (let x = 0; x < 64; x++) pixels.set([180, 90, 40, x * 4], (y * 64 + x) * 4);
    const path = at('alpha.webm');
    const options = { width: 64, height: 64, color: BT709, frameRate: 25, alpha: true } as const;
    const writer = await createVideoWriter(path, options);
    for (let i = 0; i < 3; i++) await writer.write(rgbaFrame(pixels, 64, 64, i * 40_000, 40_000));
    await writer.finish();
    expect((await probe(path)).video?.alpha).toBe(true);
    const frame = await firstFrame(path);
    expect(frame.format).toBe('rgba');
    for (const x of [4, 20, 40, 60])
      expect(Math.abs((frame.pixels[(30 * 64 + x) * 4 + 3] as number) - x * 4)).toBeLessThan(8);
    expect(Math.abs((frame.pixels[(30 * 64 + 60) * 4] as number) - 180)).toBeLessThan(12);
  });

  it('refuses to lose alpha', async () => {
    const options = { width: 64, height: 64, color: BT709, frameRate: 25 };
    expect((await errorOf(createVideoWriter(at('a.mp4'), { ...options, alpha: true }))).code).toBe('media.alpha');
    const writer = await createVideoWriter(at('a.mp4'), options);
    const glass = rgbaFrame(new Uint8Array(64 * 64 * 4).fill(128), 64, 64);
    expect((await errorOf(writer.write(glass))).code).toBe('media.alpha');
    await writer.abort();
    expect(readdirSync(dir).filter((f) => f.includes('a.mp4'))).toEqual([]);
  });
});

describe('pictures', () => {
  it.each(['png', 'webp', 'jpg'])('writes and reads %s', async (kind) => {
    const frame = toRgba(numbered(5, 65, 43, 0, 0));
    await writePicture(at(`p.${kind}`), frame);
    expect(await probe(at(`p.${kind}`))).toMatchObject({ kind: 'picture', video: { width: 65, height: 43 } });
    const back = await readPicture(at(`p.${kind}`));
    expect([back.width, back.height, back.format]).toEqual([65, 43, 'rgba']);
    expect(meanDifference(back.pixels, frame.pixels)).toBeLessThan(kind === 'png' ? 0.01 : 3);
  });

  it('turns a picture upright by its EXIF note', async () => {
    await writePicture(at('plain.jpg'), toRgba(numbered(5, 64, 32, 0, 0)), 95);
    const plain = readFileSync(at('plain.jpg'));
    // APP1 with one TIFF entry: orientation 6, turn by 90 degrees clockwise.
    const exif = Buffer.from(
      'ffe1002245786966000049492a0008000000010012010300010000000600000000000000'.slice(0, 72),
      'hex',
    );
    writeFileSync(at('turned.jpg'), Buffer.concat([plain.subarray(0, 2), exif, plain.subarray(2)]));
    const turned = await readPicture(at('turned.jpg'));
    expect([turned.width, turned.height]).toEqual([32, 64]);
    const flat = await readPicture(at('plain.jpg'));
    const [from, to] = [(3 * 64 + 10) * 4, (10 * 32 + 28) * 4];
    expect(Math.abs((flat.pixels[from] as number) - (turned.pixels[to] as number))).toBeLessThan(6);
  });
});

describe('a named quality', () => {
  const [width, height, frames] = [256, 128, 16];

  /** Mean error of luma in the left half, a pattern that drifts; the right half is flat, or noise that is new in every frame. */
  async function leftError(path: string, busy: boolean, quality: Quality): Promise<number> {
    const random = new Random(4);
    const pattern = Uint8Array.from({ length: 1 << 15 }, () => 90 + random.int(60));
    const sent: Uint8Array[] = [];
    const writer = await createVideoWriter(path, { width, height, color: BT709, frameRate: 25, quality });
    for (let n = 0; n < frames; n++) {
      const pixels = new Uint8Array(i420Size(width, height)).fill(128);
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const right = busy ? 20 + random.int(215) : 128;
          pixels[y * width + x] = x < width / 2 ? (pattern[(y >> 2) * 64 + ((x + n) >> 2)] as number) : right;
        }
      sent.push(pixels.slice(0, width * height));
      await writer.write({
        timestamp: n * 40_000,
        duration: 40_000,
        width,
        height,
        format: 'i420',
        pixels,
        color: BT709,
      });
    }
    await writer.finish();
    const video = await openVideo(path);
    let sum = 0;
    let n = 0;
    for await (const frame of video.frames()) {
      const luma = lumaOf(frame);
      // 16 columns beside the border stay out: motion and filters reach over it.
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width / 2 - 16; x++) {
          const i = y * width + x;
          sum += Math.abs((luma[i] as number) - (sent[n]?.[i] ?? Number.NaN));
        }
      n++;
      releaseFrame(frame);
    }
    video.close();
    return sum / (n * height * (width / 2 - 16));
  }

  it.each(['draft', 'good'] as const)(
    '%s takes nothing from one half of the picture for what goes on in the other',
    async (quality) => {
      const calm = await leftError(at('calm.mp4'), false, quality);
      const busy = await leftError(at('busy.mp4'), true, quality);
      expect(calm).toBeGreaterThan(0.1);
      expect(busy / calm).toBeLessThan(1.05);
    },
  );
});
