/**
 * Files made by somebody else: codecs, depths, colours and containers as the system's ffmpeg writes them, and its
 * decoder as the judge of ours. Everything here is skipped with one line where ffmpeg is missing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVideoWriter, type Frame, openVideo, probe, releaseFrame, toRgba } from '../src/media/index.js';
import { ffmpeg, hasFfmpeg, meanDifference, scratch, soundPackets } from './media-clips.js';

const { at, remove } = scratch();
const clips = new URL('../../shared/data/clips/', import.meta.url);
const oldTemp = process.env['TMPDIR'];
beforeAll(() => {
  // Imports are cached in the temporary folder: these tests must see their own.
  mkdirSync(at('tmp'));
  process.env['TMPDIR'] = at('tmp');
});
afterAll(() => {
  if (oldTemp === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = oldTemp;
  remove();
});

const picture = (size: string, seconds: number): string[] => [
  '-f',
  'lavfi',
  '-i',
  `testsrc2=size=${size}:rate=25:duration=${seconds}`,
];
const plain = (size: string): string[] => ['-f', 'lavfi', '-i', `color=orange:size=${size}:rate=25:duration=0.04`];
const tone = (hertz: number): string[] => ['-f', 'lavfi', '-i', `sine=${hertz}:duration=1:sample_rate=48000`];

async function frames(path: string): Promise<Frame[]> {
  const video = await openVideo(path);
  const found: Frame[] = [];
  for await (const frame of video.frames()) found.push(frame);
  video.close();
  return found;
}

/** All frames as ffmpeg decodes them, in one of its pixel formats. */
function judged(path: string, format: string): Buffer {
  const done = spawnSync(
    'ffmpeg',
    ['-v', 'error', '-nostdin', '-i', path, '-f', 'rawvideo', '-pix_fmt', format, '-fps_mode', 'passthrough', '-'],
    {
      maxBuffer: 1 << 28,
    },
  );
  return done.stdout;
}

