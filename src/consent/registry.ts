/** The records this machine has seen, without biometrics: so that a label's record id can be looked up later. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LikenessError, likenessHome } from '../base/index.js';
import { type ConsentEnvelope, readEnvelope, writeEnvelope } from './record.js';

const folder = (): string => join(likenessHome(), 'records');
const pathOf = (id: string): string => join(folder(), `${id.slice('urn:uuid:'.length)}.consent.json`);

/** Keeps a copy of a signed record. A record that is known already stays as it is unless signatures were added. */
export async function rememberRecord(envelope: ConsentEnvelope): Promise<void> {
  const known = knownRecord(envelope.record.id);
  if (known !== null && known.signatures.length >= envelope.signatures.length) return;
  await writeEnvelope(pathOf(envelope.record.id), envelope);
}

/** The record with this id, or `null` where it is not known here or its copy is damaged. */
export function knownRecord(id: string): ConsentEnvelope | null {
  if (!/^urn:uuid:[0-9a-f-]{36}$/.test(id) || !existsSync(pathOf(id))) return null;
  try {
    return readEnvelope(pathOf(id));
  } catch {
    return null;
  }
}

/**
 * The file of a known record.
 *
 * @throws LikenessError `consent.missing`
 */
export function knownRecordPath(id: string): string {
  if (knownRecord(id) === null)
    throw new LikenessError('consent.missing', `The consent record ${id} is not known on this machine.`, {
      hint: 'Sign it here, or import it in the studio under People.',
    });
  return pathOf(id);
}

/** All known records that can be read. */
export function knownRecords(): ConsentEnvelope[] {
  if (!existsSync(folder())) return [];
  return readdirSync(folder())
    .filter((file) => file.endsWith('.consent.json') && !file.startsWith('.'))
    .sort()
    .flatMap((file) => {
      const known = knownRecord(`urn:uuid:${file.slice(0, -'.consent.json'.length)}`);
      return known === null ? [] : [known];
    });
}
