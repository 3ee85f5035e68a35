/**
 * A video, stretch by stretch. Every segment of about four seconds is kept when it is finished, encoded and locked; a run
 * that was killed goes on behind the last one of its stretch. Stretches need nothing of one another, so that several
 * processes can make them; putting them together is one process's work.
 */

import type { Veil } from '../../base/index.js';
import type { ExplicitScore } from '../../consent/index.js';
import type { Analysis } from '../../faces/index.js';
import {
  checkSound,
  joinVideos,
  openVideo,
  releaseFrame,
  type VideoInfo,
  type VideoSource,
  type VideoWriterOptions,
} from '../../media/index.js';
import { writeMasks } from '../mask/index.js';
import type { GrantLeave } from './leave.js';
import type { RenderRequest, RenderStats } from './render.js';
import type { FinishedSegment, RenderFolder } from './render-folder.js';
import { Renderer } from './renderer.js';
import { StretchRender, type StretchTools } from './stretch.js';
import type { Stretch } from './stretches.js';

/** What a {@link Film} needs beside the request. */
export interface FilmPlace {
  /** Where finished segments are kept. */
  readonly folder: RenderFolder;
  readonly analysis: Analysis;
  readonly stretches: readonly Stretch[];
}

const minutesAt = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${Math.floor(seconds % 60)
    .toString()
    .padStart(2, '0')}`;

/** See the head of this file. */
export class Film {
  readonly #request: RenderRequest;
  readonly #place: FilmPlace;
  readonly #source: VideoSource;
  readonly #renderer: Renderer;
  readonly #options: VideoWriterOptions;
  #plan: Uint8Array | null = null;

  private constructor(request: RenderRequest, place: FilmPlace, source: VideoSource, video: VideoInfo) {
    this.#request = request;
    this.#place = place;
    this.#source = source;
    this.#renderer = new Renderer(request, true);
    this.#options = {
      width: video.width,
      height: video.height,
      color: video.color,
      frameRate: video.frameRate,
      timeResolution: video.timeResolution,
      alpha: video.alpha,
      ...(request.quality === undefined ? {} : { quality: request.quality }),
    };
  }

  /**
   * Opens the target.
   *
   * @throws LikenessError `media.sound-codec` where the output cannot carry the sound
   */
  static async open(request: RenderRequest, place: FilmPlace): Promise<Film> {
    const source = await openVideo(request.target);
    try {
      const { video } = source.info;
      if (video === null) throw new Error(`${request.target} was a video when it was analyzed.`);
      await checkSound(request.target, request.out, request.marker.sound ?? undefined);
      return new Film(request, place, source, video);
    } catch (thrown) {
      source.close();
      throw thrown;
    }
  }

  /** Shows the compositors the first seconds, and tries the new shapes on them: what every stretch begins with. */
  async plan(): Promise<Uint8Array> {
    const { folder } = this.#place;
    this.#plan ??= await folder.readPlan();
    if (this.#plan !== null) return this.#plan;
    const renderer = this.#renderer;
    const { lessons } = renderer;
    const last = Math.max(-1, ...lessons);
    let index = 0;
    for await (const frame of last < 0 ? [] : this.#source.frames()) {
      this.#request.signal?.throwIfAborted();
      if (lessons.has(index)) await renderer.learn(frame, index);
      releaseFrame(frame);
      if (index++ >= last) break;
    }
    await renderer.hold();
    const plan = await renderer.turn();
    await folder.writePlan(plan);
    this.#plan = plan;
    return plan;
  }

  /**
   * Renders what is not finished yet of one stretch.
   *
   * @param tell told how many of its frames are done, and how many of them were there already
   */
  async stretch(stretch: Stretch, tell: (done: number, resumed: number) => void): Promise<void> {
    const { folder, analysis } = this.#place;
    const done: FinishedSegment[] = [];
    for (const { index } of stretch.segments) {
      const finished = await folder.read(index);
      if (finished === null) break;
      this.#request.signal?.throwIfAborted();
      this.#count(finished);
      done.push({ ...finished, media: new Uint8Array(0), masks: null });
    }
    const behind = done.at(-1);
    if (behind !== undefined) tell(behind.end - stretch.from, behind.end - stretch.from);
    if (done.length === stretch.segments.length) return;
    const tools: StretchTools = {
      request: this.#request,
      folder,
      renderer: this.#renderer,
      source: this.#source,
      waypoints: analysis.waypoints,
      options: this.#options,
      plan: await this.plan(),
      tell: (frames) => tell(frames, behind === undefined ? 0 : behind.end - stretch.from),
    };
    await new StretchRender(tools, stretch, behind ?? null, done.length).run();
  }

  #count({ touched, swapped }: FinishedSegment): void {
    for (const [frame, boxes] of touched) this.#renderer.touched.set(frame, [...boxes]);
    this.#renderer.swapped += swapped;
  }

  /**
   * Renders what is missing of all stretches, and puts them together in a file under a veil, with the target's sound.
   *
   * @param leave of whoever seals it
   */
  async finish(path: string, veil: Veil, leave: GrantLeave): Promise<RenderStats> {
    const started = performance.now();
    const { stretches } = this.#place;
    const first = stretches[0]?.from ?? 0;
    const total = (stretches.at(-1)?.to ?? 0) - first;
    let resumed = 0;
    for (const stretch of stretches) {
      const before = resumed;
      await this.stretch(stretch, (done, found) => {
        resumed = before + found;
        const at = minutesAt(resumed / (this.#options.frameRate || 25));
        const note = resumed > 0 ? { note: `resumed at ${at}` } : {};
        this.#request.onProgress?.({
          stage: 'swapping',
          done: stretch.from - first + done,
          total,
          unit: 'frames',
          ...note,
        });
      });
    }
    leave.check();
    await this.#join(path, veil);
    return {
      frames: total,
      resumed,
      swapped: this.#renderer.swapped,
      seconds: (performance.now() - started) / 1000,
      steps: this.#renderer.steps,
      touched: this.#renderer.touched,
    };
  }

  async #join(path: string, veil: Veil): Promise<void> {
    const { target, masks, watch } = this.#request;
    const { folder, stretches, analysis } = this.#place;
    const isPart = (stretches[0]?.from ?? 0) > 0 || (stretches.at(-1)?.to ?? 0) < analysis.frames;
    const segments = stretches.flatMap((stretch) => stretch.segments);
    const looks: ExplicitScore[] = [];
    for (const { index } of segments) {
      const segment = await folder.read(index);
      looks.push(...(segment?.looks ?? []));
      if (masks !== undefined && (segment?.masks ?? null) !== null)
        await writeMasks(masks, index, segment?.masks ?? new Uint8Array(0));
    }
    await watch.judge(looks);
    const parts = segments.map(({ index }) => ({
      name: `segment ${index + 1} of ${this.#request.out}`,
      read: async () => (await folder.read(index))?.media ?? new Uint8Array(0),
    }));
    const { frameRate, timeResolution, alpha } = this.#options;
    const changeSound = this.#request.marker.sound;
    await joinVideos(parts, path, {
      frameRate,
      ...(timeResolution === undefined ? {} : { timeResolution }),
      alpha: alpha === true,
      copyAudioFrom: target,
      isPart,
      ...(changeSound === null ? {} : { changeSound }),
      veil,
    });
  }

  /** Frees the target and the thread. */
  async close(): Promise<void> {
    this.#source.close();
    await this.#renderer.close();
  }
}
