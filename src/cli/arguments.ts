/** Words of the command line as values, with the answer that a wrong one gets. */
import { join, parse, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Facts } from '../law/index.js';

/** A person's number. */
export function personNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('A person is a whole number from 1, as "likeness analyze" shows them.');
  return number;
}

/** A number of minutes above 0. */
export function minutes(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError('Give minutes as a number above 0.');
  return number;
}

/** A share, 0 to 1. */
export function share(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !(number >= 0 && number <= 1)) throw new InvalidArgumentError('Give a number from 0 to 1.');
  return number;
}

/** How long a trial is, in seconds. */
export function trialSeconds(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !(number > 0 && number <= 600))
    throw new InvalidArgumentError('Give a number of seconds, at most 600.');
  return number;
}

/** A whole number from 0. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('Give a whole number from 0.');
  return number;
}

/** Only the entries that have a value; optional settings must be left out, not undefined. */
export function given<T extends Record<string, unknown>>(
  settings: T,
): { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
} {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as ReturnType<
    typeof given<T>
  >;
}

/** Where a video's report goes when nothing else is said: `a/swapped.mp4` gives `a/swapped.report`. */
export function reportFolder(video: string): string {
  const { dir, name } = parse(resolve(video));
  return join(dir, `${name}.report`);
}

/** Words of an option that may be given several times or as a list with commas. */
export function words(value: string, before: readonly string[] = []): string[] {
  return [...before, ...value.split(',').map((word) => word.trim())];
}

/** Facts from `--fact election=no`; undefined where none was given. */
export async function lawFacts(given: readonly string[] | undefined): Promise<Facts | undefined> {
  if (given === undefined) return undefined;
  const { parseFacts } = await import('../law/index.js');
  return parseFacts(given);
}

/** A TCP port; 0 for any free one. */
export function port(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > 65_535) throw new InvalidArgumentError('A number from 0 to 65535 is needed.');
  return number;
}

/** How many jobs a process does at once in a lane. */
export function jobsAtOnce(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > 64) throw new InvalidArgumentError('A number from 0 to 64 is needed.');
  return number;
}
