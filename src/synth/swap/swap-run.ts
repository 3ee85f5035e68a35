/**
 * A swap, end to end: analyze, ask for consent, render, seal, publish. What has been made ready serves for all of it: for a
 * render in one go, and for one whose stretches are shared out among processes.
 */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { assertUnchanged, LikenessError, likenessVersion, Veil, witnessFile } from '../../base/index.js';
import { ConsentRefusedError, type ConsentRule, ExplicitWatch, refuseExplicit } from '../../consent/index.js';
import { cachedAnalysis } from '../../faces/index.js';
import { embedXmp, type FurtherAction, inspect, type Marker, publish, seal } from '../../label/index.js';
import { type Cast, castRoutes, markerFor, sourceOf } from './cast.js';
import { packFilm } from './cast-pack.js';
import { Film } from './film.js';
import { GrantLeave } from './leave.js';
import { analysisFolder, type Met } from './meet.js';
import { refuseOutput, tryOutput } from './output.js';
import { type RenderRequest, type RenderStats, renderPicture } from './render.js';
import { RenderFolder } from './render-folder.js';
import { codeVersion, renderKey } from './render-key.js';
import { locksOf } from './render-locks.js';
import { RenderPreview } from './render-preview.js';
import { sizeRemarks } from './size-remarks.js';
import { type FrameRange, layoutOf, type Stretch } from './stretches.js';
import type { SwapJob, SwapResult } from './swap-job.js';

/** Rules by which a consent that stood before stands no more; breaking another is a mistake in the command. */
const ENDED: readonly ConsentRule[] = [
  'consent.term',
  'consent.revoked',
  'consent.suspended',
  'consent.superseded',
  'consent.content',
];

/** One stretch of a film, as whoever shares them out has to know it. */
export interface StretchPlan {
  readonly index: number;
  readonly frames: number;
  /** Number of its first segment in the film. */
  readonly first: number;
  /** Names of its segments in the folder of the render, once they are finished. */
  readonly files: readonly string[];
}

/** What a machine elsewhere needs beside the film and what every stretch begins with. */
export interface PackedPlan {
  /** The key that the names of the pieces are made of; nothing is locked with it. */
  readonly key: string;
  /** The program that all who take part must be: of another one the bytes might be others. */
  readonly code: string;
  /** Names of the pieces in the folder of the render. */
  readonly files: readonly string[];
}

/** How a film can be shared out. */
export interface SwapPlan {
  /** Name of the file in the folder of the render that every stretch begins with; it is there. */
  readonly file: string;
  readonly stretches: readonly StretchPlan[];
}

/** See the head of this file. Each is to be closed, whatever came of it. */
export class SwapRun {
  readonly #job: SwapJob;
  readonly #target: Omit<Met, 'track'>;
  readonly #folder: RenderFolder;
  readonly #cast: Cast = { routes: [], files: [], sources: [], routed: [], facts: [], given: [] };
  readonly #watch = new ExplicitWatch('result');
  #marker: Marker | null = null;
  #stretches: readonly Stretch[] = [];
  #film: Film | null = null;
  #made = false;
  #preview: RenderPreview | null = null;

  private constructor(job: SwapJob, target: Omit<Met, 'track'>, folder: RenderFolder) {
    this.#job = job;
    this.#target = target;
    this.#folder = folder;
  }

  /**
   * Looks at everybody, asks for consent, and makes the engines ready.
   *
   * @throws LikenessError of the rooms it calls; nothing is left open then
   */
  static async open(job: SwapJob): Promise<SwapRun> {
    if (job.routes.length === 0)
      throw new LikenessError('usage.routes', 'The routing table is empty.', { hint: 'Route at least one person.' });
    const sides = await Promise.all(job.routes.map(sourceOf));
    await refuseOutput(job.out, job.overwrite === true, [job.target, ...sides.map((s) => s.path)]);
    const witness = await witnessFile(resolve(job.target));
    const { path, sha256 } = witness;
    const analysis = await cachedAnalysis(path, analysisFolder(), {
      signal: job.signal,
      onProgress: (e) => job.onProgress?.({ ...e, stage: `looking at the target: ${e.stage}` }),
    });
    await refuseExplicit(witness, 'target', job);
    const target = { path, sha256, witness, analysis };
    await tryOutput(job.out);
    const { shared } = job;
    const folder = await (shared === undefined
      ? RenderFolder.open(sha256, job.out)
      : RenderFolder.shared(shared.folder, locksOf(shared.key)));
    const run = new SwapRun(job, target, folder);
    try {
      await run.#guarded(() => run.#prepare(sides));
      return run;
    } catch (thrown) {
      await run.close();
      throw thrown;
    }
  }

  /** Whether it is a film, which can be shared out; else it is a picture. */
  get isFilm(): boolean {
    return this.#target.analysis.media.kind !== 'picture';
  }

