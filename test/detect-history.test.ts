/** File history: what is read from files of known making, and hostile files that must not hurt. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, performance, writeActorClip } from '../src/actors/index.js';
import { Random } from '../src/base/index.js';
import { nearestQuality, standardTable } from '../src/detect/detectors/history/jpeg-tables.js';
import { history } from '../src/detect/detectors/history.js';
import type { Examination, Material } from '../src/detect/index.js';
import { encodePicture, type Frame, probe, readPicture, rgbaFrame } from '../src/media/index.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'likeness-history-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const unused = (): never => {
  throw new Error('the history needs no net and no sound');
};

async function look(name: string, bytes?: Uint8Array): Promise<Examination> {
  const path = join(folder, name);
  if (bytes) writeFileSync(path, bytes);
  const info = await probe(path).catch(() => ({ kind: 'picture' }) as Material['info']);
  const frame = info.kind === 'picture' ? await readPicture(path).catch(() => null) : null;
  return history.examine({
    path,
    medium: info.kind === 'audio' ? 'sound' : info.kind,
    info,
    stills: frame ? [{ frame, time: 0, faces: [] }] : [],
    people: [],
    motion: [],
    sound: unused,
    net: unused,
    copy: 'original',
  });
}

const claims = (e: Examination): string => e.findings.map((f) => f.claim).join('\n');

/** Soft shapes with grain: spectra like those of photographs. */
function scene(seed: number, side = 256): Frame {
  const random = new Random(seed);
  const spots = Array.from(
    { length: 16 },
    () => [random.float(), random.float(), random.range(0.01, 0.2), random.range(-1, 1)] as const,
  );
  const pixels = new Uint8Array(4 * side * side).fill(255);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const v = spots.reduce(
        (s, [u, w, r, a]) => s + a * Math.exp(-((x / side - u) ** 2 + (y / side - w) ** 2) / (r * r)),
        0,
      );
      const grain = random.range(-6, 6) + random.range(-6, 6);
      for (let c = 0; c < 3; c++)
        pixels[4 * (y * side + x) + c] = Math.max(0, Math.min(255, 120 + 70 * v + grain + 8 * c));
    }
  return rgbaFrame(pixels, side, side);
}

const chunk = (type: string, body: Buffer): Buffer => {
  const out = Buffer.alloc(12 + body.length);
  out.writeUInt32BE(body.length, 0);
  out.write(type, 4, 'latin1');
  body.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + body.length)) >>> 0, 8 + body.length);
  return out;
};

async function pngWith(...chunks: Buffer[]): Promise<Buffer> {
  const png = Buffer.from(await encodePicture(scene(1, 32), 'png'));
  return Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)]);
}

/** Exif with a camera, a program and a thumbnail, as an APP1 segment. */
function exifSegment(thumbnail: Uint8Array): Buffer {
  const texts = [
    [0x010f, 'Acme'],
    [0x0110, 'Box 1'],
    [0x0131, 'Retouch 3'],
  ] as const;
  const at = 8 + 2 + 12 * texts.length + 4;
  const second = at + 64;
  const body = second + 2 + 24 + 4;
  const tiff = Buffer.alloc(body + thumbnail.length);
  tiff.write('II*\0', 0, 'latin1');
  tiff.writeUInt32LE(8, 4);
  tiff.writeUInt16LE(texts.length, 8);
  texts.forEach(([tag, text], i) => {
    const e = 10 + 12 * i;
    tiff.writeUInt16LE(tag, e);
    tiff.writeUInt16LE(2, e + 2);
    tiff.writeUInt32LE(text.length + 1, e + 4);
    tiff.writeUInt32LE(at + 16 * i, e + 8);
    tiff.write(text, at + 16 * i, 'latin1');
  });
  tiff.writeUInt32LE(second, at - 4);
  tiff.writeUInt16LE(2, second);
  [0x0201, 0x0202].forEach((tag, i) => {
    const e = second + 2 + 12 * i;
    tiff.writeUInt16LE(tag, e);
    tiff.writeUInt16LE(4, e + 2);
    tiff.writeUInt32LE(1, e + 4);
    tiff.writeUInt32LE(i === 0 ? body : thumbnail.length, e + 8);
  });
  Buffer.from(thumbnail).copy(tiff, body);
  const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 0]), Buffer.from('Exif\0\0', 'latin1'), tiff]);
  segment.writeUInt16BE(segment.length - 2, 2);
  return segment;
}

