/** Bad input and bad places to write to: one clear error each, nothing half-written. */

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BT709,
  createVideoWriter,
  openVideo,
  probe,
  readPicture,
  rgbaFrame,
  writePicture,
} from '../src/media/index.js';
import { hasFfmpeg, numbered, remux, scratch, steady, writeClip } from './media-clips.js';

const { at, dir, remove } = scratch();
afterAll(remove);
const root = process.getuid?.() === 0;

beforeAll(async () => {
  await writeClip(at('good.mp4'), steady(60));
  await remux(at('good.mp4'), at('front.mp4'), { fastStart: true });
  await writeClip(at('good.webm'), steady(60));
  await remux(at('good.webm'), at('good.mkv'));
  const good = readFileSync(at('good.mp4'));
  const front = readFileSync(at('front.mp4'));
  const webm = readFileSync(at('good.webm'));
  writeFileSync(at('zero.mp4'), '');
  writeFileSync(at('one-byte.mp4'), 'x');
  writeFileSync(at('text.mp4'), 'This is not a video, whatever its name says.\n'.repeat(50));
  writeFileSync(
    at('noise.mp4'),
    Uint8Array.from({ length: 4000 }, (_, i) => (i * i * 31 + 7) & 255),
  );
  writeFileSync(at('playlist.mp4'), '#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n');
  writeFileSync(at('no-index.mp4'), good.subarray(0, good.length - 3000));
  writeFileSync(at('half-front.mp4'), front.subarray(0, Math.round(front.length * 0.7)));
  writeFileSync(at('head-only.mp4'), good.subarray(0, 40));
  writeFileSync(at('half.webm'), webm.subarray(0, Math.round(webm.length / 2)));
  // Keeps the index, breaks every frame.
  const scrambled = Buffer.from(front);
  const data = scrambled.indexOf('mdat') + 4;
  for (let i = data; i < scrambled.length; i++) scrambled[i] = (i * 197 + (i >> 3)) & 255;
  writeFileSync(at('scrambled.mp4'), scrambled);
  await writePicture(at('picture.png'), rgbaFrame(new Uint8Array(32 * 32 * 4).fill(255), 32, 32));
  writeFileSync(at('picture.mp4'), readFileSync(at('picture.png')));
  writeFileSync(at('half.png'), readFileSync(at('picture.png')).subarray(0, 60));
  writeFileSync(at('video.png'), good);
  writeFileSync(at('sound.mp4'), wav(8000));
  mkdirSync(at('folder.mp4'));
});

/** One second of 16-bit silence. */
function wav(rate: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + rate * 2, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(rate * 2, 40);
  return Buffer.concat([head, Buffer.alloc(rate * 2)]);
}

async function failure(work: () => Promise<unknown>): Promise<{ code: string; message: string; name: string }> {
  try {
    await work();
  } catch (thrown) {
    const { code, message, name } = thrown as { code: string; message: string; name: string };
    return { code, message, name };
  }
  return { code: 'none', message: 'nothing was refused', name: '' };
}

/** Opens a video and reads all of it. */
async function readAll(path: string): Promise<void> {
  const video = await openVideo(path);
  try {
    for await (const _ of video.frames());
  } finally {
    video.close();
  }
}

