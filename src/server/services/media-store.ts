/** Media of the studio: files that came by upload or were made here, one folder each, and what is known of them. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, extname, join, posix } from 'node:path';
import { fileError, isDiskFull, LikenessError, sha256File } from '../../base/index.js';
import {
  type BlobStore,
  type Database,
  dataFolder,
  type Looker,
  type Queryable,
  type SqlValue,
} from '../../jobs/index.js';
import { HttpProblem } from '../problem.js';
import { LAB_PROJECT } from '../schemas/bench.js';
import { refuseForeignContent } from './content.js';

/** A person of a file, as its analysis found them. */
export interface MediaPerson {
  readonly id: number;
  readonly frames: number;
  readonly from: number;
  readonly to: number;
  readonly width: number;
  readonly confidence: number;
}

/** A file of the studio. */
export interface Media {
  readonly id: string;
  readonly name: string;
  readonly kind: 'video' | 'picture' | 'sound';
  readonly origin: 'upload' | 'made';
  readonly bytes: number;
  readonly sha256: string;
  /** Below the studio's folder. */
  readonly path: string;
  readonly container: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly seconds: number | null;
  readonly frameRate: number | null;
  readonly owner: string;
  readonly project: string | null;
  readonly job: string | null;
  readonly createdAt: Date;
  /** `null` where nobody has looked yet. */
  readonly people: readonly MediaPerson[] | null;
}

const COLUMNS = `m.id, m.name, m.kind, m.origin, m.bytes, m.sha256, m.path, m.container, m.width, m.height, m.seconds,
  m.frame_rate AS "frameRate", m.owner, m.project, m.job, m.created_at AS "createdAt",
  (SELECT j.result->'people' FROM studio_jobs j WHERE j.media = m.id AND j.kind = 'analyze' AND j.state = 'done'
   ORDER BY j.ended_at DESC LIMIT 1) AS people`;

/** Recordings that somebody handed in with a link are nobody else's to see. */
const NO_CAPTURE = "m.owner NOT LIKE 'capture:%'";

/** Which files are asked for. */
export interface MediaPage {
  /** These alone. */
  readonly ids?: readonly string[] | undefined;
  readonly before?: string | undefined;
  readonly sha256?: string | undefined;
  readonly limit: number;
}

/** What `kind` is called outside of the media room. */
const KINDS = { video: 'video', picture: 'picture', audio: 'sound' } as const;

/** A file name as it may lie on any disk: letters, digits, and little else. */
export function safeName(name: string): string {
  const plain = name
    .normalize('NFKC')
    .replace(/[^\p{L}\p{N}._ -]/gu, '_')
    .replace(/^[. ]+|[. ]+$/g, '');
  const ending = extname(plain).slice(0, 12);
  const stem = plain.slice(0, plain.length - ending.length).slice(0, 80) || 'file';
  return `${/^(con|prn|aux|nul|com\d|lpt\d)$/i.test(stem) ? `_${stem}` : stem}${ending}`;
}

/** The reader names a file by where it lies for now, or by the last part of that; people know it by its name. */
function named(thrown: unknown, path: string, name: string): unknown {
  if (!(thrown instanceof LikenessError)) return thrown;
  const { code, message, hint, cause } = thrown;
  const say = (text: string): string => text.replaceAll(path, name).replaceAll(basename(path), name);
  return new LikenessError(code, say(message), { cause, ...(hint === undefined ? {} : { hint: say(hint) }) });
}

/** A file that has arrived. */
export interface Arrival {
  readonly id: string;
  readonly path: string;
  readonly name: string;
  readonly owner: string;
  readonly project: string | null;
}

/** See the head of this file. */
export class MediaStore {
  readonly #db: Database;
  readonly #looker: Looker;
  readonly #blobs: BlobStore;

  constructor(db: Database, looker: Looker, blobs: BlobStore) {
    this.#db = db;
    this.#looker = looker;
    this.#blobs = blobs;
  }

  /** The small picture of a file, below the data folder. */
  poster(id: string): string {
    return `media/${id}/poster.jpg`;
  }

  /** The picture of a person in a file, below the data folder. */
  face(media: Media, person: number): string {
    return `${posix.dirname(media.path)}/people/${person}.jpg`;
  }

