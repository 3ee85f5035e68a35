/** Who vouches for whom: holds the certificates in a label against the lists that count. */
import { X509Certificate } from 'node:crypto';
import type { TrustList } from '../c2pa/library.js';
import type { LabelReport, LabelSignerFinding, ListFinding } from '../report.js';
import { ACCEPTED_USAGES, commonName, issued } from '../signer/certificates.js';
import { ownRoots } from '../signer/signer.js';
import { trustLists } from './lists.js';
import { type TrustedList, titleOf } from './types.js';

/** What the list of this machine's own roots is called. */
export const OWN_LIST = 'this machine';

/** The lists that count, with that of this machine's own roots in front. */
function allLists(): TrustedList[] {
  const own: TrustedList = {
    name: OWN_LIST,
    purpose: 'both',
    origin: null,
    from: '',
    importedAt: null,
    usages: ACCEPTED_USAGES,
    certificates: ownRoots(),
    distrusted: [],
  };
  return [own, ...trustLists()];
}

/**
 * All that is trusted now, as the library takes it. It knows one list for signers and time-stamp authorities alike, and
 * needs both at once: a certificate that has run out counts where a trusted stamp says that it had not yet. Which of the
 * two a certificate is listed for is asked afterwards, by {@link judge}.
 */
export function trustNow(): TrustList {
  const lists = allLists();
  const anchors = new Set(lists.flatMap((list) => list.certificates));
  const usages = new Set(lists.flatMap((list) => list.usages));
  return { anchors: [...anchors].join('\n'), usages: `${[...usages].join('\n')}\n` };
}

/** Parsing takes most of the time, and the lists are the same for every file of a folder. */
const parsed = new Map<string, X509Certificate>();
function parse(pem: string): X509Certificate {
  const known = parsed.get(pem) ?? new X509Certificate(pem);
  parsed.set(pem, known);
  return known;
}

/**
 * Whether a path leads from the first certificate of a chain to one that the list believes. It ends there, whether that is
 * a root or not, and leads through none that the list distrusts.
 */
function vouches(list: TrustedList, chain: readonly X509Certificate[]): boolean {
  const anchors = list.certificates.map(parse);
  const distrusted = new Set(list.distrusted.map((pem) => parse(pem).fingerprint256));
  const rest = new Set(chain);
  for (let [at] = chain; at !== undefined; ) {
    const here: X509Certificate = at;
    if (distrusted.has(here.fingerprint256)) return false;
    if (anchors.some((a) => a.fingerprint256 === here.fingerprint256 || (a.ca && issued(a, here)))) return true;
    rest.delete(here);
    at = [...rest].find((c) => c.ca && issued(c, here));
  }
  return false;
}

/** The list that vouches for a chain of certificates, the first of which is the signer's own. */
function listFor(chain: readonly X509Certificate[], purpose: 'labels' | 'time'): ListFinding | null {
  const found = allLists().find(
    (list) => (list.purpose === 'both' || list.purpose === purpose) && vouches(list, chain),
  );
  return found === undefined ? null : { name: found.name, title: found.origin === null ? null : titleOf(found) };
}

/** The list that vouches for a time-stamp authority, by the certificates in its stamp. */
export const authorityList = (chain: readonly X509Certificate[]): ListFinding | null => listFor(chain, 'time');

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
  const list = listFor(certificates, 'labels');
  return {
    name: commonName(leaf),
    issuer: commonName(leaf, 'issuer'),
    fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    validFrom: new Date(leaf.validFrom).toISOString(),
    validTo: new Date(leaf.validTo).toISOString(),
    list: list?.name ?? null,
    listTitle: list?.title ?? null,
  };
}

/** The codes and the state of a label; what is said of them by the library, then by the lists. */
export type Judged = Pick<LabelReport, 'codes' | 'state'>;

/**
 * What is left of the library's judgement where signers and time-stamp authorities are held against their own lists: an
 * authority for one is none for the other. Where the certificates of a signer cannot be read nobody vouches for them.
 */
export function judge({ codes, state }: Judged, found: Pick<LabelReport, 'signer' | 'timestamp'>, now: Date): Judged {
  const success = new Set(codes.success);
  const informational = new Set(codes.informational);
  const failure = new Set(codes.failure);
  let left = state;
  // A stamp that cannot be read here, such as one in an assertion of its own, is left to the library.
  if (found.timestamp?.trusted === false && success.delete('timeStamp.trusted')) {
    informational.add('timeStamp.untrusted');
    // Without a stamp that counts, a certificate counts as long as it is valid.
    if (found.signer !== null && new Date(found.signer.validTo) < now) {
      failure.add('signingCredential.expired');
      left = 'invalid';
    }
  }
  if (found.signer?.list == null && success.delete('signingCredential.trusted')) {
    failure.add('signingCredential.untrusted');
    if (left === 'trusted') left = 'valid';
  }
  return {
    codes: { ...codes, success: [...success], informational: [...informational], failure: [...failure] },
    state: left,
  };
}
