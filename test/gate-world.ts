/** The world that attempts on the gate start from: two people who consented, their files, and one honest way through. */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { sha256File } from '../src/base/index.js';
import {
  type AuthorizationRequest,
  authorize,
  type ConsentEnvelope,
  createRecord,
  type Grant,
  type NewRecord,
  newRevocationToken,
  readAudit,
  readEnvelope,
  signRecord,
  writeEnvelope,
} from '../src/consent/index.js';
import type { Identity } from '../src/faces/index.js';
import { publish, seal } from '../src/label/index.js';
import { writePicture } from '../src/media/index.js';
import { makePerson, type Person, temporaryHome, usual } from './consent-people.js';

/** How an attempt differs from the honest way. */
export interface Plan {
  readonly source: string;
  readonly target: string;
  readonly sourceConsent: string;
  readonly targetConsent: string;
  readonly sourceFaces: readonly Identity[];
  readonly targetFaces: readonly Identity[];
  readonly request: Partial<AuthorizationRequest>;
  /** Runs while the picture is made, after leave was given. */
  readonly meanwhile: (grant: Grant) => unknown;
  /** Runs between sealing and publishing. */
  readonly atLast: () => unknown;
  /** What the seal is given in place of the grant. */
  readonly grant: (grant: Grant) => Grant | readonly Grant[];
  readonly operation: 'faceSwap' | 'train';
}

/** One try to get past the gate. */
export type Attempt = () => Partial<Plan> | Promise<Partial<Plan>>;

/** Two people, their files, and the one way to a published picture. */
export class GateWorld {
  readonly #at = temporaryHome();
  ann!: Person;
  bob!: Person;
  /** The word that withdraws Ann's record. */
  word = '';
  #count = 0;

  /** The Likeness home. */
  get home(): string {
    return this.#at.home;
  }

  /** A file of this world. */
  path(name: string): string {
    return join(this.#at.folder, name);
  }

  /** Makes everything once; {@link restore} brings it back. */
  async build(): Promise<void> {
    this.ann = await makePerson('ann', 1);
    this.bob = await makePerson('bob', 2);
    const word = newRevocationToken();
    this.word = word.token;
    this.ann = { ...this.ann, envelope: await signRecord(this.ann.envelope, this.ann.key, word) };
    await writeEnvelope(this.path('ann.consent.json'), this.ann.envelope);
    await writeEnvelope(this.path('bob.consent.json'), this.bob.envelope);
    for (const [name, seed] of [
      ['source.png', 1],
      ['target.png', 2],
      ['other.png', 3],
      ['made.png', 4],
    ] as const)
      await writePicture(
        this.path(name),
        renderActor(createActor(seed), restState({}), { width: 96, height: 96 }).frame,
      );
    // The first seal makes the label authority, which takes a while.
    await this.go({}, 'first.png');
    cpSync(this.#at.folder, `${this.#at.folder}.before`, { recursive: true });
  }

  /** Undoes everything since {@link build}. */
  restore(): void {
    rmSync(this.#at.folder, { recursive: true, force: true });
    cpSync(`${this.#at.folder}.before`, this.#at.folder, { recursive: true });
  }

  /** Removes everything. */
  remove(): void {
    rmSync(`${this.#at.folder}.before`, { recursive: true, force: true });
    this.#at.remove();
  }

  /** The honest way, but for `change`: from files to a published picture. */
  async go(change: Partial<Plan>, out = 'out.png'): Promise<string> {
    const plan: Plan = {
      source: this.path('source.png'),
      target: this.path('target.png'),
      sourceConsent: this.path('ann.consent.json'),
      targetConsent: this.path('bob.consent.json'),
      sourceFaces: this.ann.face(12),
      targetFaces: this.bob.face(12),
      request: {},
      meanwhile: () => undefined,
      atLast: () => undefined,
      grant: (grant) => grant,
      operation: 'faceSwap',
      ...change,
    };
    const grant = await authorize({
      operation: 'faceSwap',
      use: 'film.short',
      medium: 'picture',
      source: {
        envelope: readEnvelope(plan.sourceConsent),
        identities: plan.sourceFaces,
        footageSha256: await sha256File(plan.source),
      },
      replaced: {
        envelope: readEnvelope(plan.targetConsent),
        identities: plan.targetFaces,
        footageSha256: await sha256File(plan.target),
      },
      ...plan.request,
    });
    await plan.meanwhile(grant);
    // Before each segment, as the renderer does.
    grant.assertCovers({
      operation: plan.operation,
      sourceSha256: await sha256File(plan.source),
      targetSha256: await sha256File(plan.target),
    });
    const made = this.path(`made-${++this.#count}.png`);
    writeFileSync(made, readFileSync(this.path('made.png')));
    const sealed = await seal({
      file: made,
      parent: plan.target,
      grant: plan.grant(grant),
      operation: plan.operation,
      title: out,
      description: 'Face replaced with documented consent',
      agent: { name: 'test', version: '1' },
      changes: ['face'],
      inputs: [plan.source],
    });
    await plan.atLast();
    return (await publish(sealed, this.path(out))).path;
  }

  /** Whether anything was published since {@link build}. */
  async published(): Promise<boolean> {
    if (existsSync(this.path('out.png'))) return true;
    const entries = await readAudit().catch(() => []);
    return entries.filter((entry) => entry.kind === 'publish').length > 1;
  }

  /** Writes Ann's record with its text changed, as an attacker with an editor would. */
  edited(change: (text: string) => string): Partial<Plan> {
    const path = this.path('edited.consent.json');
    const before = readFileSync(this.path('ann.consent.json'), 'utf8');
    const after = change(before);
    if (after === before) throw new Error('the edit changed nothing');
    writeFileSync(path, after);
    return { sourceConsent: path };
  }

  /** Ann's record with its values changed. */
  changed(change: (envelope: ConsentEnvelope & Record<string, unknown>) => void): Partial<Plan> {
    return this.edited((text) => {
      const envelope = JSON.parse(text) as ConsentEnvelope & Record<string, unknown>;
      change(envelope);
      return JSON.stringify(envelope);
    });
  }

  /** A record that Ann really signed, other than the usual. */
  async signed(change: (record: NewRecord) => NewRecord): Promise<Partial<Plan>> {
    const { ann } = this;
    const made = await signRecord(await createRecord(change(usual(ann.key, 'Ann', ann.face(6)))), ann.key);
    const path = this.path(`ann-${++this.#count}.consent.json`);
    await writeEnvelope(path, made);
    return { sourceConsent: path };
  }

  /** Makes an attempt, and holds it to this refusal and to nothing having got out. */
  async refused(attempt: Attempt, code: RegExp): Promise<void> {
    const error = await Promise.resolve()
      .then(attempt)
      .then((plan) => this.go(plan))
      .then(
        () => null,
        (cause: unknown) => cause as { code?: string; message: string },
      );
    expect(error, 'it was published').not.toBeNull();
    expect(error?.code ?? String(error), error?.message).toMatch(code);
    expect(await this.published()).toBe(false);
  }
}