describe('reading', () => {
  it.each([
    ['zero bytes', 'zero.mp4', 'media.empty'],
    ['one byte', 'one-byte.mp4', 'media.unknown-format'],
    ['text', 'text.mp4', 'media.unknown-format'],
    ['noise', 'noise.mp4', 'media.unknown-format'],
    ['a playlist that names other files', 'playlist.mp4', 'media.unknown-format'],
    ['no index at the end', 'no-index.mp4', 'media.truncated'],
    ['only the first 40 bytes', 'head-only.mp4', 'media.truncated'],
    ['cut short behind the index', 'half-front.mp4', 'media.truncated'],
    ['half a WebM', 'half.webm', 'media.no-frames'],
    ['frames of noise', 'scrambled.mp4', 'media.damaged'],
    ['a picture', 'picture.png', 'media.picture'],
    ['a picture called a video', 'picture.mp4', 'media.picture'],
    ['sound only', 'sound.mp4', 'media.no-video'],
    ['a folder', 'folder.mp4', 'file.directory'],
    ['nothing there', 'missing.mp4', 'file.missing'],
    ['a file where a folder should be', 'good.mp4/clip.mp4', 'file.path'],
  ])('refuses %s', async (_, name, code) => {
    const found = await failure(() => readAll(at(name)));
    expect(found).toMatchObject({ code, name: 'LikenessError' });
    expect(found.message).toContain(name);
    expect(found.message).not.toContain('\n');
  });

  it('looks at contents, not names', async () => {
    expect(await probe(at('video.png'))).toMatchObject({ kind: 'video', container: 'mp4' });
    expect(await probe(at('picture.mp4'))).toMatchObject({ kind: 'picture', container: 'png' });
    expect(await probe(at('sound.mp4'))).toMatchObject({ kind: 'audio', container: 'wav' });
    expect(await probe(at('good.mkv'))).toMatchObject({ kind: 'video', container: 'mkv' });
  });

  it.each([
    ['half a picture', 'half.png', 'media.damaged'],
    ['a video', 'good.mp4', 'media.not-picture'],
    ['text', 'text.mp4', 'media.not-picture'],
    ['nothing there', 'missing.png', 'file.missing'],
  ])('refuses as a picture: %s', async (_, name, code) => {
    expect(await failure(() => readPicture(at(name)))).toMatchObject({ code, name: 'LikenessError' });
  });

  it.skipIf(root || process.platform === 'win32')('says when a file may not be read', async () => {
    writeFileSync(at('secret.mp4'), readFileSync(at('good.mp4')));
    chmodSync(at('secret.mp4'), 0);
    expect((await failure(() => probe(at('secret.mp4')))).code).toBe('file.permission');
  });

  it('needs ffmpeg for MPEG-1, and says so in one sentence where it is missing', async () => {
    writeFileSync(at('old.mpg'), Buffer.concat([Buffer.from([0, 0, 1, 0xba]), Buffer.alloc(2000, 7)]));
    process.env['LIKENESS_FFMPEG'] = at('no-such-program');
    try {
      const found = await failure(() => probe(at('old.mpg')));
      expect(found.code).toBe('media.needs-ffmpeg');
      expect(found.message).toMatch(/old\.mpg.*MPEG.*damaged.*ffmpeg/);
    } finally {
      delete process.env['LIKENESS_FFMPEG'];
    }
    if (hasFfmpeg) expect((await failure(() => probe(at('old.mpg')))).code).toBe('media.damaged');
  });
});

