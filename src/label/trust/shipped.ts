/** The public trust lists of C2PA as they come with this version: read from `data`, nothing is fetched. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fileError, LikenessError, packageRoot, parseJsonAs } from '../../base/index.js';
import { ACCEPTED_USAGES } from '../signer/certificates.js';
import { type ListOrigin, pemOf, type TrustedList } from './types.js';

/** What a list that comes with this version is for. */
const PURPOSES = { c2pa: 'labels', 'c2pa-time': 'time' } as const;
/** Name of a list that comes with this version. */
export type ShippedName = keyof typeof PURPOSES;
/** Their names. */
export const SHIPPED_NAMES = Object.keys(PURPOSES) as readonly ShippedName[];

const schema = z.strictObject({
  title: z.string(),
  operator: z.string(),
  source: z.strictObject({ repository: z.url(), path: z.string(), commit: z.string().regex(/^[0-9a-f]{40}$/) }),
  sequence: z.int(),
  issued: z.iso.datetime(),
  nextUpdate: z.iso.datetime(),
  licence: z.string(),
  notice: z.string(),
  entries: z
    .array(
      z.strictObject({
        organisation: z.string(),
        service: z.string(),
        status: z.enum(['trusted', 'untrusted']),
        since: z.iso.datetime(),
        /** DER, in base64. */
        certificate: z.base64(),
      }),
    )
    .min(1),
});

/** A list as its file holds it. */
export type ShippedFile = z.infer<typeof schema>;

const read = new Map<ShippedName, ShippedFile>();

/** Whether a list of this name comes with this version. */
export const isShipped = (name: string): name is ShippedName => Object.hasOwn(PURPOSES, name);

/**
 * The file of a list; read once.
 *
 * @throws LikenessError `label.trust.shipped` where it was changed, `file.*`
 */
export function shippedFile(name: ShippedName): ShippedFile {
  const known = read.get(name);
  if (known !== undefined) return known;
  const path = join(packageRoot, 'src', 'label', 'trust', 'data', `${name}.json`);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileError(path, 'reading a trust list', cause);
  }
  const file = parseJsonAs(
    text,
    schema,
    (what, cause) =>
      new LikenessError('label.trust.shipped', `The trust list ${path} cannot be used: ${what.slice(0, 200)}.`, {
        hint: `Restore the file, or do without: likeness label trust remove ${name}`,
        cause,
      }),
  );
  read.set(name, file);
  return file;
}

/** What a list of this name is for: those of C2PA for signers or time-stamp authorities, lists of others for both. */
export const purposeOf = (name: string): TrustedList['purpose'] => (isShipped(name) ? PURPOSES[name] : 'both');

/** A list that comes with this version. */
export function shippedList(name: ShippedName): TrustedList {
  const { title, source, sequence, issued, nextUpdate, entries } = shippedFile(name);
  const withStatus = (status: 'trusted' | 'untrusted'): string[] =>
    entries.filter((entry) => entry.status === status).map((entry) => pemOf(entry.certificate));
  const origin: ListOrigin = { title, sequence, issued, nextUpdate };
  return {
    name,
    purpose: PURPOSES[name],
    origin,
    from: `${source.repository}, ${source.path} at ${source.commit.slice(0, 12)}`,
    importedAt: null,
    usages: ACCEPTED_USAGES,
    certificates: withStatus('trusted'),
    distrusted: withStatus('untrusted'),
  };
}
