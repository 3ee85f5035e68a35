/**
 * Stretches of a film, rendered where neither records nor keys are: from what was packed at home, with leave from there before
 * every segment. What comes out are locked segments; nothing here can put them together, open them again, or seal.
 */
import { rm } from 'node:fs/promises';
import { LikenessError, type LongWork, sha256File } from '../../base/index.js';
import { ExplicitWatch } from '../../consent/index.js';
import { Marker } from '../../label/index.js';
import { footageOf } from '../swap/cast.js';
import { type UnpackedFilm, unpackFilm } from '../swap/cast-pack.js';
import { swapEngine } from '../swap/engine-list.js';
import { enhanced } from '../swap/enhance.js';
import { Film } from '../swap/film.js';
import type { RenderRoute } from '../swap/render.js';
import { RenderFolder } from '../swap/render-folder.js';
import { codeVersion } from '../swap/render-key.js';
import { type Answer, Asker, type Question, type StretchInHand } from './letters.js';

/** Sends a question and waits for its answer. @throws LikenessError `leave.silent` where none came in time */
export type Ask = (question: Question) => Promise<Answer>;

/** One stretch in hand. */
export interface GuestStretch extends LongWork {
  readonly stretch: StretchInHand;
  readonly ask: Ask;
}

/** What is needed to begin a film. */
export interface GuestFilm {
  /** Folder of this stretch alone, with the pieces that were packed. */
  readonly folder: string;
  readonly target: string;
  /** See `PackedPlan`. */
  readonly key: string;
  readonly code: string;
}

/** Refusals of a machine elsewhere are told to nobody here: whoever renders the stretch at home finds the same, and writes it down. */
const untold = async (): Promise<void> => undefined;

/** See the head of this file. Each is to be closed, whatever came of it. */
export class GuestRun {
  readonly #of: GuestFilm;
  readonly #watch = new ExplicitWatch('result', untold);
  #routes: RenderRoute[] = [];
  #film: Film | null = null;
  #count = 0;
  #stretches: UnpackedFilm['film']['stretches'] = [];
  /** Of the stretch that is in work. */
  #asker: Asker | null = null;
  #now: GuestStretch | null = null;

  constructor(film: GuestFilm) {
    this.#of = film;
  }

  /**
   * Renders a stretch: asks for leave, begins, and hands back the names of its segments, which lie in the folder then.
   *
   * @throws LikenessError `leave.*`, and of the rooms it calls; nothing of it is left in the folder then
   */
  async stretch(now: GuestStretch): Promise<readonly string[]> {
    const asker = new Asker(now.stretch);
    this.#asker = asker;
    this.#now = now;
    try {
      await this.#ask('begin');
      const film = await this.#ready(now);
      const stretch = this.#stretches[now.stretch.part];
      if (stretch === undefined) throw new LikenessError('leave.cast', `There is no stretch ${now.stretch.part}.`);
      const total = stretch.to - stretch.from;
      await film.stretch(stretch, (done) => now.onProgress?.({ stage: 'swapping', done, total, unit: 'frames' }));
      // What was finished at the very moment of a withdrawal does not go out.
      await this.#ask('end');
      const folder = await this.#folder();
      return stretch.segments.map(({ index }) => folder.nameOf(index));
    } catch (thrown) {
      await rm(this.#of.folder, { recursive: true, force: true });
      throw thrown;
    }
  }

  async #ask(step: Parameters<Asker['ask']>[0]): Promise<void> {
    const [asker, now] = [this.#asker, this.#now];
    if (asker === null || now === null) throw new LikenessError('leave.missing', 'No stretch is in hand.');
    now.signal?.throwIfAborted();
    asker.hear(await now.ask(asker.ask(step)));
  }

  /** The folder, with the locks that there is leave for now. */
  async #folder(): Promise<RenderFolder> {
    const folder = await RenderFolder.shared(this.#of.folder, {
      id: this.#asker?.locks.id ?? '',
      of: (piece) => {
        const locks = this.#asker?.locks;
        if (locks === undefined) throw new LikenessError('leave.missing', 'No stretch is in hand.');
        return locks.of(piece);
      },
    });
    await folder.begin(this.#of.key, this.#count);
    return folder;
  }

  async #ready({ signal, onProgress }: LongWork): Promise<Film> {
    if (this.#film !== null) return this.#film;
    const { target, code } = this.#of;
    if (code !== codeVersion())
      throw new LikenessError(
        'leave.version',
        'This machine has another version of Likeness or Node than the studio.',
        {
          hint: 'Install the same version: films would not be the same in every byte.',
        },
      );
    const folder = await this.#folder();
    const { film, reader } = await unpackFilm(folder);
    if ((await sha256File(target)) !== film.targetSha256)
      throw new LikenessError('leave.cast', 'The target is not the file that was made ready.');
    const analysis = { ...film.analysis, media: { ...film.analysis.media, path: target } };
    this.#stretches = film.stretches;
    this.#count = film.stretches.reduce((most, { segments }) => Math.max(most, (segments.at(-1)?.index ?? 0) + 1), 0);
    for (const [i, route] of film.routes.entries()) {
      const track = analysis.tracks.find(({ id }) => id === route.track);
      if (track === undefined) throw new LikenessError('leave.cast', `There is no person ${route.track}.`);
      const engine = await swapEngine(route.engine);
      const model = route.trained ? 'model' : null;
      const session = await engine.prepare({ sourceFaces: 'faces', model, read: reader(i), signal, onProgress });
      this.#routes.push({
        track,
        session: film.enhance ? await enhanced(session) : session,
        sourceSha256: route.sourceSha256,
        strokes: route.strokes,
        ...(film.outline === null ? {} : { outline: film.outline }),
      });
    }
    this.#film = await Film.open(
      {
        marker: new Marker({ ...film.marks, footage: footageOf(analysis) }),
        watch: this.#watch,
        leave: { ask: async (segment) => (segment === null ? undefined : this.#ask(segment)) },
        target,
        targetSha256: film.targetSha256,
        routes: this.#routes,
        cuts: analysis.cuts,
        everybody: analysis.tracks,
        out: film.out,
        masks: film.masks ? { folder: '', id: '' } : undefined,
        signal,
        ...(film.quality === null ? {} : { quality: film.quality }),
      },
      { folder, analysis, stretches: film.stretches },
    );
    await this.#film.plan();
    return this.#film;
  }

  /** Lets go of everything. */
  async close(): Promise<void> {
    await this.#film?.close();
    await this.#watch.close();
    for (const { session } of this.#routes) await session.close();
  }
}
