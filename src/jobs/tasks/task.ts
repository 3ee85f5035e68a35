/** What a task is: the work of one job, in a process of its own. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { LikenessError, type LongWork, sha256File, writeAtomic } from '../../base/index.js';
import type { MaskPlace } from '../../synth/mask/index.js';
import { dataFolder } from '../database/open.js';
import type { InputOf, JobFile, JobKind, JobRoute, StoredFile, TaskResult } from '../types.js';

/** What a task is given. */
export interface TaskContext extends LongWork {
  /** The job's own folder; it is there. */
  readonly folder: string;
}

/** The work of one kind. Runs again from the start after a death, and must find its finished work by itself. */
export type Task<K extends JobKind> = (input: InputOf<K>, context: TaskContext) => Promise<TaskResult>;

/** Where the folder of a job lies. */
export const jobFolder = (id: string): string => join(dataFolder(), 'jobs', id);

/** Where the masks of a render are kept. */
export const masksOf = (id: string): MaskPlace => ({ folder: join(jobFolder(id), 'masks'), id });

/** Where the finished segments of a render are kept until it is sealed, below the data folder. */
export const segmentsPath = (id: string): string => `jobs/${id}/segments`;

/** The latest frame of a render that goes on, below the data folder: on the disk of whoever renders. */
export const previewPath = (id: string): string => `${segmentsPath(id)}/preview.png`;

/** The same in a bucket, whoever rendered it: beside it, as a copy on this disk would be taken for the latest. */
export const shownPreviewPath = (id: string): string => `${segmentsPath(id)}/shown.png`;

/** See {@link segmentsPath}. */
export const segmentsFolder = (id: string): string => join(dataFolder(), segmentsPath(id));

/** The folder of a pair below the data folder: the same pair, sizes and seed share it, so that training goes on. */
export function trainingPath(target: StoredFile, { source, sourcePerson, person, training }: JobRoute): string {
  const facts = [source.sha256, sourcePerson, target.sha256, person, training?.preset, training?.seed];
  return `training/${createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32)}`;
}

/** Where a pair is trained, see {@link trainingPath}. */
export const trainingFolder = (target: StoredFile, route: JobRoute): string =>
  join(dataFolder(), trainingPath(target, route));

/**
 * The absolute path of a stored file.
 *
 * @throws LikenessError `jobs.media` where it is gone or not what it was
 */
export async function openStored(file: StoredFile): Promise<string> {
  const path = join(dataFolder(), file.path);
  if (!existsSync(path) || (await sha256File(path)) !== file.sha256)
    throw new LikenessError('jobs.media', `The file ${file.name} is not in the studio any more, or was changed.`, {
      hint: 'Upload it again.',
    });
  return path;
}

const TYPES: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.html': 'text/html',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.mp4': 'video/mp4',
  '.csv': 'text/csv',
  '.md': 'text/markdown',
};

/** Describes a file of the job's folder. */
export async function jobFile(folder: string, name: string): Promise<JobFile> {
  const { size } = await stat(join(folder, name));
  return { name, type: TYPES[extname(name)] ?? 'application/octet-stream', bytes: size };
}

/** Writes JSON into the job's folder. */
export async function writeJson(folder: string, name: string, value: unknown): Promise<void> {
  await writeAtomic(join(folder, name), `${JSON.stringify(value, null, 1)}\n`);
}

/** Reads JSON from the job's folder, or null. */
export async function readJson(folder: string, name: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(folder, name), 'utf8')) as unknown;
  } catch {
    return null;
  }
}
