/** People for the consent and label tests: made-up faces, real keys, real signatures, a Likeness home of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../src/base/index.js';
import {
  type AuthorizationRequest,
  type ConsentEnvelope,
  createKey,
  createRecord,
  type NewRecord,
  type SigningKey,
  signRecord,
} from '../src/consent/index.js';
import type { Identity } from '../src/faces/index.js';

/** Makes a temporary Likeness home and returns what removes it again. */
export function temporaryHome(): { home: string; folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'likeness-trust-'));
  const home = join(folder, 'home');
  const before = process.env['LIKENESS_HOME'];
  process.env['LIKENESS_HOME'] = home;
  return {
    home,
    folder,
    remove: () => {
      if (before === undefined) delete process.env['LIKENESS_HOME'];
      else process.env['LIKENESS_HOME'] = before;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function unit(random: Random, base: Float32Array | null, length: number, noise: number): Float32Array {
  const v = Float32Array.from({ length }, (_, i) => (base?.[i] ?? 0) + (noise * random.normal()) / Math.sqrt(length));
  const norm = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
  return v.map((x) => x / norm);
}

/** A made-up face that can be measured any number of times. */
export function madeUpFace(seed: number): (count: number) => Identity[] {
  const random = new Random(seed);
  const a = unit(random, null, 1024, 1);
  const b = unit(random, null, 192, 1);
  return (count) =>
    Array.from({ length: count }, () => ({ a: unit(random, a, 1024, 0.35), b: unit(random, b, 192, 0.35) }));
}

/** Someone with a face, a key and a signed record. */
export interface Person {
  readonly face: (count: number) => Identity[];
  readonly key: SigningKey;
  readonly envelope: ConsentEnvelope;
}

const DAY = 86_400_000;

/** The usual record: train and swap, both sides, for films, anywhere, from yesterday for a year. */
export function usual(key: SigningKey, name: string, faces: readonly Identity[]): NewRecord {
  return {
    subject: { did: key.did, displayName: name, adult: true },
    faces,
    project: { title: 'Test film' },
    scope: { roles: ['source', 'replaced'], operations: ['train', 'faceSwap'], uses: ['film'] },
    term: { from: new Date(Date.now() - DAY), to: new Date(Date.now() + 365 * DAY) },
  };
}

/** Makes a person whose record is the usual one but for `change`. */
export async function makePerson(
  name: string,
  seed: number,
  change: (record: NewRecord) => NewRecord = (r) => r,
): Promise<Person> {
  const face = madeUpFace(seed);
  const key = await createKey(name);
  const envelope = await signRecord(await createRecord(change(usual(key, name, face(8)))), key);
  return { face, key, envelope };
}

/** SHA-256 that stand for footage. */
export const SOURCE_HASH = 'a'.repeat(64);
export const TARGET_HASH = 'b'.repeat(64);

/** A request that must be granted. */
export function goodRequest(source: Person, replaced: Person): AuthorizationRequest & { replaced: object } {
  return {
    operation: ['train', 'faceSwap'],
    use: 'film.short',
    medium: 'video',
    source: { envelope: source.envelope, identities: source.face(30), footageSha256: SOURCE_HASH },
    replaced: { envelope: replaced.envelope, identities: replaced.face(30), footageSha256: TARGET_HASH },
  };
}
