/** One stretch of a video, from its run-in or from where an earlier run was stopped. */
import { LikenessError, sha256 } from '../../base/index.js';
import type { Waypoint } from '../../faces/index.js';
import {
  createVideoPart,
  type Frame,
  releaseFrame,
  type VideoPart,
  type VideoSource,
  type VideoWriterOptions,
} from '../../media/index.js';
import { packMasks } from '../mask/index.js';
import type { RenderRequest } from './render.js';
import type { FinishedSegment, RenderFolder } from './render-folder.js';
import type { FrameInWork, Renderer } from './renderer.js';
import { framesFrom, RUN_IN, type Segment, type Stretch } from './stretches.js';

/** Frames in work at once. */
const DEPTH = 4;

/** What a stretch is made with. */
export interface StretchTools {
  readonly request: RenderRequest;
  readonly folder: RenderFolder;
  readonly renderer: Renderer;
  readonly source: VideoSource;
  readonly waypoints: readonly Waypoint[];
  readonly options: VideoWriterOptions;
  /** What every stretch begins with. */
  readonly plan: Uint8Array;
  /** Told how many frames of it are done. */
  readonly tell: (done: number) => void;
}

/** See the head of this file; good for one run. */
export class StretchRender {
  readonly #tools: StretchTools;
  readonly #stretch: Stretch;
  readonly #behind: FinishedSegment | null;
  /** Segments that are not finished, in order. */
  readonly #left: Segment[];
  readonly #waiting: FrameInWork[] = [];
  /** What the renderer carries over the border behind so many frames; asked for before the next frame is begun. */
  readonly #carried = new Map<number, Promise<Uint8Array>>();
  /** The target's frame at each border, taken before it is changed. */
  readonly #borders = new Map<number, Waypoint>();
  #writer: VideoPart | null = null;
  #closing: Promise<void> = Promise.resolve();
  #swapped = 0;

  /**
   * @param behind the last segment of it that is finished
   * @param finished how many are
   */
  constructor(tools: StretchTools, stretch: Stretch, behind: FinishedSegment | null, finished: number) {
    this.#tools = tools;
    this.#stretch = stretch;
    this.#behind = behind;
    this.#left = stretch.segments.slice(finished);
  }

  /** Renders it. A stop by `signal` keeps the finished segments and rejects with the signal's reason. */
  async run(): Promise<void> {
    const { renderer, request } = this.#tools;
    await request.leave.ask(null);
    request.watch.turn();
    this.#swapped = renderer.swapped;
    renderer.takeMasks();
    try {
      const behind = this.#behind;
      if (behind === null) await this.#runIn();
      else {
        await renderer.take(behind.state);
        await this.#render(behind.end, behind.border === null ? [] : [behind.border]);
      }
      if (this.#writer === null || !this.#isLast)
        throw new LikenessError('media.changed', `${request.target} gives other frames than when it was looked at.`, {
          hint: 'Leave the file as it is until the work is done, and start it again.',
        });
      await this.#endSegment(true);
      await this.#closing;
    } finally {
      await this.#closing.catch(() => undefined);
      await this.#writer?.abort();
    }
  }

  /** Begins anew, some frames in front of the stretch. */
  async #runIn(): Promise<void> {
    const { renderer, plan } = this.#tools;
    await renderer.take(plan, true);
    await this.#render(Math.max(0, this.#stretch.from - RUN_IN), []);
  }

  /** Works on the frames from one on. */
  async #render(from: number, borders: readonly Waypoint[]): Promise<void> {
    const { renderer, request, source, waypoints } = this.#tools;
    const stretch = this.#stretch;
    const ends = new Set(this.#left.map(({ to }) => to));
    const begins = new Map(this.#left.map((segment) => [segment.from, segment.index]));
    let index = from;
    let asked = performance.now();
    for await (const frame of framesFrom(source, from, [...waypoints.filter((w) => w.frame <= from), ...borders])) {
      renderer.steps.decode += (performance.now() - asked) / 1000;
      request.signal?.throwIfAborted();
      const begun = begins.get(index);
      if (begun !== undefined) await request.leave.ask(begun);
      if (ends.has(index + 1)) this.#border(frame, index);
      if (ends.has(index)) this.#carry(index);
      this.#waiting.push(renderer.begin(frame, index));
      index++;
      if (this.#waiting.length >= DEPTH) await this.#finishFirst();
      if (index === stretch.to && !stretch.last) break;
      asked = performance.now();
    }
    while (this.#waiting.length > 0) await this.#finishFirst();
  }

  /** Where the frame is the last of its segment: what a later run finds the place by. */
  #border(frame: Frame, index: number): void {
    if (index + 1 !== this.#stretch.to)
      this.#borders.set(index, { frame: index, timestamp: frame.timestamp, sha256: sha256(frame.pixels) });
  }

  #carry(end: number): void {
    const state = this.#tools.renderer.turn();
    state.catch(() => undefined);
    this.#carried.set(end, state);
  }

  async #finishFirst(): Promise<void> {
    const first = this.#waiting.shift();
    if (!first) return;
    const { renderer, request, options, tell } = this.#tools;
    const { index } = first;
    if (index < this.#stretch.from) return renderer.drop(first);
    if (index === this.#left[0]?.to && !this.#isLast) await this.#endSegment(false);
    this.#writer ??= await createVideoPart(request.out, options);
    const frame = await renderer.finish(first);
    request.show?.(frame);
    const at = performance.now();
    await this.#writer.write(frame);
    renderer.steps.encode += (performance.now() - at) / 1000;
    releaseFrame(frame);
    tell(index + 1 - this.#stretch.from);
  }

  /** Whether the segment in work is the last one of the stretch. */
  get #isLast(): boolean {
    return this.#left.length === 1;
  }

  /** Ends the segment in work; its last bytes are encoded and kept while the next one begins. */
  async #endSegment(last: boolean): Promise<void> {
    const writer = this.#writer;
    const segment = this.#left.shift();
    if (writer === null || segment === undefined) return;
    this.#writer = null;
    const { renderer, request, folder } = this.#tools;
    const { index, from, to } = segment;
    const state = last ? new Uint8Array(0) : await (this.#carried.get(to) ?? renderer.turn());
    this.#carried.delete(to);
    const facts = {
      end: to,
      border: this.#borders.get(to - 1) ?? null,
      swapped: renderer.swapped - this.#swapped,
      touched: Array.from({ length: to - from }, (_, i) => from + i).flatMap((i) => {
        const boxes = renderer.touched.get(i);
        return boxes ? [[i, boxes] as const] : [];
      }),
      looks: request.watch.take(),
      state,
      masks: request.masks === undefined ? null : packMasks(renderer.takeMasks()),
    };
    this.#swapped = renderer.swapped;
    await this.#closing;
    this.#closing = (async () => {
      await writer.finish();
      await folder.write(index, { ...facts, media: writer.bytes });
    })();
    // Taken up at the next border; until then it must not count as unhandled.
    this.#closing.catch(() => undefined);
  }
}
