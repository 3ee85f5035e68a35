/**
 * The two drawn people of the demo, on the command line and in the studio: their clips, keys and signed records. Nothing
 * that is there already is made again.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LikenessError, type LongWork, likenessHome, sha256File } from '../../base/index.js';
import type { ConsentEnvelope, Role } from '../../consent/index.js';

/** One drawn person and the files about them. */
export interface DemoPerson {
  readonly name: string;
  readonly role: Role;
  readonly clip: string;
  readonly record: string;
}

interface Casting {
  readonly name: string;
  readonly role: Role;
  /** Which drawn actor. */
  readonly actor: number;
  /** Which performance. */
  readonly performance: number;
}

/** Chosen to look unlike: who lends the face wears a moustache, which the other does not. */
const CAST: readonly [Casting, Casting] = [
  { name: 'Bela Drawn', role: 'source', actor: 7, performance: 11 },
  { name: 'Toni Drawn', role: 'replaced', actor: 15, performance: 12 },
];
const SECONDS = 6;
const FPS = 25;
const SIDE = 400;
const YEAR_MS = 365 * 24 * 3600 * 1000;

async function drawClip(path: string, casting: Casting, work: LongWork): Promise<void> {
  const { createActor, performance, writeActorClip } = await import('../../actors/index.js');
  await writeActorClip(path, {
    actor: createActor(casting.actor),
    states: performance(casting.performance, { seconds: SECONDS, fps: FPS, style: 'lively' }),
    width: SIDE,
    height: SIDE,
    fps: FPS,
    sound: true,
    ...work,
  });
}

/** A record that still stands, or null where it has to be made (again). */
async function standingRecord(path: string): Promise<ConsentEnvelope | null> {
  const { readEnvelope, verifyRecord } = await import('../../consent/index.js');
  if (!existsSync(path)) return null;
  try {
    const envelope = await readEnvelope(path);
    return (await verifyRecord(envelope)).stands ? envelope : null;
  } catch (thrown) {
    if (thrown instanceof LikenessError) return null;
    throw thrown;
  }
}

async function signConsent(person: DemoPerson, work: LongWork): Promise<void> {
  if ((await standingRecord(person.record)) !== null) return;
  const { cachedAnalysis } = await import('../../faces/index.js');
  const { createKey, createRecord, listKeys, loadKey, signRecord, writeEnvelope } = await import(
    '../../consent/index.js'
  );
  const { tracks } = await cachedAnalysis(person.clip, join(likenessHome(), 'analysis'), {
    signal: work.signal,
    onProgress: (event) => work.onProgress?.({ ...event, stage: `looking at ${person.name}: ${event.stage}` }),
  });
  const faces = tracks[0]?.faces.flatMap(({ identity }) => (identity === null ? [] : [identity])) ?? [];
  if (faces.length === 0)
    throw new LikenessError('demo.no-face', `No face was found in ${person.clip}, which the demo drew.`, {
      hint: 'Begin the demo anew, with --fresh.',
    });
  const known = (await listKeys()).map(({ name }) => name);
  const keyOf = (name: string) => (known.includes(name) ? loadKey(name) : createKey(name));
  const key = await keyOf(person.name.toLowerCase().replace(/ /g, '-'));
  // The studio signs too: it is given leave to do something, and takes it on these terms.
  const studio = await keyOf('demo-studio');
  const now = Date.now();
  const envelope = await createRecord({
    subject: { did: key.did, displayName: person.name, adult: true },
    faces,
    referenceSha256: await sha256File(person.clip),
    licensee: { did: studio.did, name: 'Likeness demo', contact: null, sublicensable: false },
    project: { title: 'Likeness demo' },
    scope: { roles: [person.role], operations: ['train', 'faceSwap'], uses: ['film'] },
    term: { from: new Date(now - 60_000), to: new Date(now + YEAR_MS) },
  });
  await writeEnvelope(person.record, await signRecord(await signRecord(envelope, key), studio));
}

const firstName = (name: string): string => name.split(' ')[0]?.toLowerCase() ?? name;
const filesOf = ({ name }: Casting): { clip: string; record: string } => ({
  clip: `${firstName(name)}.mp4`,
  record: `${firstName(name)}.consent.json`,
});

/** Names of the files that {@link castDemo} puts into the demo folder. */
export const CAST_FILES: readonly string[] = CAST.flatMap((casting) => Object.values(filesOf(casting)));

/** Draws the two people, makes their keys and has them sign; the source person first. */
export async function castDemo(folder: string, work: LongWork): Promise<readonly [DemoPerson, DemoPerson]> {
  const cast = async (casting: Casting): Promise<DemoPerson> => {
    const { clip, record } = filesOf(casting);
    const person = { name: casting.name, role: casting.role, clip: join(folder, clip), record: join(folder, record) };
    if (!existsSync(person.clip))
      await drawClip(person.clip, casting, {
        signal: work.signal,
        onProgress: (event) => work.onProgress?.({ ...event, stage: `drawing ${person.name}` }),
      });
    await signConsent(person, work);
    return person;
  };
  return [await cast(CAST[0]), await cast(CAST[1])];
}
