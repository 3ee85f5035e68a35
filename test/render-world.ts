/** A studio in which films are made: drawn people who have signed, and projects that put one on the other. */
import { readFileSync } from 'node:fs';
import { sha256 } from '../src/base/index.js';
import {
  type ConsentEnvelope,
  createKey,
  createRecord,
  type RevocationToken,
  type SigningKey,
  signRecord,
} from '../src/consent/index.js';
import { type Analysis, analyzeFile, type Identity } from '../src/faces/index.js';
import { StudioWorld } from './studio-world.js';

/** A clip in the studio, and the record of whom it shows. */
export interface Member {
  readonly id: string;
  readonly path: string;
  readonly sha256: string;
  readonly consent: string;
  readonly envelope: ConsentEnvelope;
  readonly key: SigningKey;
}

/** See the head of this file. */
export class RenderWorld extends StudioWorld {
  readonly #members = new Map<string, Member>();

  /** Somebody who was {@link cast}. */
  of(name: string): Member {
    const found = this.#members.get(name);
    if (found === undefined) throw new Error(name);
    return found;
  }

  /**
   * Takes a clip of a drawn person and their record into the studio. A face set needs twelve faces.
   *
   * @param analysis of the clip, where it has been looked at
   * @param word with it they withdraw
   */
  async cast(name: string, path: string, analysis?: Analysis, word?: RevocationToken): Promise<void> {
    const { tracks } = analysis ?? (await analyzeFile(path));
    const faces = (tracks[0]?.faces ?? []).map((f) => f.identity).filter((i): i is Identity => i !== null);
    const key = await createKey(name);
    const record = await createRecord({
      subject: { did: key.did, displayName: `Actor ${name}`, adult: true },
      faces,
      project: { title: 'Test' },
      scope: { roles: ['source', 'replaced'], operations: ['train', 'faceSwap'], uses: ['film'] },
      term: { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 86_400_000) },
    });
    const envelope = await signRecord(record, key, word);
    const bytes = readFileSync(path);
    const { answer, id } = await this.upload(`${name}.mp4`, bytes, this.owner);
    if (answer.status !== 204) throw new Error(await answer.text());
    const consent = envelope.record.id.slice('urn:uuid:'.length);
    this.#members.set(name, { id, path, sha256: sha256(bytes), consent, envelope, key });
  }

  /**
   * A project that puts a on b.
   *
   * @param route what is different in its row
   */
  async project(name: string, route: object = {}, settings: object = {}): Promise<string> {
    const [a, b] = [this.of('a'), this.of('b')];
    const file = {
      name,
      target: { sha256: b.sha256, name: 'b.mp4' },
      routes: [
        {
          engine: 'mesh',
          source: { sha256: a.sha256, name: 'a.mp4' },
          sourceConsent: a.consent,
          targetConsent: b.consent,
          ...route,
        },
      ],
      settings,
    };
    const answer = await this.post('/api/v1/projects', file, this.owner);
    const { id, problems } = (await answer.json()) as { id: string; problems: unknown[] };
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    return id;
  }

  /** Asks for a job; its id. */
  async job(body: unknown): Promise<string> {
    const answer = await this.post('/api/v1/jobs', body, this.owner);
    if (answer.status !== 201) throw new Error(await answer.text());
    return ((await answer.json()) as { id: string }).id;
  }
}
