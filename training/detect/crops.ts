/**
 * Step 1 of training the face detectors: the largest face of every picture, and of every few frames of every clip, cut
 * out as the detectors cut it (src/detect/blend/face-crop.ts), with its landmarks.
 *
 *   node scripts/run.mjs training/detect/crops.ts <out folder> [data folder]
 *   node scripts/run.mjs training/detect/crops.ts <out folder> --twins [--engine=gan]
 *   node scripts/run.mjs training/detect/crops.ts <out folder> --stock
 *
 * --level=web or hard puts every file through what a verdict has to survive first: pictures through JPEG at quality 60, or
 * half size and quality 40; videos through H.264 at a rate factor of 28, or 36. --limit=N takes N files of a folder.
 * With --twins, our own swaps and their unswapped twins (twins.ts) are cut in place of the shared sets; with --stock, the
 * photographs of stock.mjs. Writes
 *   crops.rgb    RGB bytes of all crops, one after the other
 *   points.f32   478 x y pairs a crop, in pixels of the crop
 *   index.json   one entry a crop: id, source, class, group (person or clip), side, at (first byte), hash, duplicateOf
 * A crop that looks like one before it (256-bit difference hash, 18 bits or fewer apart, other clip or picture) is kept
 * with `duplicateOf` set.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cropFace, type FaceCrop, largestFace } from '../../src/detect/blend/face-crop.js';
import { createFaceEngine } from '../../src/faces/index.js';
import {
  BT709,
  createVideoWriter,
  type Frame,
  openVideo,
  readPicture,
  recodePicture,
  releaseFrame,
} from '../../src/media/index.js';
import { stopModels } from '../../src/models/index.js';

interface Entry {
  readonly path: string;
  readonly source: string;
  readonly class: 'real' | 'fake';
  /** Person or clip: never on both sides of a split. */
  readonly group: string;
  /** What made a fake of the twins: the engine. */
  readonly generator?: string;
  /** Videos: every how many frames. */
  readonly every?: number;
}

const [, , out = '.cache/training/detect', ...rest] = process.argv;
const level = rest.find((a) => a.startsWith('--level='))?.slice(8) ?? 'clean';
const limit = Number(rest.find((a) => a.startsWith('--limit='))?.slice(8) ?? Number.POSITIVE_INFINITY);
const data = rest.find((a) => !a.startsWith('--')) ?? '../shared/data';

/** The shared sets. A folder that is missing is left out. */
function shared(): Entry[] {
  const folder = (at: string, source: string, kind: 'real' | 'fake', group = (n: string) => n): Entry[] =>
    existsSync(join(data, at))
      ? readdirSync(join(data, at))
          .sort()
          .filter(
            (_, i, all) =>
              limit >= all.length || Math.floor(((i + 1) * limit) / all.length) > Math.floor((i * limit) / all.length),
          )
          .map((n) => ({ path: join(data, at, n), source, class: kind, group: `${source}/${kind}/${group(n)}` }))
      : [];
  const clips = (start: string, source: string, kind: 'real' | 'fake', every: number): Entry[] =>
    folder('clips', source, kind)
      .filter((e) => basename(e.path).startsWith(start))
      .map((e) => ({ ...e, every }));
  return [
    ...folder('faces/zoya/real', 'zoya', 'real'),
    ...folder('faces/zoya/fake', 'zoya', 'fake'),
    ...folder('faces/hard_sg2/real', 'hard_sg2', 'real'),
    ...folder('faces/hard_sg2/fake', 'hard_sg2', 'fake'),
    ...folder('faces/facemask/real', 'facemask', 'real'),
    ...folder('faces/tpdne/fake', 'tpdne', 'fake'),
    ...folder('verification/lfw', 'lfw', 'real', (n) => n.replace(/_\d{4}\.jpg$/, '')),
    ...clips('grid_', 'grid', 'real', 5),
    ...clips('echomimic_drv_', 'echomimic', 'fake', 12),
  ];
}

/** Our own swaps and their twins, each once. The group is the target: both sides of a pair stay together. */
function twins(): Entry[] {
  const media = '.cache/training/twin-media';
  const engine = rest.find((a) => a.startsWith('--engine='))?.slice(9) ?? '';
  const list = readdirSync(media)
    .filter((n) => n.startsWith(engine) && n.endsWith('.json'))
    .sort()
    .map((n) => JSON.parse(readFileSync(join(media, n), 'utf8')))
    .flatMap(({ file, plain, engine, base, target }: Record<string, string>): Entry[] => [
      {
        path: file ?? '',
        source: base ?? '',
        class: 'fake',
        generator: engine ?? '',
        group: `${base}/${target}`,
        every: 8,
      },
      { path: plain ?? '', source: base ?? '', class: 'real', group: `${base}/${target}`, every: 8 },
    ]);
  return list.filter((e, i) => list.findIndex((f) => f.path === e.path) === i);
}

/** Photographs from templates of web pages. */
function stock(): Entry[] {
  const folder = '.cache/training/stock';
  return readdirSync(folder)
    .sort()
    .map((n) => ({ path: join(folder, n), source: 'stock', class: 'real', group: `stock/${n}` }));
}

