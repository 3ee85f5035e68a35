/**
 * The face that a consent record is about, as a small picture. It is cut from material that was compared with the record's
 * template before: the file it was signed with, or one that a finished training or render was authorised with. What
 * somebody merely says of a file, in the routing table of a project, does not count.
 */
import type { Database, JobRoute, StoredFile } from '../../jobs/index.js';
import type { ConsentState } from './consents.js';
import type { Media, MediaStore } from './media-store.js';

/** Records that show no face any more: it was taken back, or its time is over. */
const NO_MORE: readonly ConsentState[] = ['withdrawn', 'ended', 'replaced', 'broken'];
/** Finished jobs that are looked through, the latest first. */
const JOBS = 300;

/** A person of a file; null for the only one. */
interface Sitter {
  readonly media: Media;
  readonly person: number | null;
}

interface Authorised {
  readonly target: StoredFile;
  readonly routes: readonly JobRoute[] | null;
  readonly route: JobRoute | null;
}

/** See the head of this file. */
export class RecordFaces {
  readonly #db: Database;
  readonly #media: MediaStore;

  constructor(db: Database, media: MediaStore) {
    this.#db = db;
    this.#media = media;
  }

  async #signedWith(consents: readonly string[]): Promise<Map<string, Sitter>> {
    const captures = await this.#db.query<{ consent: string; material: string; person: number | null }>(
      `SELECT consent, terms->>'material' AS material, (terms->>'person')::int AS person
       FROM studio_captures WHERE consent = ANY($1)`,
      [[...consents]],
    );
    const media = new Map(
      (await this.#media.list(captures.map(({ material }) => material))).map((one) => [one.id, one]),
    );
    return new Map(
      captures.flatMap(({ consent, material, person }) => {
        const file = media.get(material);
        return file === undefined ? [] : [[consent, { media: file, person }] as const];
      }),
    );
  }

  async #usedWith(consents: ReadonlySet<string>): Promise<Map<string, Sitter>> {
    const jobs = await this.#db.query<Authorised>(
      `SELECT input->'target' AS target, input->'routes' AS routes, input->'route' AS route FROM studio_jobs
       WHERE kind IN ('train', 'render') AND state = 'done' ORDER BY ended_at DESC LIMIT ${JOBS}`,
    );
    const found = new Map<string, Sitter>();
    const take = async (consent: string, { sha256 }: StoredFile, person: number | null): Promise<void> => {
      if (!consents.has(consent) || found.has(consent)) return;
      const media = await this.#media.bySha256(sha256);
      if (media !== null) found.set(consent, { media, person });
    };
    for (const { target, routes, route } of jobs)
      for (const each of routes ?? (route === null ? [] : [route])) {
        await take(each.sourceConsent, each.source, each.sourcePerson);
        await take(each.targetConsent, target, each.person);
      }
    return found;
  }

  #pictureOf({ media, person }: Sitter): string | null {
    const people = media.people ?? [];
    const id = person ?? (people.length === 1 ? people[0]?.id : undefined);
    return people.some((each) => each.id === id) && id !== undefined ? this.#media.face(media, id) : null;
  }

  /**
   * Where the pictures lie, below the data folder, by id of the record without its prefix. Records that have none to show are
   * left out.
   */
  async of(records: readonly { readonly id: string; readonly status: ConsentState }[]): Promise<Map<string, string>> {
    const open = records.filter(({ status }) => !NO_MORE.includes(status)).map(({ id }) => id);
    if (open.length === 0) return new Map();
    const faces = new Map<string, string>();
    for (const sitters of [await this.#usedWith(new Set(open)), await this.#signedWith(open)])
      for (const [consent, sitter] of sitters) {
        const picture = this.#pictureOf(sitter);
        // The file it was signed with comes last and goes before others.
        if (picture !== null) faces.set(consent, picture);
      }
    return faces;
  }
}
