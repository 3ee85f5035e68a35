/**
 * What `likeness check` says of pictures that are no plain photographs, and how often it says so of photographs.
 *
 *   node scripts/run.mjs bench/unlike.ts train|test [most pictures of a set, 120]
 *
 * Takes ../shared/data. A picture is on one side by the hash of its name (LFW: of its person); limits were chosen on `train`.
 * Photographs are looked at as they are and at half size with JPEG 40. Of every fortieth, pictures are made that are none: off a
 * screen (pixels of the camera for each of the screen, JPEG quality), drawn, with text over them; drawn heads are added to those that are drawn.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { packageRoot, sha256 } from '../src/base/index.js';
import { copyOf, type Material, openMaterial, shareNets } from '../src/detect/index.js';
import { createFaceEngine } from '../src/faces/index.js';
import { type Frame, readPicture, writePicture } from '../src/media/index.js';
import { hasLaidText, strangeness } from '../src/verdict/index.js';
import {
  asCartoon,
  asPainting,
  asSketch,
  asStone,
  offScreen,
  withBars,
  withRimmedText,
} from '../test/unlike-pictures.js';

const side = process.argv[2] === 'test' ? 1 : 0;
const most = Number(process.argv[3] ?? 120);
const data = join(packageRoot, '..', 'shared', 'data');
const folder = mkdtempSync(join(tmpdir(), 'likeness-unlike-'));
const tools = shareNets(await createFaceEngine());

const SETS = {
  zoya: 'faces/zoya/real',
  hard_sg2: 'faces/hard_sg2/real',
  facemask: 'faces/facemask/real',
  lfw: 'verification/lfw',
  'generated, zoya': 'faces/zoya/fake',
  'generated, hard_sg2': 'faces/hard_sg2/fake',
};

const REMARKS = {
  drawn: /looks drawn/,
  graphics: /flat graphics/,
  screen: /picture of a screen/,
  soft: /so soft/,
  dark: /almost black/,
};
const rows = new Map<string, Record<string, number>>();

/** Counts what is said of a file. */
async function count(row: string, material: Material): Promise<void> {
  const counts = rows.get(row) ?? {};
  rows.set(row, counts);
  const add = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  add('files');
  if (material.people.length > 0) add('with a face');
  const said = await strangeness(material);
  for (const [name, words] of Object.entries(REMARKS)) if (said.some((reason) => words.test(reason))) add(name);
  if (hasLaidText(material)) add('text');
}

async function countFrame(row: string, frame: Frame, quality: number): Promise<void> {
  const path = join(folder, 'made.jpg');
  await writePicture(path, frame, quality);
  await count(row, await openMaterial(path, tools));
}

async function drawings(of: string, frame: Frame): Promise<void> {
  await countFrame(`${of}, pencil`, await asSketch(frame), 85);
  await countFrame(`${of}, cartoon`, await asCartoon(frame), 85);
  await countFrame(`${of}, painting`, asPainting(frame), 85);
  await countFrame(`${of}, all of stone`, await asStone(frame), 85);
}

/** Everything that is made of one photograph. */
async function made(frame: Frame, seed: number): Promise<void> {
  const quality = seed % 2 === 0 ? 92 : 75;
  for (const ratio of [0.7, 1, 1.4, 1.9, 2.6]) {
    const filming = { ratio, keystone: 0.02 + 0.02 * (seed % 5), turn: (seed % 7) - 3, seed };
    await countFrame(`off a screen, ${ratio}, JPEG ${quality}`, await offScreen(frame, filming), quality);
  }
  await drawings('photograph', frame);
  await countFrame('text in bars', await withBars(frame, seed % 4 < 2), quality);
  await countFrame('text with a rim', await withRimmedText(frame), quality);
}

function print(): void {
  const columns = ['files', 'with a face', ...Object.keys(REMARKS), 'text'];
  process.stdout.write(`| | ${columns.join(' | ')} |\n`);
  for (const [row, counts] of rows)
    process.stdout.write(`| ${row} | ${columns.map((column) => counts[column] ?? 0).join(' | ')} |\n`);
}

// What was counted so far is worth having when it is stopped.
process.once('SIGTERM', () => {
  print();
  process.exit(1);
});

for (const [set, path] of Object.entries(SETS)) {
  if (!existsSync(join(data, path))) {
    process.stdout.write(`../shared/data/${path} is not there\n`);
    continue;
  }
  const hashOf = (name: string): number =>
    Number.parseInt(sha256(Buffer.from(`${set}/${name.replace(/_\d{4}\.jpg$/, '')}`)).slice(0, 4), 16);
  const names = readdirSync(join(data, path))
    .filter((name) => Math.floor(hashOf(name) / 256) % 2 === side)
    .sort((a, b) => hashOf(a) - hashOf(b))
    .slice(0, most);
  for (const [i, name] of names.entries()) {
    const material = await openMaterial(join(data, path, name), tools);
    await count(set, material);
    if (set.startsWith('generated')) continue;
    await count(`${set}, hard`, await copyOf(material, 'hard'));
    if (i % 40 === 0) await made(await readPicture(join(data, path, name)), i / 40);
  }
}
for (let seed = 1 + 100 * side; seed <= 12 + 100 * side; seed++) {
  const background = { kind: 'room', seed } as const;
  const { frame } = renderActor(createActor(seed), restState({ background }), { width: 480, height: 480 });
  await countFrame('drawn head, as it is', frame, 92);
  await drawings('drawn head', frame);
}
const clips = existsSync(join(data, 'clips')) ? readdirSync(join(data, 'clips')) : [];
for (const name of clips.filter((each) => /^(grid|pyfeat).*\.(mpg|mp4|mov)$/.test(each)))
  await count('films', await openMaterial(join(data, 'clips', name), tools));

print();
rmSync(folder, { recursive: true, force: true });
await tools.close();
