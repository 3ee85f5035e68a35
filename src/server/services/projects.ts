/** Projects in the database, and the jobs they give. */
import { randomUUID } from 'node:crypto';
import { plainName } from '../../consent/index.js';
import {
  type Database,
  type InputOf,
  type JobInput,
  type JobRoute,
  type ProjectFile,
  type ProjectRoute,
  projectFileSchema,
  projectGaps,
  type StoredFile,
} from '../../jobs/index.js';
import { HttpProblem } from '../problem.js';
import { RecordLook, type StudioGap } from './consent-gaps.js';
import { type MediaStore, safeName } from './media-store.js';

/** A project as it lies in the database. */
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly file: ProjectFile;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

const COLUMNS = `id, name, owner, file, created_at AS "createdAt", changed_at AS "changedAt"`;

/** A project of an earlier version lacks what was not known then, and its name may have been one that nobody can see. */
const complete = (row: Project): Project => ({
  ...row,
  file: projectFileSchema.parse({ ...row.file, name: plainName(row.file.name) || row.id.slice(0, 8) }),
});

/** What was found missing, as an error with its fields. */
function incomplete(gaps: readonly StudioGap[]): HttpProblem {
  const first = gaps[0];
  const said = first === undefined ? 'The project is not complete.' : `${first.field}: ${first.message}.`;
  return new HttpProblem(422, 'project.incomplete', said, {
    hint: 'Complete the project first; "errors" lists what is missing.',
    errors: gaps.map(({ field, message }) => ({ field, message })),
  });
}

/** How a part of a render is made. */
export interface RenderTrial {
  /** How much, in seconds. */
  readonly seconds: number;
}

/** See the head of this file. */
export class Projects {
  readonly #db: Database;
  readonly #media: MediaStore;

  constructor(db: Database, media: MediaStore) {
    this.#db = db;
    this.#media = media;
  }