  /**
   * Takes a file in: looks at its bytes, then lets a child process open it. A file that is refused is deleted; one for which
   * the disk has no room stays where it arrived.
   *
   * @throws LikenessError `media.*`
   */
  async takeIn({ id, path, name, owner, project }: Arrival): Promise<void> {
    const folder = join(dataFolder(), 'media', id);
    const file = safeName(name);
    const stored = `media/${id}/${file}`;
    try {
      await refuseForeignContent(path, name);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const info = await this.#looker.look(path, join(dataFolder(), this.poster(id))).catch((cause: unknown) => {
        throw named(cause, path, name);
      });
      const sha256 = await sha256File(path);
      await rename(path, join(folder, file));
      await this.#blobs.keep(stored);
      if (info.kind !== 'audio') await this.#blobs.keep(this.poster(id));
      const { video } = info;
      await this.#db.query(
        `INSERT INTO studio_media (id, name, kind, origin, bytes, sha256, path, container, width, height, seconds,
         frame_rate, owner, project) VALUES ($1, $2, $3, 'upload', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
        [
          id,
          name,
          KINDS[info.kind],
          info.bytes,
          sha256,
          stored,
          info.container,
          video?.width ?? null,
          video?.height ?? null,
          info.kind === 'picture' ? null : info.duration,
          info.kind === 'picture' ? null : (video?.frameRate ?? null),
          owner,
          project,
        ],
      );
    } catch (thrown) {
      // It may have been moved already.
      if (isDiskFull(thrown)) await rename(join(folder, file), path).catch(() => undefined);
      else await rm(path, { force: true });
      await rm(folder, { recursive: true, force: true });
      await this.#blobs.removeFolder(`media/${id}`).catch(() => undefined);
      throw thrown;
    }
  }

  /**
   * Files of some ids, newest first.
   *
   * @param captures also recordings that a person handed in with the link of an invitation; they are nobody else's to see
   */
  list(ids: readonly string[], captures = false): Promise<Media[]> {
    return this.#db.query<Media>(
      `SELECT ${COLUMNS} FROM studio_media m WHERE ${captures ? 'true' : NO_CAPTURE} AND m.id = ANY($1)
       ORDER BY m.created_at DESC, m.id DESC LIMIT 500`,
      [ids],
    );
  }

  /** A page of all files but those of the lab, newest first: `limit` of them, behind the file `before` where it is given. */
  page({ ids, before, sha256, limit }: MediaPage): Promise<Media[]> {
    const values: SqlValue[] = [LAB_PROJECT];
    const put = (value: SqlValue): string => `$${values.push(value)}`;
    const where = [
      NO_CAPTURE,
      '(m.project IS NULL OR m.project <> $1)',
      ...(ids === undefined ? [] : [`m.id = ANY(${put(ids)})`]),
      ...(sha256 === undefined ? [] : [`m.sha256 = ${put(sha256)}`]),
      ...(before === undefined
        ? []
        : [`(m.created_at, m.id) < (SELECT b.created_at, b.id FROM studio_media b WHERE b.id = ${put(before)})`]),
    ];
    return this.#db.query<Media>(
      `SELECT ${COLUMNS} FROM studio_media m WHERE ${where.join(' AND ')}
       ORDER BY m.created_at DESC, m.id DESC LIMIT ${Math.trunc(limit)}`,
      values,
    );
  }

  /** @throws HttpProblem `media.unknown` */
  async need(id: string): Promise<Media> {
    const [media] = await this.list([id]);
    if (media === undefined) throw new HttpProblem(404, 'media.unknown', 'There is no such file in the studio.');
    return media;
  }

  /** The file with this content, or null. */
  async bySha256(sha256: string): Promise<Media | null> {
    const rows = await this.#db.query<Media>(
      `SELECT ${COLUMNS} FROM studio_media m WHERE m.sha256 = $1 AND m.owner NOT LIKE 'capture:%' ORDER BY m.created_at LIMIT 1`,
      [sha256],
    );
    return rows[0] ?? null;
  }

  /** Bytes that the files of a person, or of a project, take. */
  async used(of: 'owner' | 'project', id: string): Promise<number> {
    const rows = await this.#db.query<{ sum: number | null }>(
      `SELECT sum(bytes) AS sum FROM studio_media WHERE ${of} = $1`,
      [id],
    );
    return rows[0]?.sum ?? 0;
  }

  /**
   * Deletes a file.
   *
   * @throws HttpProblem `media.needed` while a job works on it
   */
  async remove(media: Media): Promise<void> {
    await this.#db.transaction(async (sql: Queryable) => {
      const busy = await sql.query(
        `SELECT 1 FROM studio_jobs WHERE state IN ('queued', 'running', 'paused') AND input::text LIKE $1 LIMIT 1`,
        [`%${media.sha256}%`],
      );
      if (busy.length > 0)
        throw new HttpProblem(409, 'media.needed', 'A job works on this file.', {
          hint: 'Wait for it, or cancel it first.',
        });
      await sql.query('DELETE FROM studio_media WHERE id = $1', [media.id]);
    });
    for (const folder of new Set([posix.dirname(media.path), `media/${media.id}`])) {
      await rm(join(dataFolder(), folder), { recursive: true, force: true }).catch((cause: unknown) => {
        throw fileError(media.name, 'deleting it', cause);
      });
      await this.#blobs.removeFolder(folder);
    }
  }
}