async function refusal(path: string): Promise<string> {
  try {
    await frames(path);
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
  return 'none';
}

const x264 = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p'];
const x265 = ['-c:v', 'libx265', '-x265-params', 'log-level=none'];

describe.skipIf(!hasFfmpeg)('files made by ffmpeg (skipped where it is not installed)', () => {
  it.each([
    ['H.264 with B-frames', 'h264.mp4', x264],
    ['H.264 in QuickTime', 'h264.mov', x264],
    ['H.264 in Matroska', 'h264.mkv', x264],
    ['H.264 in fragments', 'fragments.mp4', [...x264, '-movflags', 'frag_keyframe+empty_moov']],
    ['HEVC', 'hevc.mp4', [...x265, '-pix_fmt', 'yuv420p']],
    ['VP8', 'vp8.webm', ['-c:v', 'libvpx', '-b:v', '1M']],
    ['VP9', 'vp9.webm', ['-c:v', 'libvpx-vp9', '-cpu-used', '8', '-deadline', 'realtime']],
    ['AV1', 'av1.mp4', ['-c:v', 'libaom-av1', '-cpu-used', '8', '-usage', 'realtime']],
  ])('decodes %s to the same bytes as ffmpeg', async (_, name, codec) => {
    ffmpeg(...picture('162x90', 1), ...codec, at(name));
    const ours = await frames(at(name));
    const wanted = judged(at(name), 'yuv420p');
    expect(ours.length).toBe(25);
    expect(Buffer.concat(ours.map((f) => f.pixels)).equals(wanted)).toBe(true);
    const first = ours[0]?.timestamp ?? -1;
    for (const [i, frame] of ours.entries()) expect(Math.abs(frame.timestamp - first - i * 40_000)).toBeLessThan(2);
    expect((await probe(at(name))).video).toMatchObject({ frameCount: 25, variableFrameRate: false });
  });

  it.each([
    ['HEVC', 'open.mp4', [...x265, '-pix_fmt', 'yuv420p', '-x265-params', 'log-level=none:keyint=24:open-gop=1']],
    ['H.264', 'open.mkv', [...x264, '-x264-params', 'keyint=24:open-gop=1:bframes=4']],
  ])('seeks in open groups of pictures to the same bytes: %s', async (_, name, codec) => {
    ffmpeg(...picture('160x90', 3), ...codec, at(name));
    const all = await frames(at(name));
    const video = await openVideo(at(name));
    for (let i = 3; i < 70; i += 11) {
      const from = all[i]?.timestamp ?? 0;
      let k = i;
      for await (const frame of video.frames({ fromUs: from, toUs: from + 150_000 })) {
        expect(frame.timestamp).toBe(all[k]?.timestamp);
        expect(Buffer.from(frame.pixels).equals(all[k]?.pixels as Uint8Array)).toBe(true);
        k++;
      }
      expect(k).toBe(i + 4);
    }
    video.close();
  });

  it('makes 8 bits of 10', async () => {
    ffmpeg(...picture('160x90', 0.4), ...x264, '-pix_fmt', 'yuv420p10le', at('ten.mp4'));
    expect((await probe(at('ten.mp4'))).video?.bitDepth).toBe(10);
    const ours = await frames(at('ten.mp4'));
    expect(meanDifference(Buffer.concat(ours.map((f) => f.pixels)), judged(at('ten.mp4'), 'yuv420p'))).toBeLessThan(1);
  });

  it.each([
    ['PQ', 'pq.mp4', 'smpte2084'],
    ['HLG', 'hlg.mp4', 'arib-std-b67'],
  ])('refuses high dynamic range by name: %s', async (_, name, transfer) => {
    const params = `log-level=none:colorprim=bt2020:transfer=${transfer}:colormatrix=bt2020nc`;
    ffmpeg(...picture('160x90', 0.2), '-c:v', 'libx265', '-pix_fmt', 'yuv420p10le', '-x265-params', params, at(name));
    expect(await refusal(at(name))).toBe('media.hdr');
  });

  it('reads full range and 4:4:4 without touching the range', async () => {
    ffmpeg(
      ...picture('160x90', 0.2),
      '-vf',
      'scale=out_range=full,format=yuvj420p',
      '-c:v',
      'libx264',
      '-color_range',
      'pc',
      at('full.mp4'),
    );
    expect((await probe(at('full.mp4'))).video?.color.range).toBe('full');
    const full = await frames(at('full.mp4'));
    expect(Buffer.concat(full.map((f) => f.pixels)).equals(judged(at('full.mp4'), 'yuvj420p'))).toBe(true);
    ffmpeg(...picture('160x90', 0.2), '-c:v', 'libx264', '-pix_fmt', 'yuv444p', at('444.mp4'));
    const whole = await frames(at('444.mp4'));
    expect(meanDifference(Buffer.concat(whole.map((f) => f.pixels)), judged(at('444.mp4'), 'yuv420p'))).toBeLessThan(1);
  });

  it('reads RGB video and ProRes with alpha as RGBA', async () => {
    ffmpeg(...picture('160x90', 0.2), '-c:v', 'libx264rgb', '-crf', '0', '-pix_fmt', 'rgb24', at('rgb.mp4'));
    const rgb = await frames(at('rgb.mp4'));
    expect(rgb[0]?.format).toBe('rgba');
    expect(meanDifference(Buffer.concat(rgb.map((f) => f.pixels)), judged(at('rgb.mp4'), 'rgba'))).toBe(0);
    const glass = ['-vf', "format=yuva444p10le,geq=lum='p(X,Y)':cb='p(X,Y)':cr='p(X,Y)':a='1023*X/W'"];
    ffmpeg(...picture('160x90', 0.2), ...glass, '-c:v', 'prores_ks', '-profile:v', '4444', at('prores.mov'));
    const [first] = await frames(at('prores.mov'));
    for (const x of [10, 80, 150])
      expect(Math.abs((first?.pixels[(40 * 160 + x) * 4 + 3] ?? 0) - (255 * x) / 160)).toBeLessThan(4);
  });

  it('reads VP9 with alpha', async () => {
    const glass = ['-vf', "format=yuva420p,geq=lum='p(X,Y)':cb='p(X,Y)':cr='p(X,Y)':a='255*X/W'"];
    ffmpeg(
      ...picture('160x90', 0.2),
      ...glass,
      '-c:v',
      'libvpx-vp9',
      '-pix_fmt',
      'yuva420p',
      '-auto-alt-ref',
      '0',
      at('a.webm'),
    );
    const [first] = await frames(at('a.webm'));
    expect(first?.format).toBe('rgba');
    for (const x of [10, 80, 150])
      expect(Math.abs((first?.pixels[(40 * 160 + x) * 4 + 3] ?? 0) - (255 * x) / 160)).toBeLessThan(8);
  });

  it('makes pixels square', async () => {
    ffmpeg(...picture('120x90', 0.2), '-vf', 'setsar=4/3', ...x264, at('wide.mp4'));
    const [first] = await frames(at('wide.mp4'));
    expect([first?.width, first?.height]).toEqual([160, 90]);
    // testsrc2 is not symmetric: compare with ffmpeg's own scaling.
    ffmpeg('-i', at('wide.mp4'), '-vf', 'scale=160:90,setsar=1', '-frames:v', '1', at('square.png'));
    const wanted = judged(at('square.png'), 'rgba');
    expect(meanDifference(toRgba(first as Frame).pixels, wanted)).toBeLessThan(4);
  });

  it('shows what an edit list leaves, from zero on', async () => {
    ffmpeg(...picture('160x90', 2), ...x264, at('whole.mp4'));
    ffmpeg('-ss', '0.5', '-i', at('whole.mp4'), '-c', 'copy', at('cut.mp4'));
    const [whole, cut] = [await frames(at('whole.mp4')), await frames(at('cut.mp4'))];
    expect(cut[0]?.timestamp).toBe(0);
    expect((await probe(at('cut.mp4'))).video?.frameCount).toBe(cut.length);
    const last = whole.at(-1)?.pixels as Uint8Array;
    expect(Buffer.from(cut.at(-1)?.pixels as Uint8Array).equals(last)).toBe(true);
    expect(Math.abs(cut.length - 38)).toBeLessThanOrEqual(1);
  });

  it('copies two real sound tracks bit for bit and keeps the colour tags', async () => {
    const sounds = [
      '-map',
      '0',
      '-map',
      '1',
      '-map',
      '2',
      '-c:a:0',
      'aac',
      '-c:a:1',
      'libopus',
      '-metadata:s:a:1',
      'language=deu',
    ];
    const tags = [
      '-colorspace',
      'bt470bg',
      '-color_primaries',
      'bt470bg',
      '-color_trc',
      'smpte170m',
      '-color_range',
      'tv',
    ];
    ffmpeg(...picture('160x90', 1), ...tone(440), ...tone(880), ...sounds, ...x264, ...tags, at('two.mkv'));
    const source = await openVideo(at('two.mkv'));
    const { video } = source.info;
    if (!video) throw new Error('no video');
    const writer = await createVideoWriter(at('two.mp4'), {
      ...{ width: video.width, height: video.height, color: video.color, frameRate: video.frameRate },
      copyAudioFrom: at('two.mkv'),
    });
    for await (const frame of source.frames()) {
      await writer.write(frame);
      releaseFrame(frame);
    }
    await writer.finish();
    source.close();
    const [before, after] = [await soundPackets(at('two.mkv')), await soundPackets(at('two.mp4'))];
    expect(after.map((t) => t.map((p) => p.bytes))).toEqual(before.map((t) => t.map((p) => p.bytes)));
    const out = await probe(at('two.mp4'));
    expect(out.audio.map((a) => [a.codec, a.language])).toEqual([
      ['aac', 'und'],
      ['opus', 'deu'],
    ]);
    expect(out.video?.color).toEqual(video.color);
    const shown = spawnSync('ffprobe', ['-v', 'error', '-show_streams', at('two.mp4')], { encoding: 'utf8' }).stdout;
    for (const line of [
      'color_space=bt470bg',
      'color_primaries=bt470bg',
      'color_transfer=smpte170m',
      'color_range=tv',
      'nb_frames=25',
    ])
      expect(shown).toContain(line);
  });

  it('reads one frame of 8K and refuses more', async () => {
    ffmpeg(...plain('7680x4320'), ...x264, '-preset', 'ultrafast', at('8k.mp4'));
    const [first] = await frames(at('8k.mp4'));
    expect([first?.width, first?.height]).toEqual([7680, 4320]);
    ffmpeg(...plain('9000x4500'), ...x264, '-preset', 'ultrafast', at('9k.mp4'));
    expect(await refusal(at('9k.mp4'))).toBe('media.too-large');
  });

  it.each([
    ['MPEG-1', 'x.mpg', ['-c:v', 'mpeg1video', '-q:v', '2', '-c:a', 'mp2'], 'mpeg'],
    ['AVI', 'x.avi', ['-c:v', 'mjpeg', '-q:v', '2', '-pix_fmt', 'yuvj420p', '-c:a', 'libmp3lame'], 'avi'],
    ['MPEG-4 part 2 in MP4', 'part2.mp4', ['-c:v', 'mpeg4', '-q:v', '2', '-c:a', 'aac'], 'mp4'],
  ])('imports %s with its sound, once, and without ffmpeg', async (_, name, codecs, container) => {
    process.env['LIKENESS_FFMPEG'] = at('no-such-program');
    ffmpeg(...picture('160x96', 1), ...tone(440), ...codecs, at(name));
    const info = await probe(at(name));
    expect(info).toMatchObject({ container, kind: 'video', video: { width: 160, height: 96 } });
    expect(info.audio.length).toBe(1);
    expect(Math.abs((info.video?.frameCount ?? 0) - 25)).toBeLessThanOrEqual(1);
    const cache = `${at('tmp')}/${readdirSync(at('tmp'))[0]}`;
    const before = readdirSync(cache);
    expect(before.some((f) => f.includes('.part'))).toBe(false);
    const ours = await frames(at(name));
    // An AVI may begin with an empty chunk: then a frame stands one place later.
    const full = info.video?.color.range === 'full';
    expect(full).toBe(name === 'x.avi');
    const wanted = judged(at(name), full ? 'yuvj420p' : 'yuv420p');
    const near = [4, 5].map((i) =>
      meanDifference((ours[5] as Frame).pixels, wanted.subarray(i * 23040, (i + 1) * 23040)),
    );
    expect(Math.min(...near)).toBeLessThan(2);
    expect(readdirSync(cache)).toEqual(before);
    delete process.env['LIKENESS_FFMPEG'];
  });

  it.skipIf(!existsSync(clips))('reads the MPEG-1 clips of ../shared/data (skipped where it is missing)', async () => {
    const name = readdirSync(clips).find((f) => f.endsWith('.mpg')) as string;
    const path = new URL(name, clips).pathname;
    const info = await probe(path);
    expect(info).toMatchObject({ video: { width: 360, height: 288, frameCount: 75, frameRate: 25 } });
    expect(info.audio.length).toBe(1);
    expect((await frames(path)).length).toBe(75);
    expect(readFileSync(path).length).toBe(info.bytes);
  });
});

if (!hasFfmpeg) console.log('media-ffmpeg: skipped, ffmpeg is not installed');
