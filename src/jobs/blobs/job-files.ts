/** The files that a job needs and leaves, brought from where they are kept and put there; nothing to do on a disk. */

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type LongWork, sha256 } from '../../base/index.js';
import { dataFolder } from '../database/open.js';
import { previewPath, segmentsPath, shownPreviewPath, trainingPath } from '../tasks/task.js';
import type { Job, JobInput, StoredFile, TaskResult } from '../types.js';
import { Snapshots } from './snapshots.js';
import type { BlobStore } from './store.js';

/** Milliseconds between two snapshots of a training. */
const SNAPSHOT = 60_000;
/** Milliseconds between two looks for a new preview of a render, which comes every eight seconds. */
const PREVIEW = 2000;

/** The media that a job works from. */
export function inputsOf(input: JobInput): StoredFile[] {
  switch (input.kind) {
    case 'analyze':
    case 'check':
    case 'verify':
      return [input.media];
    case 'train':
      return [input.target, input.route.source];
    case 'render':
      return [input.target, ...input.routes.map((route) => route.source)];
    case 'report':
      return [input.target, input.output, ...input.routes.map((route) => route.source)];
    case 'capture':
      return [input.recording, input.material];
    case 'bench':
      return [...input.files];
    case 'cast':
      return [];
  }
}

/** Folders of trained pairs that a job works in or from, below the data folder. */
function trainingsOf(input: JobInput): string[] {
  if (input.kind === 'train') return [trainingPath(input.target, input.route)];
  if (input.kind !== 'render') return [];
  return input.routes.filter(({ engine }) => engine === 'gan').map((route) => trainingPath(input.target, route));
}

/** What an earlier worker may have finished before it could say so. */
const finishedOf = ({ id, input }: Job): string[] =>
  input.kind === 'render' ? [`jobs/${id}/made.json`, `jobs/${id}/${input.out}`] : [];

async function leftBy({ id, input }: Job, { files, made }: TaskResult): Promise<string[]> {
  const left = files.map(({ name }) => `jobs/${id}/${name}`);
  if (made !== null) {
    const finished = [made.path, `jobs/${id}/made.json`, `media/${id}/poster.jpg`];
    left.push(...finished.filter((path) => existsSync(join(dataFolder(), path))));
  }
  const beside = {
    analyze: input.kind === 'analyze' ? `${dirname(input.media.path)}/people` : '',
    render: `jobs/${id}/masks`,
  };
  if (input.kind === 'analyze' || input.kind === 'render') {
    const folder = beside[input.kind];
    const names = await readdir(join(dataFolder(), folder)).catch(() => []);
    left.push(...names.filter((name) => !name.startsWith('.')).map((name) => `${folder}/${name}`));
  }
  return left;
}

/** Does something every so often, never twice at once. The returned function ends that, and waits for what is under way. */
function again(milliseconds: number, doIt: () => Promise<void>): () => Promise<void> {
  let busy: Promise<void> | null = null;
  const timer = setInterval(() => {
    busy ??= doIt().finally(() => {
      busy = null;
    });
  }, milliseconds);
  return async () => {
    clearInterval(timer);
    await busy;
  };
}

