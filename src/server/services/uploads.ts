/** Uploads in pieces (tus 1.0): a lost connection goes on where it was. A whole upload becomes media under its own id. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Server, type Upload } from '@tus/server';
import { isDiskFull, LikenessError } from '../../base/index.js';
import { plainName } from '../../consent/index.js';
import { type Database, dataFolder, freeBytes, ROOM } from '../../jobs/index.js';
import { fullDisk, HttpProblem, problemOf, problemResponse } from '../problem.js';
import { LAB_PROJECT } from '../schemas/bench.js';
import { type MediaStore, safeName } from './media-store.js';
import { readSettings } from './settings.js';
import { fullForUpload, UploadFiles } from './upload-files.js';

/** Who uploads: a person of the studio, or somebody with the link of a capture. */
export interface Uploader {
  /** A person's id, or `capture:` and the id of a capture. */
  readonly id: string;
  /** Path under which uploads are asked for. */
  readonly base: string;
}

/** Milliseconds after which an upload that nobody goes on with is deleted, see sweep.ts. */
export const FORGET_UPLOAD = 3 * 86_400_000;

/** What the library wants thrown. */
const asTus = (problem: unknown): unknown => {
  const { status } = problemOf(problem);
  return { status_code: status, body: JSON.stringify(problemOf(problem)) };
};

/** See the head of this file. */
export class Uploads {
  readonly #db: Database;
  readonly #media: MediaStore;
  readonly #folder = join(dataFolder(), 'uploads');
  readonly #who = new AsyncLocalStorage<Uploader>();
  #server: Server | null = null;
  #store: UploadFiles | null = null;

  constructor(db: Database, media: MediaStore) {
    this.#db = db;
    this.#media = media;
  }

  async #allow(size: number | undefined, who: Uploader, project: string | null): Promise<void> {
    const { maxUploadBytes, personQuotaBytes, projectQuotaBytes } = await readSettings(this.#db);
    if (size === undefined || size > maxUploadBytes)
      throw new HttpProblem(
        413,
        'uploads.size',
        size === undefined
          ? 'The upload does not say how large it is.'
          : `The file is larger than ${Math.round(maxUploadBytes / 1e6)} MB.`,
        { hint: 'Use a smaller file, or ask the owner to raise the limit.' },
      );
    const full = (whose: string): HttpProblem =>
      new HttpProblem(507, 'uploads.quota', `The room for ${whose} is used up.`, {
        hint: 'Delete files that are not needed, or ask the owner for more room.',
      });
    if (project !== null && project !== LAB_PROJECT) {
      const known = await this.#db.query('SELECT 1 FROM studio_projects WHERE id::text = $1', [project]);
      if (known.length === 0)
        throw new HttpProblem(422, 'uploads.project', 'There is no such project.', {
          hint: 'Leave the project out, or make it first.',
        });
    }
    const begun = await this.#begun();
    const coming = (of: 'owner' | 'project', id: string): number =>
      begun.reduce((sum, { metadata, size: bytes = 0 }) => sum + (metadata?.[of] === id ? bytes : 0), 0);
    const used = async (of: 'owner' | 'project', id: string): Promise<number> =>
      (await this.#media.used(of, id)) + coming(of, id);
    if ((await used('owner', who.id)) + size > personQuotaBytes) throw full('your files');
    if (project !== null && (await used('project', project)) + size > projectQuotaBytes) throw full('this project');
    if ((await freeBytes()) < size + ROOM) throw fullDisk('Free some space, then upload the file again.');
  }

  /** Uploads that go on or may: room that is spoken for. */
  async #begun(): Promise<Upload[]> {
    const { store } = await this.#open();
    const ids = (await readdir(this.#folder)).filter((name) => /^[0-9a-f-]{36}$/.test(name));
    const found = await Promise.all(ids.map((id) => store.getUpload(id).catch(() => null)));
    return found.filter((upload): upload is Upload => upload !== null);
  }

  async #open(): Promise<{ server: Server; store: UploadFiles }> {
    if (this.#server !== null && this.#store !== null) return { server: this.#server, store: this.#store };
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const store = new UploadFiles(this.#folder, FORGET_UPLOAD);
    const server = new Server({
      path: '/api/v1/uploads',
      datastore: store,
      allowedOrigins: [],
      disableTerminationForFinishedUploads: true,
      namingFunction: () => randomUUID(),
      generateUrl: (_, { id }) => `${this.#who.getStore()?.base ?? ''}/${id}`,
      getFileIdFromRequest: (_, last) => last,
      onUploadCreate: async (_, upload) => {
        const who = this.#who.getStore() as Uploader;
        const project = upload.metadata?.['project'] ?? null;
        await this.#allow(upload.size, who, project).catch((cause: unknown) => {
          throw asTus(cause);
        });
        const name = plainName((upload.metadata?.['filename'] ?? '').slice(0, 200)) || 'file';
        return { metadata: { filename: name, owner: who.id, ...(project === null ? {} : { project }) } };
      },
      onUploadFinish: async (_, upload) => {
        const { metadata = {} } = upload;
        try {
          await this.#media.takeIn({
            id: upload.id,
            path: join(this.#folder, upload.id),
            name: metadata['filename'] ?? safeName('file'),
            owner: metadata['owner'] ?? '',
            project: metadata['project'] ?? null,
          });
        } catch (cause) {
          // All of it is there, and is taken in when it is asked for again.
          if (isDiskFull(cause)) throw asTus(fullForUpload());
          await this.#forget(upload.id);
          throw asTus(cause);
        }
        await this.#forget(upload.id);
        return {};
      },
    });
    this.#store = store;
    this.#server = server;
    return { server, store };
  }

