/** What a person does in the studio of a browser test without its pages: uploads, records, projects, jobs. */
import { readFileSync } from 'node:fs';
import type { BrowserContext } from 'playwright-core';
import { sha256 } from '../src/base/index.js';

/** The API, as the person who is signed in in a window. */
export class StudioApi {
  readonly #context: BrowserContext;
  readonly #origin: string;

  constructor(context: BrowserContext, origin: string) {
    this.#context = context;
    this.#origin = origin;
  }

  /** A request with JSON. @throws Error where it is refused */
  async ask<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH', path: string, data?: unknown): Promise<T> {
    const answer = await this.#context.request.fetch(`${this.#origin}/api/v1${path}`, {
      method,
      headers: { origin: this.#origin },
      ...(data === undefined ? {} : { data }),
    });
    if (!answer.ok()) throw new Error(await answer.text());
    return (await answer.json()) as T;
  }

  /** Uploads a file of the disk under a name. */
  async upload(path: string, name: string): Promise<{ id: string; sha256: string; name: string }> {
    const bytes = readFileSync(path);
    const headers = { origin: this.#origin, 'tus-resumable': '1.0.0' };
    const { request } = this.#context;
    const begun = await request.post(`${this.#origin}/api/v1/uploads`, {
      headers: {
        ...headers,
        'upload-length': String(bytes.length),
        'upload-metadata': `filename ${Buffer.from(name).toString('base64')}`,
      },
    });
    const location = begun.headers()['location'] ?? '';
    const sent = await request.patch(new URL(location, this.#origin).href, {
      headers: { ...headers, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      data: bytes,
    });
    if (!sent.ok()) throw new Error(await sent.text());
    return { id: location.split('/').at(-1) ?? '', sha256: sha256(bytes), name };
  }

  /** Takes a record in; its id. */
  async consent(path: string): Promise<string> {
    return (await this.ask<{ id: string }>('POST', '/consents', JSON.parse(readFileSync(path, 'utf8')))).id;
  }

  /** Asks for a job and waits until it has ended. */
  async done(body: unknown): Promise<void> {
    const { id } = await this.ask<{ id: string }>('POST', '/jobs', body);
    for (;;) {
      const { state } = await this.ask<{ state: string }>('GET', `/jobs/${id}`);
      if (state === 'done') return;
      if (state === 'failed' || state === 'cancelled') throw new Error(state);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }
}
