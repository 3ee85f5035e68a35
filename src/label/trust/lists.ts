/**
 * The lists that count on this machine: the public ones of C2PA that come with this version, unless the user switched them
 * off or put newer ones in their place, and lists of others that the user imported.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { fileError, LikenessError, likenessHome, parseJsonAs, sha256, writeAtomic } from '../../base/index.js';
import { ACCEPTED_USAGES, readCertificates } from '../signer/certificates.js';
import { looksLikeJson, readLote } from './lote.js';
import { replacedListRemarks } from './replaced.js';
import { isShipped, purposeOf, SHIPPED_NAMES, type ShippedName, shippedFile, shippedList } from './shipped.js';
import type { TrustedList } from './types.js';

const schema = z.strictObject({
  type: z.literal('LikenessTrustList'),
  name: z.string(),
  /** Name of the imported file. */
  from: z.string(),
  importedAt: z.iso.datetime(),
  /** SHA-256 of the imported file. */
  sha256: z.string(),
  usages: z.array(z.string()),
  certificates: z.array(z.string()).min(1),
  // Lists that were imported by older versions have no more than the above.
  distrusted: z.array(z.string()).default([]),
  origin: z
    .strictObject({
      title: z.string(),
      sequence: z.int().nullable(),
      issued: z.iso.datetime(),
      nextUpdate: z.iso.datetime().nullable(),
    })
    .nullable()
    .default(null),
});

/** An imported list, as its file holds it. */
type ImportedList = z.infer<typeof schema>;

const MOST_BYTES = 8 * 2 ** 20;
const folder = (): string => join(likenessHome(), 'trust');
const pathOf = (name: string): string => join(folder(), `${name}.json`);
/** A file that is there while a list that comes with this version is switched off. */
const offPath = (name: ShippedName): string => join(folder(), `${name}.off`);
const isName = (name: string): boolean => /^[a-z0-9][a-z0-9-]{0,60}$/.test(name);

function imported(file: string): TrustedList {
  const path = join(folder(), file);
  const stem = file.replace(/\.json$/, '');
  const again = isShipped(stem) ? 'restore' : 'remove';
  const list = parseJsonAs(
    readFileSync(path, 'utf8'),
    schema,
    (what, cause) =>
      new LikenessError('label.trust.damaged', `The trust list ${path} is damaged: ${what.slice(0, 200)}`, {
        hint: `Get rid of it with "likeness label trust ${again} ${stem}", then import it again.`,
        cause,
      }),
  );
  const { name, origin, from, importedAt, usages, certificates, distrusted } = list;
  return { name, purpose: purposeOf(name), origin, from, importedAt, usages, certificates, distrusted };
}

/**
 * The lists that count, by name.
 *
 * @throws LikenessError `label.trust.damaged`, `label.trust.shipped`
 */
export function trustLists(): TrustedList[] {
  const files = existsSync(folder())
    ? readdirSync(folder()).filter((file) => file.endsWith('.json') && !file.startsWith('.'))
    : [];
  const shipped = SHIPPED_NAMES.filter((name) => !files.includes(`${name}.json`) && !existsSync(offPath(name)));
  return [...files.map(imported), ...shipped.map(shippedList)].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a list of this name would take the place of: the one that counts under it, and the one that comes with this version. */
function listsNamed(name: string): TrustedList[] {
  const counting = trustLists().filter((list) => list.name === name);
  return isShipped(name) && counting.every(({ importedAt }) => importedAt !== null)
    ? [...counting, shippedList(name)]
    : counting;
}

/** Names of the lists that come with this version and are switched off. */
export const listsOff = (): ShippedName[] =>
  SHIPPED_NAMES.filter((name) => existsSync(offPath(name)) && !existsSync(pathOf(name)));

function readText(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > MOST_BYTES)
      throw new LikenessError(
        'label.trust.size',
        `${path} has ${Math.round(size / 2 ** 20)} MB; a trust list has a few hundred kilobytes.`,
        { hint: 'Give the list as its publisher offers it: a PEM file, or JSON as in ETSI TS 119 602.' },
      );
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileError(path, 'reading a trust list', cause);
  }
}