  /** All projects, the one changed last first. */
  async list(): Promise<Project[]> {
    const rows = await this.#db.query<Project>(
      `SELECT ${COLUMNS} FROM studio_projects ORDER BY changed_at DESC, id LIMIT 500`,
    );
    return rows.map(complete);
  }

  /** @throws HttpProblem `project.unknown` */
  async need(id: string): Promise<Project> {
    const rows = await this.#db.query<Project>(`SELECT ${COLUMNS} FROM studio_projects WHERE id = $1`, [id]);
    if (rows[0] === undefined) throw new HttpProblem(404, 'project.unknown', 'There is no such project.');
    return complete(rows[0]);
  }

  /** Adds a project. */
  async add(file: ProjectFile, owner: string): Promise<Project> {
    const id = randomUUID();
    await this.#db.query('INSERT INTO studio_projects (id, name, owner, file) VALUES ($1, $2, $3, $4::jsonb)', [
      id,
      file.name,
      owner,
      JSON.stringify(file),
    ]);
    return this.need(id);
  }

  /** Replaces the whole of a project. */
  put(id: string, file: ProjectFile, unchangedSince: Date | null = null): Promise<Project> {
    return this.#change(id, file.name, JSON.stringify(file), unchangedSince);
  }

  /** Gives a project another name. */
  rename(id: string, name: string, unchangedSince: Date | null = null): Promise<Project> {
    return this.#change(id, name, null, unchangedSince);
  }

  /** Writes a project anew; where there is no file, its name alone. */
  async #change(id: string, name: string, file: string | null, unchangedSince: Date | null): Promise<Project> {
    await this.need(id);
    const rows = await this.#db.query(
      `UPDATE studio_projects SET name = $2, file = jsonb_set(COALESCE($3::jsonb, file), '{name}', to_jsonb($2::text)),
       changed_at = greatest(now(), changed_at + interval '1 ms')
       WHERE id = $1 AND ($4::timestamptz IS NULL OR date_trunc('milliseconds', changed_at) = $4) RETURNING id`,
      [id, name, file, unchangedSince],
    );
    if (rows.length === 0)
      throw new HttpProblem(412, 'projects.changed', 'This project was changed elsewhere meanwhile.', {
        hint: 'Load it again, and make the change once more.',
      });
    return this.need(id);
  }

  /** Forgets a project; its media and jobs stay. */
  async remove(id: string): Promise<void> {
    await this.need(id);
    await this.#db.query('DELETE FROM studio_projects WHERE id = $1', [id]);
  }

  /**
   * What is missing before a project can run: also media that are not in the studio, and records that do not stand.
   *
   * @param records looks them up; the same one for several projects of one answer
   */
  async gaps(file: ProjectFile, records = new RecordLook()): Promise<StudioGap[]> {
    const gaps: StudioGap[] = [...projectGaps(file), ...(await records.gaps(file))];
    const named: [string, ProjectFile['target']][] = [
      ['target', file.target],
      ...file.routes.map((route, i): [string, ProjectFile['target']] => [`routes.${i}.source`, route.source]),
    ];
    for (const [field, media] of named)
      if (media !== null && (await this.#media.bySha256(media.sha256)) === null)
        gaps.push({ field, message: `names ${media.name}, which is not in the studio: upload it` });
    return gaps;
  }

  async #stored(media: ProjectFile['target']): Promise<StoredFile> {
    const found = media === null ? null : await this.#media.bySha256(media.sha256);
    if (found === null) throw new HttpProblem(422, 'project.incomplete', 'A file of the project is not in the studio.');
    return { path: found.path, sha256: found.sha256, name: found.name };
  }

  async #route(route: ProjectRoute): Promise<JobRoute> {
    const { person, engine, sourcePerson, sourceConsent, targetConsent, training, strokes } = route;
    return {
      person,
      engine,
      source: await this.#stored(route.source),
      sourcePerson,
      sourceConsent: sourceConsent ?? '',
      targetConsent: targetConsent ?? '',
      training,
      strokes,
    };
  }

  #purpose({ settings }: ProjectFile): InputOf<'render'>['purpose'] {
    const { use, territory, channel, facts } = settings;
    return { use, territory, channel, facts };
  }

  /**
   * The render job of a project, whole or as a trial.
   *
   * @throws HttpProblem `project.incomplete`
   */
  async renderInput({ file }: Project, trial?: RenderTrial): Promise<JobInput> {
    const gaps = await this.gaps(file);
    if (gaps.length > 0) throw incomplete(gaps);
    const { quality, outline, enhance, label, labelLanguage, soundNotice } = file.settings;
    const target = await this.#media.bySha256(file.target?.sha256 ?? '');
    const ending = target?.kind === 'picture' ? '.png' : target?.container === 'webm' ? '.webm' : '.mp4';
    return {
      kind: 'render',
      target: await this.#stored(file.target),
      routes: await Promise.all(file.routes.map((route) => this.#route(route))),
      purpose: this.#purpose(file),
      out: `${safeName(file.name).replaceAll('.', '_')}${trial === undefined ? '' : '.trial'}${ending}`,
      quality,
      outline,
      enhance,
      label,
      labelLanguage,
      ...(trial === undefined ? {} : { trial: trial.seconds }),
      soundNotice,
    };
  }

  /**
   * The training job of one route.
   *
   * @throws HttpProblem `project.incomplete`, `project.route`
   */
  async trainInput({ file }: Project, at: number): Promise<JobInput> {
    const route = file.routes[at];
    if (route?.engine !== 'gan')
      throw new HttpProblem(422, 'project.route', `Route ${at} has nothing to train.`, {
        hint: 'Choose the engine "gan" for it.',
        errors: [{ field: 'route', message: 'is not one that is trained' }],
      });
    const gaps = (await this.gaps(file)).filter(({ field }) => field === 'target' || field.startsWith(`routes.${at}.`));
    if (gaps.length > 0) throw incomplete(gaps);
    return {
      kind: 'train',
      target: await this.#stored(file.target),
      route: await this.#route(route),
      purpose: this.#purpose(file),
    };
  }
}