  /** Removes what is noted of an upload that has ended. */
  async #forget(id: string): Promise<void> {
    await rm(join(this.#folder, `${id}.json`), { force: true });
  }

  /**
   * Answers a request of the protocol.
   *
   * @param id of the upload, null where one is begun
   * @throws HttpProblem `uploads.unknown` also for what belongs to somebody else
   */
  async handle(request: Request, who: Uploader, id: string | null): Promise<Response> {
    const { server, store } = await this.#open();
    if (id !== null) {
      const upload = /^[0-9a-f-]{36}$/.test(id) ? await store.getUpload(id).catch(() => null) : null;
      if (upload === null || upload.metadata?.['owner'] !== who.id)
        throw new HttpProblem(404, 'uploads.unknown', 'There is no such upload.', { hint: 'Begin it again.' });
    }
    const answer = await this.#who.run(who, () => server.handleWeb(request));
    if (id !== null && store.foundFull(id)) throw fullForUpload();
    const headers = new Headers(answer.headers);
    for (const name of [...headers.keys()]) if (name.startsWith('access-control-')) headers.delete(name);
    if (answer.status < 400) return new Response(answer.body, { status: answer.status, headers });
    return this.#refusal(await answer.text(), answer.status, headers);
  }

  /** The library's refusals as problems. */
  #refusal(text: string, status: number, headers: Headers): Response {
    const kept = { ...(headers.has('tus-resumable') ? { 'tus-resumable': headers.get('tus-resumable') ?? '' } : {}) };
    try {
      const problem = JSON.parse(text) as ReturnType<typeof problemOf>;
      if (typeof problem.detail === 'string') return problemResponse(problem, kept);
    } catch {
      // The library's own words.
    }
    const error = new HttpProblem(status, 'uploads.protocol', `The upload was refused: ${text.trim() || status}.`, {
      hint: 'Uploads follow tus 1.0.0, https://tus.io/protocols/resumable-upload.',
    });
    return problemResponse(problemOf(error), kept);
  }

  /** Deletes uploads that nobody goes on with. */
  async sweep(): Promise<void> {
    const { store } = await this.#open();
    await store.deleteExpired().catch((cause: unknown) => {
      if (!(cause instanceof LikenessError)) return;
    });
  }
}
