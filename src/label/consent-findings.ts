/** Whether the consent that a label names is known on this machine, and still stands. */
import { LikenessError } from '../base/index.js';
import { knownRecord, verifyRecord } from '../consent/index.js';
import type { Manifest } from './c2pa/store.js';
import { CONSENT_ASSERTION, type ConsentReference } from './manifest.js';
import type { ConsentFinding } from './report.js';

function isReference(value: unknown): value is ConsentReference {
  const r = value as Partial<ConsentReference> | null;
  return (
    typeof r === 'object' &&
    r !== null &&
    typeof r.id === 'string' &&
    typeof r.digest === 'string' &&
    typeof r.role === 'string'
  );
}

async function findingOf(named: ConsentReference): Promise<ConsentFinding> {
  const { role, id, digest, status } = named;
  const reference = { role, id, digest, status: typeof status === 'string' ? status : null };
  const record = knownRecord(id);
  if (record === null)
    return { ...reference, known: false, stands: null, note: 'this machine does not have the record' };
  if (record.digest !== digest)
    return {
      ...reference,
      known: true,
      stands: false,
      note: 'the record here is not the one the label was made under',
    };
  const verification = await verifyRecord(record).catch((cause: unknown) => {
    // A broken log of this machine must not keep anyone from reading a label.
    if (cause instanceof LikenessError) return cause;
    throw cause;
  });
  if (verification instanceof LikenessError)
    return {
      ...reference,
      known: true,
      stands: null,
      note: `whether it stands cannot be said: ${verification.message}`,
    };
  const failed = verification.checks.filter((c) => !c.passed);
  const note =
    failed.length === 0 ? `it stands until ${record.record.term.notAfter}` : failed.map((c) => c.found).join('; ');
  return { ...reference, known: true, stands: verification.stands, note };
}

/** What is known here of consent records, by id and hash. */
export function consentFindings(references: readonly unknown[]): Promise<ConsentFinding[]> {
  return Promise.all(references.filter(isReference).slice(0, 32).map(findingOf));
}

/** What is known here of the records that a manifest names. */
export function consentOf(manifest: Manifest | undefined): Promise<ConsentFinding[]> {
  const data = manifest?.assertions?.find((a) => a.label === CONSENT_ASSERTION)?.data as
    | { records?: unknown }
    | undefined;
  return consentFindings(Array.isArray(data?.records) ? data.records : []);
}
