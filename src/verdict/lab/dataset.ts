/** Labelled files: a folder with `real` and `fake` in its paths, or a CSV. */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, extname, isAbsolute, relative, resolve, sep } from 'node:path';
import { fileError, filesUnder, groupBy, LikenessError } from '../../base/index.js';
import type { LabFile, LabSet, LeftOut } from './types.js';

const REAL = new Set(['real', 'reals', 'genuine', 'authentic', 'bonafide', '0']);
const FAKE = new Set(['fake', 'fakes', 'synthetic', 'generated', 'spoof', '1']);
const NO_MEDIA = /\.(c2pa|json|html?|csv|txt|md|tsv)$/i;

/** The class that a word names, or `null`. */
function classOf(word: string): boolean | null {
  const plain = word.trim().toLowerCase();
  return FAKE.has(plain) ? true : REAL.has(plain) ? false : null;
}

/** Sets are the folders above `real` and `fake`; a folder below `fake` names the generator. */
function fromFolder(folder: string): LabSet {
  const unsorted: string[] = [];
  const files = filesUnder(folder, NO_MEDIA).files.flatMap((path): LabFile[] => {
    const name = relative(folder, path);
    const parts = name.split(sep).slice(0, -1);
    const at = parts.findIndex((p) => classOf(p) !== null);
    if (at < 0) {
      unsorted.push(parts.join('/') || '.');
      return [];
    }
    const fake = classOf(parts[at] as string) === true;
    const source = parts.slice(0, at).join('/') || 'all';
    const below = parts.slice(at + 1).join('/');
    return [{ path, name, fake, source, generator: fake ? below || source : null, group: name }];
  });
  return { files, leftOut: [...groupBy(unsorted, (f) => f)].map(([f, own]) => ({ folder: f, files: own.length })) };
}

/** Folders named at most, the fullest first. */
const NAMED = 5;

/** One sentence on the files that were left out; empty where there are none. */
export function leftOutWords(leftOut: readonly LeftOut[]): string {
  if (leftOut.length === 0) return '';
  const count = leftOut.reduce((sum, l) => sum + l.files, 0);
  const named = [...leftOut].sort((a, b) => b.files - a.files).slice(0, NAMED);
  const folders = named.map((l) => `${l.folder} (${l.files})`).join(', ');
  const more = leftOut.length - NAMED;
  return `${count === 1 ? `${count} file was` : `${count} files were`} left out, since no folder above says whether real or fake: ${folders}${more > 0 ? ` and ${more} more` : ''}.`;
}

/**
 * Stops where all files are of one class: nothing can be told from nothing.
 *
 * @param set what it is called
 * @param what of them is counted, such as "can be read"; in the error alone
 * @throws LikenessError `lab.one-class`
 */
export function refuseOneClass(
  set: string,
  counts: { readonly real: number; readonly fake: number },
  leftOut: readonly LeftOut[] = [],
  what = '',
): void {
  if (counts.real > 0 && counts.fake > 0) return;
  const words = leftOutWords(leftOut);
  throw new LikenessError(
    'lab.one-class',
    `${set} has ${counts.real} genuine and ${counts.fake} synthetic files${what}; both are needed.${words === '' ? '' : ` ${words}`}`,
    { hint: 'Sort them into folders called real and fake, or name a CSV with the columns path and label.' },
  );
}

/** Cells of a line of CSV (RFC 4180, without line breaks in cells). */
function cellsOf(line: string): string[] {
  const cells: string[] = [];
  let at = 0;
  while (at <= line.length) {
    if (line[at] === '"') {
      let cell = '';
      let i = at + 1;
      for (; i < line.length && !(line[i] === '"' && line[i + 1] !== '"'); i++) {
        if (line[i] === '"') i++;
        cell += line[i];
      }
      cells.push(cell);
      at = i + 2;
    } else {
      const end = line.indexOf(',', at);
      const stop = end < 0 ? line.length : end;
      cells.push(line.slice(at, stop).trim());
      at = stop + 1;
    }
  }
  return cells;
}

async function fromCsv(path: string): Promise<LabFile[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw fileError(path, 'reading it', cause);
  });
  const [head = '', ...lines] = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const columns = cellsOf(head).map((c) => c.toLowerCase());
  const column = (name: string): number => columns.indexOf(name);
  if (column('path') < 0 || column('label') < 0)
    throw new LikenessError('lab.csv', `${path} has no columns "path" and "label" in its first line.`, {
      hint: 'Columns: path, label (real or fake), and where known source, generator, group.',
    });
  return lines.map((line, i) => {
    const cells = cellsOf(line);
    const cell = (name: string): string => cells[column(name)] ?? '';
    const fake = classOf(cell('label'));
    if (fake === null)
      throw new LikenessError(
        'lab.csv',
        `${path}, line ${i + 2}: the label "${cell('label')}" is neither real nor fake.`,
      );
    const name = cell('path');
    const source = cell('source') || 'all';
    return {
      path: isAbsolute(name) ? name : resolve(dirname(path), name),
      name,
      fake,
      source,
      generator: fake ? cell('generator') || source : null,
      group: cell('group') || name,
    };
  });
}

/**
 * Reads a labelled set.
 *
 * @param path a folder in which every path holds a folder `real` or `fake` (`set/real/1.jpg`, `set/fake/stylegan/1.jpg`),
 * or a CSV with the columns `path`, `label` and optionally `source`, `generator`, `group`
 * @returns the files, and what was left out of a folder
 * @throws LikenessError `lab.csv`, `lab.empty`, `file.*`
 */
export async function readLabSet(path: string): Promise<LabSet> {
  if (!existsSync(path)) throw fileError(path, 'reading it', Object.assign(new Error('missing'), { code: 'ENOENT' }));
  const folder = statSync(path).isDirectory();
  if (!folder && extname(path).toLowerCase() !== '.csv')
    throw new LikenessError('lab.set', `${path} is neither a folder nor a CSV.`, {
      hint: 'See likeness lab bench --help.',
    });
  const set = folder ? fromFolder(path) : { files: await fromCsv(path), leftOut: [] };
  const words = leftOutWords(set.leftOut);
  if (set.files.length === 0)
    throw new LikenessError('lab.empty', `${path} holds no labelled files.${words === '' ? '' : ` ${words}`}`, {
      hint: 'Sort them into folders called real and fake, or name a CSV with the columns path and label.',
    });
  return set;
}
