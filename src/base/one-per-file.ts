/** Rooms that grow by one file each: every file of a folder exports one thing of a kind, found at start. */
import { readdirSync } from 'node:fs';
import { LikenessError } from './errors.js';

/** What the files of a folder must export. */
export interface OnePerFile<T extends { readonly id: string }> {
  /** `engine`, `detector`: for messages. */
  readonly noun: string;
  /** Code of the error for a broken or doubled file. */
  readonly code: string;
  /** A field by which the one export is known among others. */
  readonly mark: keyof T & string;
  /** Checks it; throws where a field is missing. Also its name in messages. */
  readonly define: (one: T) => T;
}

/**
 * Loads every file of a folder.
 *
 * @param folder URL that ends in a slash
 * @returns in alphabetical order of the files
 * @throws LikenessError with the given code for a file without exactly one, and for an id that comes twice
 */
export async function loadOnePerFile<T extends { readonly id: string }>(
  folder: URL,
  { noun, code, mark, define }: OnePerFile<T>,
): Promise<readonly T[]> {
  const name = folder.pathname.split('/').at(-2) ?? '';
  const all: T[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!/^[a-z][a-z0-9-]*\.(js|ts)$/.test(file) || file.endsWith('.d.ts')) continue;
    const exports = Object.values((await import(new URL(file, folder).href)) as Record<string, unknown>);
    const [one, second] = exports.filter((e) => typeof e === 'object' && e !== null && mark in e);
    if (one === undefined || second !== undefined)
      throw new LikenessError(code, `${name}/${file} must export exactly one ${noun}, made by ${define.name}().`);
    const checked = define(one as T);
    if (all.some((e) => e.id === checked.id))
      throw new LikenessError(code, `Two ${noun}s are called "${checked.id}"; the second is ${name}/${file}.`);
    all.push(checked);
  }
  return all;
}