/** The OIDs in a configuration file, one a line, remarks after `//` or `#`. */
function readUsages(path: string): string[] {
  const lines = readText(path)
    .split(/\r?\n/)
    .map((line) => line.replace(/(\/\/|#).*/, '').trim())
    .filter((line) => line !== '');
  const bad = lines.find((line) => !/^[0-2](\.\d+)+$/.test(line));
  if (bad !== undefined || lines.length === 0)
    throw new LikenessError(
      'label.trust.usages',
      `${path} is no list of key usages: ${bad === undefined ? 'it is empty' : `"${bad.slice(0, 60)}" is no OID`}.`,
      {
        hint: 'It must hold one OID a line, such as 1.3.6.1.5.5.7.3.4.',
      },
    );
  return [...new Set(lines)];
}

const stemOf = (path: string): string =>
  basename(path)
    .replace(/\.\w+$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-');

/** What a list is called where nobody says: by its file, but the lists of C2PA by their short names. */
function defaultName(path: string): string {
  const stem = stemOf(path);
  return SHIPPED_NAMES.find((name) => stemOf(shippedFile(name).source.path) === stem) ?? stem;
}

/**
 * Takes a trust list in: the certificates of a PEM file or of a list of trusted entities in JSON, and the key usages that
 * its signers may have. Under the name of a list that comes with this version it takes that list's place.
 *
 * @param options.name what to call it; by default the name of the file
 * @param options.usages a file with OIDs, one a line, in place of the usual ones
 * @returns the list, with sentences about what is lost by it where it took the place of another
 * @throws LikenessError `label.certificate.pem`, `label.trust.*`, `file.*`
 */
export async function importTrustList(
  path: string,
  options: { readonly name?: string; readonly usages?: string } = {},
): Promise<TrustedList & { readonly remarks: readonly string[] }> {
  const text = readText(path);
  const name = options.name?.toLowerCase().replace(/[^a-z0-9-]+/g, '-') ?? defaultName(path);
  if (!isName(name))
    throw new LikenessError('label.trust.name', `"${name}" cannot be the name of a trust list.`, {
      hint: 'Give one with --name: letters, digits and dashes.',
    });
  const { origin, certificates, distrusted } = looksLikeJson(text)
    ? readLote(text, path)
    : { origin: null, certificates: readCertificates(text, path).map((c) => c.pem), distrusted: [] };
  const own = SHIPPED_NAMES.find((each) => shippedFile(each).title === origin?.title);
  if (isShipped(name) && own !== undefined && own !== name)
    throw new LikenessError(
      'label.trust.name',
      `${path} is the ${origin?.title}, which is not what "${name}" is for.`,
      {
        hint: `Import it with --name ${own}.`,
      },
    );
  const list: ImportedList = {
    type: 'LikenessTrustList',
    name,
    from: basename(path),
    importedAt: new Date().toISOString(),
    sha256: sha256(text),
    usages: options.usages === undefined ? [...ACCEPTED_USAGES] : readUsages(options.usages),
    certificates: [...new Set(certificates)],
    distrusted: [...distrusted],
    origin,
  };
  const before = listsNamed(name);
  await mkdir(folder(), { recursive: true });
  await writeAtomic(pathOf(name), `${JSON.stringify(list, null, 1)}\n`);
  if (isShipped(name)) await rm(offPath(name), { force: true });
  const now = imported(`${name}.json`);
  return { ...now, remarks: replacedListRemarks(now, before) };
}

/**
 * Removes a list. One that comes with this version is switched off until {@link restoreTrustList}, and what was imported
 * in its place is gone.
 */
export async function removeTrustList(name: string): Promise<void> {
  const there = isName(name) && existsSync(pathOf(name));
  if (isShipped(name) && (there || !existsSync(offPath(name))))
    await writeAtomic(offPath(name), `${new Date().toISOString()}\n`);
  else if (!there)
    throw new LikenessError('label.trust.unknown', `There is no trust list "${name.slice(0, 60)}".`, {
      hint: 'likeness label trust list names those there are.',
    });
  await rm(pathOf(name), { force: true });
}

/**
 * Lets a list that comes with this version count again, in place of one that was imported under its name.
 *
 * @throws LikenessError `label.trust.unknown` where none of this name comes with it
 */
export async function restoreTrustList(name: string): Promise<TrustedList> {
  if (!isShipped(name))
    throw new LikenessError('label.trust.unknown', `No trust list "${name.slice(0, 60)}" comes with Likeness.`, {
      hint: `Those that do: ${SHIPPED_NAMES.join(', ')}. Import others: likeness label trust import.`,
    });
  const list = shippedList(name);
  await rm(pathOf(name), { force: true });
  await rm(offPath(name), { force: true });
  return list;
}