/** Difference hash: whether each of 16 x 16 cells is darker than its neighbour on the right. */
function hashOf(crop: FaceCrop): Uint32Array {
  const cells = new Float64Array(16 * 17);
  for (let r = 0; r < 16; r++)
    for (let c = 0; c < 17; c++) {
      const [y0, y1] = [Math.floor((r * crop.side) / 16), Math.floor(((r + 1) * crop.side) / 16)];
      const [x0, x1] = [Math.floor((c * crop.side) / 17), Math.floor(((c + 1) * crop.side) / 17)];
      let sum = 0;
      for (let y = y0; y < y1; y++)
        for (let x = x0; x < x1; x++) {
          const p = (y * crop.side + x) * 3;
          sum += 0.3 * (crop.rgb[p] ?? 0) + 0.59 * (crop.rgb[p + 1] ?? 0) + 0.11 * (crop.rgb[p + 2] ?? 0);
        }
      cells[r * 17 + c] = sum / Math.max(1, (y1 - y0) * (x1 - x0));
    }
  const bits = new Uint32Array(8);
  for (let i = 0; i < 256; i++) {
    const at = (i >> 4) * 17 + (i & 15);
    if ((cells[at] ?? 0) < (cells[at + 1] ?? 0)) bits[i >> 5] = (bits[i >> 5] ?? 0) | (1 << (i & 31));
  }
  return bits;
}

function distance(a: Uint32Array, b: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < 8; i++) for (let v = (a[i] ?? 0) ^ (b[i] ?? 0); v !== 0; v &= v - 1) sum++;
  return sum;
}

async function picture(path: string): Promise<Frame> {
  const frame = await readPicture(path);
  if (level === 'clean') return frame;
  return recodePicture(frame, level === 'web' ? { quality: 60 } : { quality: 40, scale: 0.5 });
}

/** The video, or a copy of it at the wanted level. */
async function clip(path: string): Promise<string> {
  if (level === 'clean') return path;
  const to = join(out, 'recoded.mp4');
  const source = await openVideo(path);
  const { video } = source.info;
  const writer = await createVideoWriter(to, {
    width: video?.width ?? 0,
    height: video?.height ?? 0,
    color: video?.color ?? BT709,
    frameRate: video?.frameRate ?? 25,
    quality: { crf: level === 'web' ? 28 : 36 },
  });
  for await (const frame of source.frames()) {
    await writer.write(frame);
    releaseFrame(frame);
  }
  await writer.finish();
  source.close();
  return to;
}

const entries = rest.includes('--twins') ? twins() : rest.includes('--stock') ? stock() : shared();
mkdirSync(out, { recursive: true });
const [rgbFile, pointsFile] = [join(out, 'crops.rgb'), join(out, 'points.f32')];
for (const file of [rgbFile, pointsFile]) rmSync(file, { force: true });
const engine = await createFaceEngine({ instances: 1 });
const index: Record<string, unknown>[] = [];
const hashes: { bits: Uint32Array; id: string; path: string }[] = [];
let at = 0;
let missed = 0;

function keep(entry: Entry, id: string, crop: FaceCrop, frame: number | null): void {
  const bits = hashOf(crop);
  const twin = rest.includes('--twins')
    ? undefined
    : hashes.find((h) => h.path !== entry.path && distance(h.bits, bits) <= 18);
  hashes.push({ bits, id, path: entry.path });
  appendFileSync(rgbFile, crop.rgb);
  appendFileSync(pointsFile, new Uint8Array(crop.points.buffer, crop.points.byteOffset, crop.points.byteLength));
  const { path, every, ...kept } = entry;
  index.push({
    id,
    ...kept,
    file: basename(path),
    ...(frame === null ? {} : { frame }),
    side: crop.side,
    square: crop.square,
    at,
    hash: Buffer.from(bits.buffer).toString('hex'),
    ...(twin ? { duplicateOf: twin.id } : {}),
  });
  at += crop.rgb.length;
}

for (const [n, entry] of entries.entries()) {
  const name = `${entry.source}/${entry.class}/${basename(entry.path)}`;
  if (n % 200 === 0) process.stderr.write(`${n}/${entries.length} files, ${index.length} faces, ${missed} without\n`);
  if (!/\.(mp4|mpg)$/.test(entry.path)) {
    const frame = await picture(entry.path);
    const points = await largestFace(engine, frame);
    if (points) keep(entry, name, cropFace(frame, points), null);
    else missed++;
    continue;
  }
  const video = await openVideo(await clip(entry.path));
  let i = 0;
  for await (const frame of video.frames()) {
    if (i % (entry.every ?? 5) === 0) {
      const points = await largestFace(engine, frame);
      if (points) keep(entry, `${name}#${i}`, cropFace(frame, points), i);
      else missed++;
    }
    releaseFrame(frame);
    i++;
  }
  video.close();
}
writeFileSync(join(out, 'index.json'), JSON.stringify(index));
const doubles = index.filter((e) => 'duplicateOf' in e).length;
process.stderr.write(`${index.length} faces, ${missed} files or frames without one, ${doubles} near-duplicates\n`);
await engine.close();
stopModels();
