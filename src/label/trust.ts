/**
 * Whom this machine believes: the roots of its own signers, and lists of roots that the user imported, such as the public
 * trust list of C2PA. None is shipped and none is fetched; a list is a PEM file that its publisher offers.
 */

import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { fileError, LikenessError, likenessHome, messageOf, sha256, writeAtomic } from '../base/index.js';
import type { TrustList } from './c2pa/library.js';
import type { LabelSignerFinding } from './report.js';
import { ACCEPTED_USAGES, commonName, issued, readCertificates } from './signer/certificates.js';
import { ownRoots } from './signer/signer.js';

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
});

/** An imported list. */
export type ImportedList = z.infer<typeof schema>;

const MOST_BYTES = 8 * 2 ** 20;
const folder = (): string => join(likenessHome(), 'trust');
const pathOf = (name: string): string => join(folder(), `${name}.json`);

/** What the list of this machine's own roots is called. */
export const OWN_LIST = 'this machine';

/** The lists that can be read, by name; a damaged one is an error that names it. */
export function importedLists(): ImportedList[] {
  if (!existsSync(folder())) return [];
  return readdirSync(folder())
    .filter((file) => file.endsWith('.json') && !file.startsWith('.'))
    .sort()
    .map((file) => {
      try {
        return schema.parse(JSON.parse(readFileSync(join(folder(), file), 'utf8')));
      } catch (cause) {
        throw new LikenessError(
          'label.trust.damaged',
          `The trust list ${join(folder(), file)} is damaged: ${messageOf(cause).slice(0, 200)}`,
          {
            hint: `Remove it with "likeness label trust remove ${file.replace(/\.json$/, '')}", then import it again.`,
            cause,
          },
        );
      }
    });
}

function readText(path: string): string {
  let text: Buffer;
  try {
    text = readFileSync(path);
  } catch (cause) {
    throw fileError(path, 'reading a trust list', cause);
  }
  if (text.length > MOST_BYTES)
    throw new LikenessError(
      'label.trust.size',
      `${path} has ${Math.round(text.length / 2 ** 20)} MB; a trust list has a few hundred kilobytes.`,
      {
        hint: 'Give the PEM file of a trust list.',
      },
    );
  return text.toString('utf8');
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

/**
 * Takes a trust list in: the roots of a PEM file, and the key usages that its signers may have.
 *
 * @param options.name what to call it; by default the name of the file
 * @param options.usages a file with OIDs, one a line, in place of the usual ones
 * @throws LikenessError `label.certificate.pem`, `label.trust.*`, `file.*`
 */
export async function importTrustList(
  path: string,
  options: { readonly name?: string; readonly usages?: string } = {},
): Promise<ImportedList> {
  const pem = readText(path);
  const name = (options.name ?? basename(path).replace(/\.\w+$/, '')).toLowerCase().replace(/[^a-z0-9-]+/g, '-');
  if (!/^[a-z0-9][a-z0-9-]{0,60}$/.test(name))
    throw new LikenessError('label.trust.name', `"${name}" cannot be the name of a trust list.`, {
      hint: 'Give one with --name: letters, digits and dashes.',
    });
  const certificates = readCertificates(pem, path);
  const list: ImportedList = {
    type: 'LikenessTrustList',
    name,
    from: basename(path),
    importedAt: new Date().toISOString(),
    sha256: sha256(pem),
    usages: options.usages === undefined ? [...ACCEPTED_USAGES] : readUsages(options.usages),
    certificates: [...new Set(certificates.map((c) => c.pem))],
  };
  await mkdir(folder(), { recursive: true });
  await writeAtomic(pathOf(name), `${JSON.stringify(list, null, 1)}\n`);
  return list;
}

/** Removes a list. */
export async function removeTrustList(name: string): Promise<void> {
  if (!/^[a-z0-9-]+$/.test(name) || !existsSync(pathOf(name)))
    throw new LikenessError('label.trust.unknown', `There is no trust list "${name.slice(0, 60)}".`, {
      hint: 'likeness label trust list names those there are.',
    });
  await rm(pathOf(name));
}

/** All that is trusted now, as the library takes it. */
export function trustNow(): TrustList {
  const lists = importedLists();
  const anchors = [...ownRoots(), ...lists.flatMap((list) => list.certificates)];
  const usages = new Set([...ACCEPTED_USAGES, ...lists.flatMap((list) => list.usages)]);
  return { anchors: anchors.join('\n'), usages: `${[...usages].join('\n')}\n` };
}

/** The list that knows one of these certificates, or the issuer of one. */
function listOf(certificates: readonly X509Certificate[]): string | null {
  const knows = (roots: readonly string[]): boolean =>
    roots.some((pem) => {
      const root = new X509Certificate(pem);
      return certificates.some(
        (c) => c.fingerprint256 === root.fingerprint256 || (c.issuer === root.subject && issued(root, c)),
      );
    });
  if (knows(ownRoots())) return OWN_LIST;
  return importedLists().find((list) => knows(list.certificates))?.name ?? null;
}

/**
 * Who a signer says they are, and which list vouches for them; `null` where the certificate cannot be read.
 *
 * @param chain DER, the signer's own first
 */
export function signerFinding(chain: readonly Uint8Array[]): LabelSignerFinding | null {
  let certificates: X509Certificate[];
  try {
    certificates = chain.map((der) => new X509Certificate(der));
  } catch {
    return null;
  }
  const [leaf] = certificates;
  if (leaf === undefined) return null;
  return {
    name: commonName(leaf),
    issuer: commonName(leaf, 'issuer'),
    fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    validFrom: new Date(leaf.validFrom).toISOString(),
    validTo: new Date(leaf.validTo).toISOString(),
    list: listOf(certificates),
  };
}

/** How many certificates of a list are valid today, and the names of the first few. */
export function describeList(list: ImportedList): { readonly valid: number; readonly names: readonly string[] } {
  const certificates = list.certificates.map((pem) => new X509Certificate(pem));
  const now = new Date();
  const valid = certificates.filter((c) => new Date(c.validFrom) <= now && new Date(c.validTo) >= now);
  return { valid: valid.length, names: certificates.slice(0, 5).map((c) => commonName(c)) };
}
