/** People for benches: keys and signed records for the persons of a clip, in a home folder of the bench's own. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createKey, createRecord, loadKey, signRecord, writeEnvelope } from '../src/consent/index.js';
import { cachedAnalysis, type Identity } from '../src/faces/index.js';

/** Puts the bench's home in place of the user's. */
export function benchHome(): string {
  const home = resolve('.cache/bench-home');
  mkdirSync(home, { recursive: true });
  process.env['LIKENESS_HOME'] = home;
  return home;
}

/** Signs consent for the first person of a clip: generated people, drawn heads or a read-speech corpus only. */
export async function consentOf(clip: string, folder: string, label: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${label}.consent.json`);
  const name = `bench-${label}`;
  const key = await createKey(name).catch(() => loadKey(name));
  const analysis = await cachedAnalysis(clip, join(benchHome(), 'analysis'));
  const faces = (analysis.tracks[0]?.faces ?? []).map((f) => f.identity).filter((i): i is Identity => i !== null);
  const day = 86_400_000;
  const record = await createRecord({
    subject: { did: key.did, displayName: `Bench ${label}`, adult: true },
    faces: faces.slice(0, 24),
    project: { title: 'Bench' },
    scope: { roles: ['source', 'replaced'], operations: ['train', 'faceSwap'], uses: ['research'] },
    term: { from: new Date(Date.now() - day), to: new Date(Date.now() + 30 * day) },
  });
  await writeEnvelope(file, await signRecord(record, key));
  return file;
}