describe('JPEG', () => {
  it('names the standard tables exactly and finds the nearest for others', async () => {
    for (const q of [40, 75, 92])
      expect(nearestQuality(standardTable(q), standardTable(q, true))).toEqual({ quality: q, exact: true });
    const own = standardTable(80).map((v, i) => v + (i % 3 === 0 ? 1 : 0));
    expect(nearestQuality(own, null).exact).toBe(false);
    expect(claims(await look('q75.jpg', await encodePicture(scene(2), 'jpeg', 75)))).toMatch(
      /baseline JPEG, 4:2:0, with the standard tables of quality 75/,
    );
  });

  it('sees an earlier coarser saving, and none where there was none', async () => {
    const seen: (number | null)[] = [];
    for (let seed = 10; seed < 13; seed++) {
      const first = await encodePicture(scene(seed), 'jpeg', 55);
      writeFileSync(join(folder, 'first.jpg'), first);
      const twice = await look(
        'twice.jpg',
        await encodePicture(await readPicture(join(folder, 'first.jpg')), 'jpeg', 88),
      );
      const once = await look('once.jpg', await encodePicture(scene(seed), 'jpeg', 88));
      expect(claims(once)).not.toMatch(/saved as JPEG before/);
      const quality = twice.findings.find((f) => 'earlier quality' in f.facts)?.facts['earlier quality'];
      seen.push(quality === undefined ? null : Number(quality));
    }
    expect(seen.filter((q) => q !== null && Math.abs(q - 55) <= 3).length).toBeGreaterThanOrEqual(2);
  });

  it('reads camera and program, and compares the thumbnail with the picture', async () => {
    const [own, other] = [scene(3, 64), scene(4, 64)];
    const jpeg = Buffer.from(await encodePicture(scene(3), 'jpeg', 90));
    const put = async (small: Frame): Promise<Buffer> =>
      Buffer.concat([jpeg.subarray(0, 2), exifSegment(await encodePicture(small, 'jpeg', 70)), jpeg.subarray(2)]);
    const same = await look('same.jpg', await put(own));
    expect(claims(same)).toMatch(/names the camera "Acme Box 1"\. Exif names the program "Retouch 3"/);
    expect(claims(same)).toMatch(/thumbnail in Exif shows the picture/);
    expect(claims(await look('other.jpg', await put(other)))).toMatch(/thumbnail in Exif shows something else/);
  });
});

describe('settings of generators', () => {
  const settings =
    'a red house\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512';

  it('reads them from PNG texts, packed or not, and never weighs them', async () => {
    const plain = chunk('tEXt', Buffer.from(`parameters\0${settings}`, 'latin1'));
    const packed = chunk('zTXt', Buffer.concat([Buffer.from('parameters\0\0', 'latin1'), deflateSync(settings)]));
    for (const one of [plain, packed]) {
      const e = await look('made.png', await pngWith(one));
      expect(e.findings[0]?.claim).toMatch(
        /PNG text chunk "parameters" holds traces of a generator, settings of a diffusion run.*a red house/,
      );
      expect(e.findings.every((f) => f.score === null)).toBe(true);
    }
  });

  it('does not take any text for settings', async () => {
    const e = await look(
      'said.png',
      await pngWith(chunk('tEXt', Buffer.from('Comment\0Ten steps to the left', 'latin1'))),
    );
    expect(claims(e)).not.toMatch(/diffusion|generator/);
    expect(claims(e)).toMatch(/"Comment" "Ten steps to the left"/);
  });

  it('reads the IPTC source type from XMP', async () => {
    const packet =
      '<x:xmpmeta><rdf:Description xmp:CreatorTool="Maker &amp; Co" Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/></x:xmpmeta>';
    const e = await look(
      'said-so.png',
      await pngWith(chunk('iTXt', Buffer.from(`XML:com.adobe.xmp\0\0\0\0\0${packet}`, 'latin1'))),
    );
    expect(claims(e)).toMatch(/source type "trainedAlgorithmicMedia", by which the file says itself/);
    expect(claims(e)).toMatch(/names the program "Maker & Co"/);
  });
});

