/**
 * Every word of the studio in three languages. English ships with the first page, the others are fetched when they are
 * chosen. A dictionary that lacks a key, or has one too many, does not compile, and `test/web-words.test.ts` says which.
 */

import { type Said, type SaidWords, translator } from '../../../../src/base/said/translate.js';
import { store, stored } from '../state/stored';
import { en } from './en';

/** Keys and texts of a language. */
export type Dictionary = Readonly<Record<keyof typeof en, string>>;

/** A key of the dictionaries. */
export type Key = keyof typeof en;

/** The languages, each in its own words. */
export const LOCALES = { en: 'English', de: 'Deutsch', es: 'Español' } as const;

/** One of {@link LOCALES}. */
export type Locale = keyof typeof LOCALES;

const LOADERS: Record<Locale, () => Promise<Dictionary>> = {
  en: async () => en,
  de: async () => (await import('./de')).de,
  es: async () => (await import('./es')).es,
};

const isLocale = (text: string | null | undefined): text is Locale =>
  text !== null && text !== undefined && Object.hasOwn(LOCALES, text);

/** The stored language, else the first of the browser's that there is, else English. */
function wanted(): Locale {
  const chosen = stored('locale');
  if (isLocale(chosen)) return chosen;
  return navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLocale) ?? 'en';
}

/**
 * What the studio says is English by itself; its sentences in other languages are fetched when the first one is shown. They are
 * data and no script: some 200 KB, a file for each room.
 */
const SAID = import.meta.glob<string>('../../../../src/base/said/words/*/*.json', {
  query: '?url',
  import: 'default',
  eager: true,
});

async function saidIn(language: Locale): Promise<SaidWords> {
  const rooms = Object.entries(SAID).filter(
    ([path]) => path.includes(`/words/${language}/`) && !path.endsWith('/pages.json'),
  );
  const words = await Promise.all(
    rooms.map(async ([, url]) => {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
      return (await answer.json()) as SaidWords;
    }),
  );
  return Object.assign({}, ...words) as SaidWords;
}

let words = $state.raw<Dictionary>(en);
let current = $state<Locale>('en');
let hearing = $state.raw<{ readonly of: Locale; readonly say: (text: string) => Said } | null>(null);
let fetched: Locale = 'en';

async function hear(language: Exclude<Locale, 'en'>): Promise<void> {
  if (fetched === language) return;
  fetched = language;
  try {
    hearing = { of: language, say: translator(await saidIn(language)) };
  } catch {
    // Without them the sentences stay English; they are asked for again with the next page.
    if (fetched === language) fetched = 'en';
  }
}

/** What the studio said, in the language of the page; as it is where no translation fits, and until they are there. */
export function heard(text: string): Said {
  if (current === 'en') return { text, whole: false };
  if (hearing?.of !== current) {
    void hear(current);
    return { text, whole: false };
  }
  return hearing.say(text);
}

/** {@link heard} without knowing whether all of it was translated: for places that hold text and nothing else. */
export function said(text: string): string {
  return heard(text).text;
}

/** Values for the places of a text: `{name}`. */
export type Values = Readonly<Record<string, string | number>>;

/** Letters that are written from right to left. */
const LEFTWARD = /[\p{scx=Hebr}\p{scx=Arab}\p{scx=Syrc}\p{scx=Thaa}\p{scx=Nkoo}]/u;
/** Marks that turn text round, and what has no width: names of files on this machine have not been through the studio. */
const UNSEEN = /[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g;
/** A name does not turn the sentence it stands in, also where it is written the other way round. */
function apart(value: string): string {
  const plain = value.replace(UNSEEN, '');
  return LEFTWARD.test(plain) ? `\u2068${plain}\u2069` : plain;
}

/** The text of a key in the language of the page. A number in `count` chooses `<key>` or `<key>.one`. */
export function t(key: Key, values: Values = {}): string {
  const one = `${key}.one`;
  const count = values['count'];
  const chosen = count === 1 && Object.hasOwn(words, one) ? (one as Key) : key;
  // A word of the server that these pages do not know is shown as it is: a page must not break over it.
  const text: string | undefined = words[chosen];
  return (text ?? key).replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = values[name];
    if (value === undefined) return place;
    return typeof value === 'number' ? number(value) : apart(value);
  });
}

/** Whether a text is a key: for words that come from the server, such as states and roles. */
export function isKey(text: string): text is Key {
  return Object.hasOwn(en, text);
}

/** The text of `<prefix>.<name>` where the dictionaries have it, else the name as it is. */
export function named(prefix: string, name: string): string {
  const key = `${prefix}.${name}`;
  return isKey(key) ? t(key) : name;
}

/** The language of the page. */
export function locale(): Locale {
  return current;
}

/** Changes the language of the page and remembers it. */
export async function setLocale(next: Locale): Promise<void> {
  words = await LOADERS[next]();
  current = next;
  document.documentElement.lang = next;
  store('locale', next);
}

/** Loads the language of this browser; English where it cannot be fetched. */
export async function startLocale(): Promise<void> {
  const first = wanted();
  try {
    words = await LOADERS[first]();
    current = first;
  } catch {
    current = 'en';
  }
  document.documentElement.lang = current;
}

/** A number as the language writes it. */
export function number(value: number, options: Intl.NumberFormatOptions = {}): string {
  return new Intl.NumberFormat(current, options).format(value);
}

/** A day, and the time if asked for. */
export function day(iso: string | number, withTime = false): string {
  return new Intl.DateTimeFormat(current, {
    dateStyle: 'medium',
    ...(withTime ? { timeStyle: 'short' as const } : {}),
  }).format(new Date(iso));
}

/** Bytes in words: `4.2 MB`. */
export function bytes(value: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  return number(value / 1000 ** power, {
    style: 'unit',
    unit: units[power] ?? 'byte',
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power < 2 ? 0 : 1,
  });
}

/** Seconds as a clock: `1:05`, `1:02:05`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
