/** Jobs that a studio has under way while it is loaded: one begun as soon as the one before has ended. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { sha256 } from '../src/base/index.js';
import { createKey, createRecord, signRecord } from '../src/consent/index.js';
import { analyzeFile, type Identity } from '../src/faces/index.js';
import { stopModels } from '../src/models/index.js';
import type { StudioProcess } from './studio-process.js';

/** Seconds of the film that is worked with. */
const FILM = 24;

/** A clip of a drawn person in the studio, and the record of whom it shows. */
interface Person {
  readonly media: string;
  readonly file: { readonly sha256: string; readonly name: string };
  readonly consent: string;
}

async function person(
  studio: StudioProcess,
  folder: string,
  name: string,
  seed: number,
  seconds: number,
): Promise<Person> {
  const path = join(folder, `${name}.mp4`);
  const states = perform(seed, { seconds, fps: 12, style: 'lively' });
  await writeActorClip(path, { actor: createActor(seed), states, width: 320, height: 320, fps: 12 });
  const { tracks } = await analyzeFile(path);
  const faces = (tracks[0]?.faces ?? []).map((f) => f.identity).filter((i): i is Identity => i !== null);
  const key = await createKey(name);
  const record = await createRecord({
    subject: { did: key.did, displayName: `Actor ${name}`, adult: true },
    faces,
    project: { title: 'Bench' },
    scope: { roles: ['source', 'replaced'], operations: ['train', 'faceSwap'], uses: ['film'] },
    term: { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 86_400_000) },
  });
  const envelope = await signRecord(record, key);
  const media = await studio.upload(path, `${name}.mp4`);
  return {
    media,
    file: { sha256: sha256(readFileSync(path)), name: `${name}.mp4` },
    consent: envelope.record.id.slice('urn:uuid:'.length),
  };
}

/** See the head of this file. */
export class JobsMeanwhile {
  readonly #studio: StudioProcess;
  readonly #request: object;
  readonly #kind: string;
  #running: Promise<void> | null = null;
  #stopping = false;
  #done = 0;
  #failed = 0;

  private constructor(studio: StudioProcess, kind: string, request: object) {
    this.#studio = studio;
    this.#kind = kind;
    this.#request = request;
  }

  /** Makes ready what the jobs work with. */
  static async prepare(studio: StudioProcess, work: string, kind: 'render' | 'analyze'): Promise<JobsMeanwhile> {
    process.env['LIKENESS_HOME'] = join(work, 'home');
    const a = await person(studio, work, 'a', 3, 2);
    const b = await person(studio, work, 'b', 21, FILM);
    await stopModels();
    if (kind === 'analyze') return new JobsMeanwhile(studio, kind, { kind, media: b.media });
    const route = { engine: 'mesh', source: a.file, sourceConsent: a.consent, targetConsent: b.consent };
    const project = await studio.ask('POST', '/api/v1/projects', { name: 'Load', target: b.file, routes: [route] });
    return new JobsMeanwhile(studio, kind, { kind, project: project['id'] });
  }

  /** Begins, and waits until the first one is under way. */
  async start(): Promise<void> {
    const first = await this.#begin();
    this.#running = this.#go(first);
    for (;;) {
      const job = await this.#studio.ask('GET', `/api/v1/jobs/${first}`);
      if (job['state'] !== 'queued') return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async #begin(): Promise<string> {
    return String((await this.#studio.ask('POST', '/api/v1/jobs', this.#request))['id']);
  }

  async #go(first: string): Promise<void> {
    for (let id = first; ; id = await this.#begin()) {
      const { state } = await this.#studio.ended(id);
      if (this.#stopping) return;
      if (state === 'done') this.#done++;
      else this.#failed++;
    }
  }

  /** Cancels what is under way; what was done, in words. */
  async stop(): Promise<string> {
    this.#stopping = true;
    const { items } = (await this.#studio.ask('GET', '/api/v1/jobs?state=running')) as { items: { id: string }[] };
    for (const { id } of items) await this.#studio.ask('PATCH', `/api/v1/jobs/${id}`, { state: 'cancelled' });
    await this.#running;
    return `jobs of the kind ${this.#kind}, ${this.#done} done, ${this.#failed} failed, one under way at the end`;
  }
}
