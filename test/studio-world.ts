/** A studio for tests: in a folder of its own, on a free port, with people of every role. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import type { StudioRole } from '../src/server/access.js';
import { type RunningStudio, startStudio } from '../src/server/index.js';

/** Somebody who asks: with the cookie of a session, or a key. */
export interface Caller {
  readonly headers: Readonly<Record<string, string>>;
}

/** See the head of this file. */
export class StudioWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'likeness-studio-'));
  readonly log: string[] = [];
  studio!: RunningStudio;
  /** The owner's session. */
  owner!: Caller;
  /** Keys by role. */
  readonly keys = new Map<StudioRole, Caller>();

  at(name: string): string {
    return join(this.folder, name);
  }

  /** @param parallel jobs at once; one in each lane where left out */
  async open(parallel?: { readonly quick: number; readonly long: number }): Promise<void> {
    process.env['LIKENESS_HOME'] = this.at('home');
    this.studio = await startStudio({ port: 0, parallel, writeLog: (line) => this.log.push(line) });
  }

  /** Opens the studio of LIKENESS_HOME on another port; the owner's session of before, as its page would send it. */
  async openAgain(parallel?: { readonly quick: number; readonly long: number }): Promise<Caller> {
    this.studio = await startStudio({ port: 0, parallel, writeLog: (line) => this.log.push(line) });
    return { headers: { ...this.owner.headers, origin: this.studio.origin } };
  }

  /** Signs the owner in by the start link. */
  async signIn(): Promise<void> {
    const link = new URL(this.studio.startAddress()).hash.replace('#link=', '');
    const answer = await this.post('/api/v1/session', { link }, { headers: { origin: this.studio.origin } });
    if (answer.status !== 200) throw new Error(await answer.text());
    this.owner = this.session(answer);
  }

  /** The session that an answer began. */
  session(answer: Response): Caller {
    const cookie = answer.headers.getSetCookie().map((each) => each.split(';')[0]);
    return { headers: { cookie: cookie.join('; '), origin: this.studio.origin } };
  }

  /** Invites somebody; their session. */
  async invite(role: StudioRole, email: string, consents: readonly string[] = []): Promise<Caller> {
    const invited = await this.post('/api/v1/invitations', { role, consents }, this.owner);
    const { link } = (await invited.json()) as { link: string };
    const token = link.split('#invitation=')[1];
    const person = { token, name: `A ${role}`, email, password: 'correct horse battery' };
    const answer = await this.post('/api/v1/invitations/accept', person, {
      headers: { origin: this.studio.origin },
    });
    if (answer.status !== 201) throw new Error(await answer.text());
    return this.session(answer);
  }

  /** A key for a session. */
  async key(session: Caller): Promise<Caller> {
    const answer = await this.post('/api/v1/api-keys', { name: 'test' }, session);
    const { key } = (await answer.json()) as { key: string };
    return { headers: { authorization: `Bearer ${key}` } };
  }

  /** A person and a key of every role. */
  async people(): Promise<void> {
    this.keys.set('owner', await this.key(this.owner));
    for (const role of ['maker', 'reviewer', 'subject'] as const)
      this.keys.set(role, await this.key(await this.invite(role, `${role}@example.org`)));
  }

  ask(path: string, init: RequestInit & { readonly headers?: Record<string, string> } = {}): Promise<Response> {
    return fetch(`${this.studio.origin}${path}`, { redirect: 'manual', ...init });
  }

  get(path: string, who: Caller): Promise<Response> {
    return this.ask(path, { headers: { ...who.headers } });
  }

  async json<T>(path: string, who: Caller): Promise<T> {
    return (await (await this.get(path, who)).json()) as T;
  }

  send(method: string, path: string, body: unknown, who: Caller): Promise<Response> {
    const headers = { 'content-type': 'application/json', ...who.headers };
    return this.ask(path, { method, headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
  }

  post(path: string, body: unknown, who: Caller): Promise<Response> {
    return this.send('POST', path, body, who);
  }

  /** Uploads bytes in one go; the answer to the last request, and the id. */
  async upload(
    name: string,
    bytes: Uint8Array,
    who: Caller,
    project?: string,
  ): Promise<{ answer: Response; id: string }> {
    const tus = { ...who.headers, 'tus-resumable': '1.0.0' };
    const begun = await this.ask('/api/v1/uploads', {
      method: 'POST',
      headers: {
        ...tus,
        'upload-length': String(bytes.length),
        'upload-metadata': Object.entries({ filename: name, ...(project === undefined ? {} : { project }) })
          .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
          .join(),
      },
    });
    const location = begun.headers.get('location');
    if (location === null) return { answer: begun, id: '' };
    const answer = await this.ask(location, {
      method: 'PATCH',
      headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      body: bytes as Uint8Array<ArrayBuffer>,
    });
    return { answer, id: location.split('/').at(-1) ?? '' };
  }

  /** Draws a short clip of a made-up person. */
  async clip(name: string, seed: number, seconds = 1, sound = false): Promise<string> {
    const path = this.at(name);
    const states = perform(seed, { seconds, fps: 8, style: 'lively' });
    await writeActorClip(path, { actor: createActor(seed), states, width: 160, height: 160, fps: 8, sound });
    return path;
  }

  /** Waits until a job has ended, or is in one of `states`. */
  async ended(id: string, who: Caller, states = ['done', 'failed', 'cancelled']): Promise<Record<string, unknown>> {
    for (;;) {
      const job = await this.json<Record<string, unknown>>(`/api/v1/jobs/${id}`, who);
      if (states.includes(job['state'] as string)) return job;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }

  async close(): Promise<void> {
    await this.studio?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
