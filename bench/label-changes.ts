/**
 * Is every changed byte found? Labels a small real file of each kind, changes one byte at a time, and reads it again.
 *
 *   node scripts/run.mjs bench/label-changes.ts             500 random changes over all kinds
 *   node scripts/run.mjs bench/label-changes.ts --every     every byte of the label, of 64 bytes around it, and of head and tail
 *   node scripts/run.mjs bench/label-changes.ts --every mp3 the same for some kinds
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Random } from '../src/base/index.js';
import { inspect } from '../src/label/index.js';
import { FILMS, type Kind, PICTURES, realFile, SOUNDS } from '../test/label-files.js';
import { openStudio } from '../test/label-made.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const words = process.argv.slice(2);
const every = words.includes('--every');
const named = words.filter((word) => !word.startsWith('-')) as Kind[];
const kinds = named.length > 0 ? named : [...PICTURES, ...FILMS, ...SOUNDS];

/** Positions of the label, of what lies around it, and of both ends of a file. */
function delicate(file: Buffer): number[] {
  const store = file.indexOf('jumb') - 4;
  const length = store < 0 ? 0 : file.readUInt32BE(store);
  const near = (at: number, from: number, to: number): boolean => at >= from - 64 && at < to + 64;
  return [...file.keys()].filter(
    (at) => near(at, 0, 0) || near(at, file.length, file.length) || (store >= 0 && near(at, store, store + length)),
  );
}

const studio = await openStudio();
const random = new Random(2026);
let total = 0;
let found = 0;
try {
  for (const [n, kind] of kinds.entries()) {
    await realFile(kind, studio.path('tmp'), 7);
    const out = await studio.made(`out.${kind}`, studio.path('tmp'));
    const beside = existsSync(`${out}.c2pa`);
    const files = (beside ? [out, `${out}.c2pa`] : [out]).map((path) => ({ path, good: readFileSync(path) }));
    const bytes = files.reduce((sum, { good }) => sum + good.length, 0);
    const spots = files.flatMap((file) => delicate(file.good).map((at) => ({ file, at })));
    const count = every ? spots.length : Math.ceil((500 - total) / (kinds.length - n));
    const missed: string[] = [];
    for (let i = 0; i < count; i++) {
      const anywhere = random.int(bytes);
      const [first = { path: '', good: Buffer.alloc(0) }, second = first] = files;
      const drawn =
        anywhere < first.good.length
          ? { file: first, at: anywhere }
          : { file: second, at: anywhere - first.good.length };
      const { file, at } = every ? (spots[i] ?? drawn) : drawn;
      const bad = Buffer.from(file.good);
      bad[at] = (bad[at] ?? 0) ^ (1 + random.int(255));
      writeFileSync(file.path, bad);
      const { state } = await inspect(out);
      if (state === 'trusted' || state === 'valid') missed.push(`${file.path === out ? '' : 'c2pa:'}${at}`);
      writeFileSync(file.path, file.good);
    }
    total += count;
    found += count - missed.length;
    say(
      `${kind.padEnd(5)} ${bytes} bytes${beside ? ' with the label beside' : ''}: ${count - missed.length} of ${count} found`,
    );
    if (missed.length > 0) say(`      missed at ${missed.slice(0, 80).join(', ')}`);
  }
  say(`all: ${found} of ${total} found`);
} finally {
  studio.remove();
}
