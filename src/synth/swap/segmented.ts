/**
 * A video in segments of about four seconds. Each is kept when it is finished, encoded and locked; a run that was killed
 * goes on behind the last one. What compositing carries from frame to frame goes over the borders, so none can be seen.
 */
import { createHash } from 'node:crypto';
import {
  createVideoPart,
  type Frame,
  joinVideos,
  releaseFrame,
  type VideoInfo,
  type VideoPart,
  type VideoSource,
  type VideoWriterOptions,
} from '../../media/index.js';
import { packMasks, writeMasks } from '../mask/index.js';
import type { RenderRequest } from './render.js';
import type { FrameInWork, Renderer } from './renderer.js';
import type { Segment } from './segments.js';

/** Seconds of a segment where nothing else is asked for. */
export const SEGMENT_SECONDS = 4;

/** Length of a segment in frames: a whole number of the encoder's key-frame distances of two seconds. */
const segmentLength = (frameRate: number, seconds: number): number =>
  Math.max(1, Math.round(seconds / 2)) * Math.max(2, Math.min(300, Math.round(2 * frameRate)));

/** Frames in work at once. */
const DEPTH = 4;

const sha256Of = (frame: Frame): string => createHash('sha256').update(frame.pixels).digest('hex');

/** The frames behind a segment that is finished, or all. What is decoded after a jump is checked to be the same. */
async function framesBehind(
  source: VideoSource,
  done: Segment | null,
): Promise<AsyncGenerator<Frame, void, undefined>> {
  if (done === null) return source.frames();
  const near = source.frames({ fromUs: done.timestamp });
  const first = await near.next();
  if (first.done !== true) {
    const same = first.value.timestamp === done.timestamp && sha256Of(first.value) === done.sha256;
    releaseFrame(first.value);
    if (same) return near;
  }
  await near.return();
  // A clip whose key frames do not stand for themselves: everything before has to be decoded again.
  const all = source.frames();
  for (let i = 0; i < done.end; i++) {
    const next = await all.next();
    if (next.done === true) break;
    releaseFrame(next.value);
  }
  return all;
}

/** Shows the compositors the first seconds, and tries the new shapes on them. */
async function lookAhead(renderer: Renderer, source: VideoSource, signal: AbortSignal | undefined): Promise<void> {
  const { lessons } = renderer;
  const last = Math.max(-1, ...lessons);
  if (last < 0) return;
  let index = 0;
  for await (const frame of source.frames()) {
    signal?.throwIfAborted();
    if (lessons.has(index)) await renderer.learn(frame, index);
    releaseFrame(frame);
    if (index++ >= last) break;
  }
  await renderer.hold();
}