  async #prepare(sides: Parameters<typeof castRoutes>[2]): Promise<void> {
    const job = this.#job;
    const { analysis, sha256 } = this.#target;
    const { routes, facts } = this.#cast;
    await castRoutes(job, this.#target, sides, this.#cast);
    this.#marker = markerFor(job, analysis, sha256, routes);
    const { segmentSeconds, stretchSeconds } = job;
    const frameRate = analysis.media.video?.frameRate ?? 25;
    const range = this.#range(frameRate);
    this.#stretches = layoutOf({ frameRate, frames: analysis.frames, range, segmentSeconds, stretchSeconds });
    const { tracks, cuts } = analysis;
    const key = renderKey(routes, { target: sha256, tracks, cuts, marks: this.#marker.details, job, range, facts });
    await this.#folder.begin(
      key,
      this.#stretches.reduce((most, { segments }) => Math.max(most, (segments.at(-1)?.index ?? 0) + 1), 0),
    );
  }

  /** The frames of a trial; undefined where all of them are made. */
  #range(frameRate: number): FrameRange | undefined {
    const { trialSeconds } = this.#job;
    if (trialSeconds === undefined || !this.isFilm) return undefined;
    const first = Math.min(...this.#cast.routes.map(({ track }) => track.faces[0]?.frame ?? Number.POSITIVE_INFINITY));
    const from = Number.isFinite(first) ? first : 0;
    const length = Math.max(1, Math.round(trialSeconds * frameRate));
    return { from, to: Math.min(from + length, Math.max(this.#target.analysis.frames, 1)) };
  }

  /** Clears away what nobody may go on with. */
  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      // What was made under a consent that stands no more is not kept for a better day.
      if (this.#isOver(thrown) || this.#isWithdrawn()) {
        await this.#preview?.close();
        await this.#folder.remove();
      }
      throw thrown;
    }
  }

  #isOver(thrown: unknown): boolean {
    return thrown instanceof ConsentRefusedError && ENDED.includes(thrown.rule);
  }

  /** Whether consent has ended meanwhile: another process may have been told of it first, and this one to stop. */
  #isWithdrawn(): boolean {
    try {
      this.#assertConsent();
      return false;
    } catch (thrown) {
      return this.#isOver(thrown);
    }
  }

  #assertConsent(): void {
    if (this.#cast.routes.length > 0) this.#leave.check();
  }

  get #leave(): GrantLeave {
    return new GrantLeave(this.#cast.routes, this.#target.sha256);
  }

