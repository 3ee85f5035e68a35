/** Files of a set that are in both classes by their content: a bench refuses such a set, so that it is said before it is uploaded. */
import type { Labelled } from './labels';

/** One file among the genuine and the same among the synthetic, by their paths in the folder. */
export interface Twins {
  readonly real: string;
  readonly fake: string;
}

/** Bytes that are held against each other at once. */
const PIECE = 1 << 20;
/** Bytes that are looked at first, at the beginning, in the middle and at the end. */
const LOOK = 1 << 14;

const bytesOf = async (file: File, from: number, length: number): Promise<Uint8Array> =>
  new Uint8Array(await file.slice(from, from + length).arrayBuffer());

/** A few bytes of a file as a text: files that differ here need no second look. */
async function glance(file: File): Promise<string> {
  let sum = 0x811c9dc5;
  for (const from of [0, (file.size >> 1) - (LOOK >> 1), file.size - LOOK])
    for (const byte of await bytesOf(file, Math.max(0, from), LOOK)) sum = Math.imul(sum ^ byte, 0x01000193);
  return `${file.size} ${sum >>> 0}`;
}

async function same(a: File, b: File): Promise<boolean> {
  for (let from = 0; from < a.size; from += PIECE) {
    const [left, right] = await Promise.all([bytesOf(a, from, PIECE), bytesOf(b, from, PIECE)]);
    if (left.some((byte, at) => byte !== right[at])) return false;
  }
  return a.size === b.size;
}

function groups<T>(all: readonly T[], key: (each: T) => string): T[][] {
  const found = new Map<string, T[]>();
  for (const each of all) found.set(key(each), [...(found.get(key(each)) ?? []), each]);
  return [...found.values()];
}

/** Where a file lies in the folder that was chosen. */
const place = ({ file }: Labelled): string => file.webkitRelativePath.split('/').slice(1).join('/');

/** Every synthetic file whose content is among the genuine ones, with one of those. Nothing leaves the machine. */
export async function twinsOf(set: readonly Labelled[]): Promise<Twins[]> {
  const isMixed = (some: readonly Labelled[]): boolean => new Set(some.map(({ label }) => label)).size > 1;
  const found: Twins[] = [];
  for (const size of groups(set, ({ file }) => String(file.size)).filter(isMixed)) {
    const seen = await Promise.all(size.map(async (each) => ({ each, key: await glance(each.file) })));
    for (const alike of groups(seen, ({ key }) => key)) {
      const files = alike.map(({ each }) => each);
      const real = files.filter(({ label }) => label === 'real');
      for (const fake of files.filter(({ label }) => label === 'fake'))
        for (const each of real) {
          if (!(await same(each.file, fake.file))) continue;
          found.push({ real: place(each), fake: place(fake) });
          break;
        }
    }
  }
  return found;
}