const minutesAt = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${Math.floor(seconds % 60)
    .toString()
    .padStart(2, '0')}`;

/** Renders what is not finished yet, segment by segment. */
export class SegmentedRender {
  readonly #request: RenderRequest;
  readonly #renderer: Renderer;
  readonly #source: VideoSource;
  readonly #options: VideoWriterOptions;
  readonly #length: number;
  readonly #total: number;
  readonly #rate: number;
  readonly #waiting: FrameInWork[] = [];
  /** What the renderer carries over the border behind so many frames; asked for before the next frame is begun. */
  readonly #carried = new Map<number, Promise<Uint8Array>>();
  /** Hash and time of the target's frame at each border, taken before the frame is changed. */
  readonly #borders = new Map<number, { timestamp: number; sha256: string }>();
  #writer: VideoPart | null = null;
  #closing: Promise<void> = Promise.resolve();
  #swapped = 0;
  #count = 0;
  #resumed = 0;

  constructor(request: RenderRequest, renderer: Renderer, source: VideoSource, video: VideoInfo) {
    this.#request = request;
    this.#renderer = renderer;
    this.#source = source;
    this.#length = segmentLength(video.frameRate, request.segmentSeconds ?? SEGMENT_SECONDS);
    this.#total = video.frameCount;
    this.#rate = video.frameRate || 25;
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

  /** Takes up what an earlier run finished; the last of it. */
  async #resume(): Promise<Segment | null> {
    let done: Segment | null = null;
    for (;;) {
      const next = await this.#request.folder.read(this.#count);
      if (next === null) break;
      this.#request.signal?.throwIfAborted();
      for (const [frame, boxes] of next.touched) this.#renderer.touched.set(frame, [...boxes]);
      this.#renderer.swapped += next.swapped;
      this.#count++;
      // Only the last one's state is of use; none of the pictures is.
      done = { ...next, media: new Uint8Array(0), masks: null };
      if (next.last) break;
    }
    if (done === null) return null;
    await this.#renderer.take(done.state);
    this.#swapped = this.#renderer.swapped;
    this.#resumed = done.end;
    this.#tell(done.end);
    return done;
  }

  #tell(done: number): void {
    const note = this.#resumed > 0 ? { note: `resumed at ${minutesAt(this.#resumed / this.#rate)}` } : {};
    this.#request.onProgress?.({ stage: 'swapping', done, total: this.#total, unit: 'frames', ...note });
  }

  /** Ends the segment in work; its last bytes are encoded and kept while the next one begins. */
  async #endSegment(end: number, last: boolean): Promise<void> {
    const writer = this.#writer;
    if (writer === null) return;
    this.#writer = null;
    const { folder } = this.#request;
    const border = this.#borders.get(end - 1) ?? { timestamp: 0, sha256: '' };
    this.#borders.delete(end - 1);
    const index = this.#count++;
    const state = await (this.#carried.get(end) ?? this.#renderer.turn());
    this.#carried.delete(end);
    const { touched } = this.#renderer;
    const begun = end - (((end - 1) % this.#length) + 1);
    const facts = {
      ...border,
      end,
      last,
      swapped: this.#renderer.swapped - this.#swapped,
      touched: Array.from({ length: end - begun }, (_, i) => begun + i).flatMap((i) => {
        const boxes = touched.get(i);
        return boxes ? [[i, boxes] as const] : [];
      }),
      state,
      masks: this.#request.masks === undefined ? null : packMasks(this.#renderer.takeMasks()),
    };
    this.#swapped = this.#renderer.swapped;
    await this.#closing;
    this.#closing = (async () => {
      await writer.finish();
      await folder.write(index, { ...facts, media: writer.bytes });
    })();
    // Taken up at the next border; until then it must not count as unhandled.
    this.#closing.catch(() => undefined);
  }

  async #finishFirst(): Promise<void> {
    const first = this.#waiting.shift();
    if (!first) return;
    const { index } = first;
    if (index % this.#length === 0) await this.#endSegment(index, false);
    this.#writer ??= await createVideoPart(this.#request.out, this.#options);
    const frame = await this.#renderer.finish(first);
    const at = performance.now();
    await this.#writer.write(frame);
    this.#renderer.steps.encode += (performance.now() - at) / 1000;
    releaseFrame(frame);
    this.#tell(index + 1);
  }

  #carry(end: number): void {
    const state = this.#renderer.turn();
    state.catch(() => undefined);
    this.#carried.set(end, state);
  }

  /** Renders; gives how many frames there are, and how many of them were there already. */
  async run(): Promise<{ frames: number; resumed: number }> {
    const { signal } = this.#request;
    const renderer = this.#renderer;
    const done = await this.#resume();
    let index = done?.end ?? 0;
    try {
      if (done?.last !== true) {
        if (done === null) await lookAhead(renderer, this.#source, signal);
        const frames = await framesBehind(this.#source, done);
        let asked = performance.now();
        for await (const frame of frames) {
          renderer.steps.decode += (performance.now() - asked) / 1000;
          signal?.throwIfAborted();
          if (index % this.#length === 0) renderer.checkGrants();
          if ((index + 1) % this.#length === 0)
            this.#borders.set(index, { timestamp: frame.timestamp, sha256: sha256Of(frame) });
          if (index % this.#length === 0 && index > (done?.end ?? 0)) this.#carry(index);
          this.#waiting.push(renderer.begin(frame, index));
          index++;
          if (this.#waiting.length >= DEPTH) await this.#finishFirst();
          asked = performance.now();
        }
        while (this.#waiting.length > 0) await this.#finishFirst();
        await this.#endSegment(index, true);
      }
      await this.#closing;
      await this.#join();
    } finally {
      await this.#closing.catch(() => undefined);
      await this.#writer?.abort();
    }
    return { frames: index, resumed: this.#resumed };
  }

  /** All segments as one file, with the target's sound. */
  async #join(): Promise<void> {
    const { folder, out, target, veil, masks } = this.#request;
    this.#renderer.checkGrants();
    for (let i = 0; masks !== undefined && i < this.#count; i++) {
      const packed = (await folder.read(i))?.masks ?? null;
      if (packed !== null) await writeMasks(masks, i, packed);
    }
    const parts = Array.from({ length: this.#count }, (_, i) => ({
      name: `segment ${i + 1} of ${out}`,
      read: async () => (await folder.read(i))?.media ?? new Uint8Array(0),
    }));
    const { frameRate, timeResolution, alpha } = this.#options;
    await joinVideos(parts, out, {
      frameRate,
      ...(timeResolution === undefined ? {} : { timeResolution }),
      alpha: alpha === true,
      copyAudioFrom: target,
      veil,
    });
  }
}