  #request(marker: Marker): RenderRequest & { readonly leave: GrantLeave } {
    const { path, sha256, analysis } = this.#target;
    const { masks, onProgress, signal, quality, out, shared } = this.#job;
    if (shared !== undefined)
      this.#preview ??= new RenderPreview({
        path: shared.preview,
        marker,
        grants: this.#leave.grants,
        targetSha256: sha256,
      });
    return {
      marker,
      show: (frame) => this.#preview?.show(frame),
      watch: this.#watch,
      leave: this.#leave,
      target: path,
      targetSha256: sha256,
      routes: this.#cast.routes,
      cuts: analysis.cuts,
      everybody: analysis.tracks,
      out,
      masks,
      onProgress,
      signal,
      ...(quality === undefined ? {} : { quality }),
    };
  }

  get #ready(): Marker {
    if (this.#marker === null) throw new Error('the run was not prepared');
    return this.#marker;
  }

  async #openFilm(): Promise<Film> {
    this.#assertConsent();
    this.#film ??= await Film.open(this.#request(this.#ready), {
      folder: this.#folder,
      analysis: this.#target.analysis,
      stretches: this.#stretches,
    });
    return this.#film;
  }

  /**
   * Makes ready what every stretch of a film begins with, and says what stretches there are.
   *
   * @throws LikenessError of the rooms it calls
   */
  async plan(): Promise<SwapPlan> {
    return this.#guarded(async () => {
      await (await this.#openFilm()).plan();
      return {
        file: this.#folder.planName,
        stretches: this.#stretches.map(({ index, from, to, segments }) => ({
          index,
          frames: to - from,
          first: segments[0]?.index ?? 0,
          files: segments.map((segment) => this.#folder.nameOf(segment.index)),
        })),
      };
    });
  }

  /**
   * Packs a film that was planned for machines elsewhere.
   *
   * @returns null where it is too long for that
   * @throws LikenessError of the rooms it calls
   */
  async pack(): Promise<PackedPlan | null> {
    return this.#guarded(async () => {
      const packed = await this.#packed();
      // It takes a while: what was packed at the very moment of a withdrawal does not stay.
      this.#assertConsent();
      return packed;
    });
  }

  async #packed(): Promise<PackedPlan | null> {
    const { outline, enhance, quality, out, masks, routes: asked } = this.#job;
    const { routes, files: lie } = this.#cast;
    const { footage: _, ...marks } = this.#ready.plan;
    const film = {
      targetSha256: this.#target.sha256,
      analysis: this.#target.analysis,
      stretches: this.#stretches,
      marks,
      routes: routes.map(({ track, sourceSha256, strokes = [] }, i) => ({
        track: track.id,
        engine: asked[i]?.engine ?? '',
        sourceSha256,
        trained: (lie[i]?.model ?? null) !== null,
        strokes,
      })),
      outline: outline ?? null,
      enhance: enhance === true,
      quality: quality ?? null,
      out: basename(out),
      masks: masks !== undefined,
    };
    const files = await packFilm(this.#folder, film, lie);
    return files === null ? null : { key: this.#folder.key, code: codeVersion(), files };
  }

  /**
   * Renders what is missing of one stretch of a film.
   *
   * @returns the names of its segments, which are in the folder of the render then
   * @throws LikenessError of the rooms it calls, `consent.*` where a record does not stand any more
   */
  async stretch(index: number): Promise<{ readonly files: readonly string[] }> {
    const stretch = this.#stretches[index];
    if (stretch === undefined) throw new RangeError(`there is no stretch ${index} of ${this.#stretches.length}`);
    const total = stretch.to - stretch.from;
    await this.#guarded(async () => {
      const film = await this.#openFilm();
      await film.stretch(stretch, (done) => this.#job.onProgress?.({ stage: 'swapping', done, total, unit: 'frames' }));
      // What was finished at the very moment of a withdrawal does not stay either.
      this.#assertConsent();
    });
    return { files: stretch.segments.map((segment) => this.#folder.nameOf(segment.index)) };
  }

  /**
   * Renders what is missing, puts it together, seals and publishes it.
   *
   * @throws LikenessError of the rooms it calls; nothing is left behind at the output
   */
  async finish(): Promise<SwapResult> {
    const { masks } = this.#job;
    const result = await this.#guarded(() => this.#renderAndSeal()).catch(async (thrown: unknown) => {
      if (masks !== undefined) await rm(masks.folder, { recursive: true, force: true });
      throw thrown;
    });
    this.#made = true;
    await this.#preview?.close();
    await this.#folder.remove();
    return result;
  }

  async #render(path: string, veil: Veil): Promise<RenderStats> {
    if (this.isFilm) return (await this.#openFilm()).finish(path, veil, this.#leave);
    return renderPicture(this.#request(this.#ready), path, veil);
  }

  /** Says of a trial that it is a part. */
  #trimmed(): FurtherAction[] {
    const [from, to] = [this.#stretches[0]?.from ?? 0, this.#stretches.at(-1)?.to ?? 0];
    const { frames } = this.#target.analysis;
    if (!this.isFilm || to - from >= frames) return [];
    return [{ action: 'c2pa.trimmed', description: `A trial: frames ${from + 1} to ${to} of ${frames}` }];
  }

  /** Says so where a notice was wanted and there is nothing to hear it in. */
  #unheard(): string[] {
    const { notice = 'off', target, trialSeconds } = this.#job;
    return notice === 'off' || trialSeconds !== undefined || this.#ready.sound !== null
      ? []
      : [`${basename(target)} has no sound: no notice plays.`];
  }

  async #renderAndSeal(): Promise<SwapResult> {
    const job = this.#job;
    const marker = this.#ready;
    const { routes, sources, routed } = this.#cast;
    const temporary = join(this.#folder.path, `${randomBytes(6).toString('hex')}${extname(job.out).toLowerCase()}`);
    const veil = new Veil();
    try {
      const stats = await this.#render(temporary, veil);
      for (const met of [this.#target, ...sources]) await assertUnchanged(met.witness);
      await embedXmp(temporary, marker.xmp(`Likeness ${likenessVersion()}`), veil);
      const grant = routes.map((r) => r.grant);
      const sealed = await seal({
        file: temporary,
        veil,
        parent: this.#target.path,
        grant,
        operation: 'faceSwap',
        title: basename(job.out),
        description: 'Face replaced with documented consent',
        agent: {
          name: `Likeness ${[...new Set(job.routes.map((r) => r.engine))].join(', ')}`,
          version: likenessVersion(),
        },
        changes: ['face'],
        ...marker.details,
        actions: [...marker.details.actions, ...this.#trimmed()],
        inputs: sources.map((s) => s.path),
      });
      const published = await publish(sealed, resolve(job.out));
      return {
        output: published.path,
        sidecar: published.sidecar ?? null,
        remarks: [...published.remarks, ...sizeRemarks(job, routes), ...this.#unheard()],
        label: await inspect(published.path),
        stats,
        grants: grant.map((g) => g.terms),
        target: this.#target.analysis,
        routed,
      };
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Lets go of everything. A grant under which nothing was sealed is free again. */
  async close(): Promise<void> {
    await this.#film?.close();
    await this.#preview?.close();
    await this.#watch.close();
    for (const { session } of this.#cast.routes) await session.close();
    await this.#folder.close();
    if (!this.#made) for (const grant of this.#cast.given) await grant.release();
  }
}

/**
 * Swaps the routed people of a video or picture, seals the result, and puts it where it belongs. Whoever is in no route
 * is left untouched, to the pixel. A video is kept segment by segment: the same job goes on where it was stopped or killed.
 *
 * @throws LikenessError of the rooms it calls; nothing is left behind at `out`
 */
export async function swapMedia(job: SwapJob): Promise<SwapResult> {
  const run = await SwapRun.open(job);
  try {
    return await run.finish();
  } finally {
    await run.close();
  }
}