describe('writing', () => {
  const options = { width: 64, height: 64, color: BT709, frameRate: 25 };
  const leftovers = (folder: string): string[] =>
    readdirSync(folder).filter((f) => f.startsWith('.') || f.includes('.part'));

  it.each([
    ['an unknown ending', 'out.avi', 'media.output-format'],
    ['no ending', 'out', 'media.output-format'],
    ['a folder', 'folder.mp4', 'file.directory'],
    ['a place inside a file', 'good.mp4/out.mp4', 'file.path'],
  ])('refuses %s', async (_, name, code) => {
    expect(await failure(() => createVideoWriter(at(name), options))).toMatchObject({ code, name: 'LikenessError' });
    expect(leftovers(dir)).toEqual([]);
  });

  it('refuses a codec that does not belong into the container', async () => {
    const found = await failure(() => createVideoWriter(at('x.webm'), { ...options, codec: 'h264' }));
    expect(found.code).toBe('media.output-format');
  });

  it('refuses the input as output, also through links', async () => {
    linkSync(at('good.mp4'), at('hard.mp4'));
    symlinkSync(at('good.mp4'), at('soft.mp4'));
    const before = readFileSync(at('good.mp4'));
    for (const name of ['good.mp4', 'hard.mp4', 'soft.mp4'])
      expect(
        (await failure(() => createVideoWriter(at(name), { ...options, copyAudioFrom: at('good.mp4') }))).code,
      ).toBe('media.same-file');
    expect(readFileSync(at('good.mp4')).equals(before)).toBe(true);
  });

  it('refuses a missing sound file and leaves nothing', async () => {
    const found = await failure(() =>
      createVideoWriter(at('quiet.mp4'), { ...options, copyAudioFrom: at('gone.mp4') }),
    );
    expect(found.code).toBe('file.missing');
    expect(existsSync(at('quiet.mp4'))).toBe(false);
    expect(leftovers(dir)).toEqual([]);
  });

  it.each([
    ['no frame at all', async () => undefined, 'media.no-frames'],
    ['a frame of another size', async (w: Writer) => w.write(numbered(0, 32, 32, 0, 1)), 'media.bad-frame'],
    [
      'time standing still',
      async (w: Writer) => {
        await w.write(numbered(0, 64, 64, 40_000, 1));
        await w.write(numbered(1, 64, 64, 40_000, 1));
      },
      'media.bad-frame',
    ],
    ['time before zero', async (w: Writer) => w.write(numbered(0, 64, 64, -5, 1)), 'media.bad-frame'],
    [
      'too few bytes',
      async (w: Writer) => {
        await w.write({ ...numbered(0, 64, 64, 0, 1), pixels: new Uint8Array(10) });
      },
      'media.bad-frame',
    ],
  ])('refuses %s', async (_, use, code) => {
    const writer = await createVideoWriter(at('refused.mp4'), options);
    const found = await failure(async () => {
      await use(writer);
      await writer.finish();
    });
    await writer.abort();
    expect(found).toMatchObject({ code, name: 'LikenessError' });
    expect(existsSync(at('refused.mp4'))).toBe(false);
    expect(leftovers(dir)).toEqual([]);
  });
  type Writer = Awaited<ReturnType<typeof createVideoWriter>>;

  it('leaves an older file alone until the new one is whole', async () => {
    writeFileSync(at('older.mp4'), 'older');
    const writer = await createVideoWriter(at('older.mp4'), options);
    await writer.write(numbered(0, 64, 64, 0, 40_000));
    expect(readFileSync(at('older.mp4'), 'utf8')).toBe('older');
    await writer.abort();
    await writer.abort();
    expect(readFileSync(at('older.mp4'), 'utf8')).toBe('older');
    expect(leftovers(dir)).toEqual([]);
    expect((await failure(() => writer.finish())).code).toBe('media.bad-argument');
  });

  it('refuses a read-only folder', async (context) => {
    const folder = at('locked');
    mkdirSync(folder, { mode: 0o500 });
    // Permissions do not stop root; a read-only file system does.
    const mounted = root && spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'none', folder]).status === 0;
    if (!mounted && (root || process.platform === 'win32')) return context.skip('needs a read-only folder');
    try {
      expect((await failure(() => createVideoWriter(join(folder, 'o.mp4'), options))).code).toBe('file.permission');
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      if (mounted) spawnSync('umount', [folder]);
    }
  });

  it('says when the disk is full, and leaves nothing behind', async (context) => {
    const disk = at('disk');
    mkdirSync(disk);
    // A file system of 400 KB; only root may make one.
    const mounted =
      process.platform === 'linux' &&
      root &&
      spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'none', disk]).status === 0;
    if (!mounted) return context.skip('needs root on Linux for a small disk');
    try {
      const big = { ...options, width: 320, height: 240, quality: { crf: 1 } } as const;
      const found = await failure(async () => {
        const writer = await createVideoWriter(join(disk, 'full.mp4'), big);
        try {
          for (let i = 0; i < 200; i++) {
            const frame = numbered(i, 320, 240, i * 40_000, 40_000);
            for (let k = 0; k < frame.pixels.length; k++) frame.pixels[k] = (k * 7919 * (i + 1)) >> 5;
            await writer.write(frame);
          }
          await writer.finish();
        } finally {
          await writer.abort();
        }
      });
      expect(found).toMatchObject({ code: 'file.full', name: 'LikenessError' });
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      spawnSync('umount', [disk]);
    }
  });

  it('reads a file that shrinks under its reader as damaged, not as a crash', async () => {
    writeFileSync(at('shrinks.mp4'), readFileSync(at('front.mp4')));
    const video = await openVideo(at('shrinks.mp4'));
    truncateSync(at('shrinks.mp4'), Math.round(statSync(at('shrinks.mp4')).size * 0.5));
    const found = await failure(async () => {
      for await (const _ of video.frames());
    });
    video.close();
    // Small files may be in memory already; then all is well.
    expect(['media.damaged', 'none']).toContain(found.code);
  });
});