/** See the head of this file. */
export class JobFiles {
  readonly #blobs: BlobStore;
  readonly #snapshots: Snapshots;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
    this.#snapshots = new Snapshots(blobs);
  }

  /**
   * Fetches what the job works from; it stays until the returned function is called.
   *
   * @throws LikenessError `blobs.*`, `file.*`
   */
  async bring(job: Job, { signal, onProgress }: LongWork): Promise<() => Promise<void>> {
    if (!this.#blobs.shared) return async () => undefined;
    const inputs = inputsOf(job.input);
    const release = await this.#blobs.pin([...inputs.map(({ path }) => path), ...finishedOf(job)]);
    try {
      for (const { path, sha256, name } of inputs) {
        const total = onProgress === undefined ? 0 : ((await this.#blobs.size(path)) ?? 0);
        const onBytes = (done: number): void =>
          onProgress?.({ stage: 'fetching the file', done, total, unit: 'bytes', note: name });
        await this.#blobs.bring(path, sha256, { signal, onBytes });
      }
      for (const path of finishedOf(job))
        if ((await this.#blobs.size(path)) !== null) await this.#blobs.bring(path, null, { signal });
      for (const folder of trainingsOf(job.input)) await this.#snapshots.pull(folder, { signal });
      return release;
    } catch (thrown) {
      await release();
      throw thrown;
    }
  }

  /**
   * Keeps a training safe while it goes on: whoever takes it over loses a minute.
   *
   * @returns ends that, after a last time
   */
  follow({ input }: Job, onTrouble: (thrown: unknown) => void): () => Promise<void> {
    if (!this.#blobs.shared || input.kind !== 'train') return async () => undefined;
    const [folder = ''] = trainingsOf(input);
    const push = (): Promise<void> => this.#snapshots.push(folder);
    const end = again(SNAPSHOT, () => push().catch(onTrouble));
    return async () => {
      await end();
      await push();
    };
  }

  /**
   * Shows others the latest frame of a render while it goes on.
   *
   * @returns ends that, after a last time: a stretch may take less than the time between two looks. Not where the work was
   * stopped: after a withdrawal somebody else may have deleted what others saw
   */
  showPreview({ id }: Job, signal: AbortSignal | undefined): () => Promise<void> {
    if (!this.#blobs.shared) return async () => undefined;
    const path = join(dataFolder(), previewPath(id));
    let shown = '';
    const look = async (): Promise<void> => {
      const hash = await readFile(path).then(sha256, () => shown);
      if (hash === shown) return;
      // A render goes on without: where the bucket refuses, what has to be put there says so.
      await this.#blobs.keepAs(path, shownPreviewPath(id), hash).then(
        () => {
          shown = hash;
        },
        () => undefined,
      );
    };
    const end = again(PREVIEW, look);
    return async () => {
      await end();
      if (signal?.aborted !== true) await look();
    };
  }

  /**
   * Puts what a job left to where it is kept, before the job counts as done.
   *
   * @throws LikenessError `blobs.*`, `file.*`
   */
  async keep(job: Job, result: TaskResult): Promise<void> {
    if (!this.#blobs.shared) return;
    for (const path of await leftBy(job, result)) await this.#blobs.keep(path);
    // The task deleted its copy: nobody but the consent room keeps a recording.
    if (job.input.kind === 'capture') await this.#blobs.removeFolder(dirname(job.input.recording.path));
  }

  /** Names of finished segments of a render that lie where other machines see them; none on a disk. */
  async segments({ id }: Job): Promise<string[]> {
    return (await this.#blobs.list(segmentsPath(id))).map((path) => basename(path));
  }

  /**
   * Fetches finished segments that other machines made; they stay until the returned function is called.
   *
   * @param names those that are of use, whether they are there or not
   * @throws LikenessError `blobs.*`, `file.*`
   */
  async bringSegments(job: Job, names: readonly string[], { signal }: LongWork): Promise<() => Promise<void>> {
    if (!this.#blobs.shared) return async () => undefined;
    const there = new Set(await this.segments(job));
    const paths = names.filter((name) => there.has(name)).map((name) => `${segmentsPath(job.id)}/${name}`);
    const release = await this.#blobs.pin(paths);
    try {
      for (const path of paths) await this.#blobs.bring(path, null, { signal });
      return release;
    } catch (thrown) {
      await release();
      throw thrown;
    }
  }

  /**
   * Puts finished segments to where other machines see them.
   *
   * @throws LikenessError `blobs.*`, `file.*`
   */
  async keepSegments({ id }: Job, names: readonly string[]): Promise<void> {
    if (this.#blobs.shared) for (const name of names) await this.#blobs.keep(`${segmentsPath(id)}/${name}`);
  }

  /** Deletes some of the files among the segments of a render. */
  async dropFiles({ id }: Job, names: readonly string[]): Promise<void> {
    for (const name of names) await this.#blobs.remove(`${segmentsPath(id)}/${name}`);
  }

  /** Deletes the segments of a render that is done, or that nobody may go on with. */
  async dropSegments({ id }: Job): Promise<void> {
    await this.#blobs.removeFolder(segmentsPath(id));
  }
}