describe('films and sound', () => {
  it('reads brand, order and programs of MP4 and WebM', async () => {
    const states = performance(1, { seconds: 0.4, fps: 10, style: 'speaking' });
    for (const end of ['mp4', 'webm'])
      await writeActorClip(join(folder, `clip.${end}`), {
        actor: createActor(1),
        states,
        width: 64,
        height: 64,
        fps: 10,
      });
    expect(claims(await look('clip.mp4'))).toMatch(
      /MP4 or MOV file of brand "\w+", header (in front of|behind) the data/,
    );
    expect(claims(await look('clip.webm'))).toMatch(/file of the kind webm, put together by "[^"]+"/);
  });

  it('finds the message of an encoder in the picture data', async () => {
    const box = (type: string, body: Buffer): Buffer => {
      const out = Buffer.alloc(8 + body.length);
      out.writeUInt32BE(out.length, 0);
      out.write(type, 4, 'latin1');
      body.copy(out, 8);
      return out;
    };
    const file = Buffer.concat([
      box('ftyp', Buffer.from('isom\0\0\0\0', 'latin1')),
      box(
        'mdat',
        Buffer.from(
          '\0\0\x02\x9c\x06\x05x264 - core 164 r3095 - H.264/MPEG-4 AVC codec - options: crf=23.0\0',
          'latin1',
        ),
      ),
    ]);
    expect(claims(await look('x264.mp4', file))).toMatch(/settings of its encoder: "x264 - core 164/);
  });
});

describe('hostile files', () => {
  it('do not unfold, loop or reach out of the file', async () => {
    const bomb = chunk(
      'zTXt',
      Buffer.concat([Buffer.from('parameters\0\0', 'latin1'), deflateSync(Buffer.alloc(80_000_000))]),
    );
    expect(claims(await look('bomb.png', await pngWith(bomb)))).not.toMatch(/parameters/);
    const loop = exifSegment(new Uint8Array(4));
    // The next directory of the first is the first.
    loop.writeUInt32LE(8, 10 + 8 + 2 + 36);
    const jpeg = Buffer.from(await encodePicture(scene(5, 32), 'jpeg', 80));
    expect(claims(await look('loop.jpg', Buffer.concat([jpeg.subarray(0, 2), loop, jpeg.subarray(2)])))).toMatch(
      /Acme/,
    );
    const hidden = chunk('tEXt', Buffer.from('Comment\0a\x1b[31m\u0007b\r\nc', 'latin1'));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that none comes through is the point
    expect(claims(await look('control.png', await pngWith(hidden)))).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
  });

  it('are read or passed over, whatever is changed in them', async () => {
    const random = new Random(9);
    const jpeg = Buffer.from(await encodePicture(scene(6, 48), 'jpeg', 80));
    const files: Record<string, Buffer> = {
      'a.jpg': Buffer.concat([
        jpeg.subarray(0, 2),
        exifSegment(await encodePicture(scene(6, 16), 'jpeg', 50)),
        jpeg.subarray(2),
      ]),
      'a.png': await pngWith(chunk('tEXt', Buffer.from('parameters\0Steps: 2, Seed: 1', 'latin1'))),
      'a.webp': Buffer.from(await encodePicture(scene(6, 48), 'webp', 80)),
    };
    for (const [name, whole] of Object.entries(files))
      for (let i = 0; i < 20; i++) {
        const bytes = Buffer.from(whole.subarray(0, i % 4 === 0 ? random.int(whole.length) + 1 : whole.length));
        for (let k = 0; k < 6; k++) bytes[random.int(Math.min(bytes.length, 400))] = random.int(256);
        const e = await look(`changed-${name}`, bytes);
        expect(e.silent !== null || e.findings.length > 0).toBe(true);
      }
  });
});
