/**
 * Rendering: every frame of the target, with each routed person's face replaced. Needs leave
 * (`leave.ts`). What comes out is not sealed yet and lies under a veil in a temporary file that only `seal()` takes. Videos: `film.ts`.
 */
import { type LongWork, type Veil, writeAtomic } from '../../base/index.js';
import type { ExplicitWatch } from '../../consent/index.js';
import type { AnalyzedTrack, Box } from '../../faces/index.js';
import type { Marker } from '../../label/index.js';
import { encodePictureFor, type Frame, type Quality, readPicture } from '../../media/index.js';
import { type MaskPlace, type MaskStroke, packMasks, writeMasks } from '../mask/index.js';
import type { GrantLeave, Leave } from './leave.js';
import { Renderer } from './renderer.js';
import type { SwapSession } from './types.js';

/** One person of the shot and who takes the place. */
export interface RenderRoute {
  readonly track: AnalyzedTrack;
  readonly session: SwapSession;
  readonly sourceSha256: string;
  /** 0..1: how far the outline of the face follows the person who comes in. Default 1. */
  readonly outline?: number;
  /** What somebody painted on the person's mask. */
  readonly strokes?: readonly MaskStroke[] | undefined;
}

/** What a render needs, of a video or a picture. */
export interface RenderRequest extends LongWork {
  readonly target: string;
  readonly targetSha256: string;
  readonly routes: readonly RenderRoute[];
  /** First frames of shots. */
  readonly cuts: readonly number[];
  /** Everybody in the target: whoever is in no route keeps every pixel. */
  readonly everybody: readonly AnalyzedTrack[];
  /** What it is called; its ending decides the container. */
  readonly out: string;
  /** Where the masks of all frames are kept; left out, they are not. */
  readonly masks?: MaskPlace | undefined;
  readonly quality?: Quality;
  /** Puts the label and the watermark into every frame, whether a face was swapped in it or not. */
  readonly marker: Marker;
  /** Shown each finished frame, and must be done with it when it returns. */
  readonly show?: ((frame: Frame) => void) | undefined;
  /** Asked before a stretch and before every segment. */
  readonly leave: Leave;
  /** Looks at what comes out, twice a second, before it is written. */
  readonly watch: ExplicitWatch;
}

/** Seconds spent, by step; steps overlap, so they add up to more than the whole. */
export interface RenderStats {
  readonly frames: number;
  readonly swapped: number;
  /** How many of the frames an earlier run had finished. */
  readonly resumed: number;
  /** Of this run. */
  readonly seconds: number;
  readonly steps: Readonly<Record<'decode' | 'crop' | 'net' | 'composite' | 'mark' | 'encode', number>>;
  /** What was touched, by frame. */
  readonly touched: ReadonlyMap<number, readonly Box[]>;
}

/** Renders a picture into a temporary file under a veil. */
export async function renderPicture(
  request: RenderRequest & { readonly leave: GrantLeave },
  path: string,
  veil: Veil,
): Promise<RenderStats> {
  request.leave.check();
  const renderer = new Renderer(request, false);
  const started = performance.now();
  const before = await readPicture(request.target);
  await renderer.learn(before, 0);
  await renderer.hold();
  const frame = await renderer.finish(renderer.begin(before, 0));
  if (request.masks !== undefined) await writeMasks(request.masks, 0, packMasks(renderer.takeMasks()));
  await writeAtomic(path, veil.apply(await encodePictureFor(path, frame), 0));
  return {
    frames: 1,
    resumed: 0,
    swapped: renderer.swapped,
    seconds: (performance.now() - started) / 1000,
    steps: renderer.steps,
    touched: renderer.touched,
  };
}
