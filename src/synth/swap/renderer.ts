/** Frame by frame: cut faces out, ask the nets, put the answers in. Used for clips and pictures; knows no files. */
import { deserialize, serialize } from 'node:v8';
import { type AnalyzedTrack, type Box, openMesh, type TrackedFace } from '../../faces/index.js';
import { type Frame, sampleAffine } from '../../media/index.js';
import { type Compositor, type CompositorState, createCompositor } from '../blend/index.js';
import { type Placement, placeCrop, pointsInCrop } from './alignment.js';
import { type DriveReference, driveReference, normaliseDrive } from './drive.js';
import { driveOf, neutralOf } from './face-set.js';
import { OutlineChange } from './outline/change.js';
import { pitchToTurn, type Trial } from './outline/hold.js';
import type { RenderRequest, RenderRoute } from './render.js';
import type { FaceCrop, SwappedFace } from './types.js';

/** Frames that a compositor is shown beforehand, and the stretch of the track that they come from. */
const LESSONS = 20;
const LESSON_SPAN = 250;

/** Degrees beyond which a head is turned too far for a trial. */
const TRIAL_YAW = 25;
/** Frames that a new shape is tried on: seven, or as many as fit into 96 MB. */
const trialsOf = (frame: Frame): number => Math.max(2, Math.min(7, Math.floor(96e6 / frame.pixels.length)));

interface Person {
  readonly route: RenderRoute;
  compositor: Compositor;
  readonly reference: DriveReference;
  readonly neutral: Float32Array;
  /** How the plate is bent to the outline of who comes in; null where it stays. */
  readonly outline: OutlineChange | null;
  /** Frames to try the new shape on. */
  readonly trials: { readonly frame: Frame; readonly face: TrackedFace }[];
  readonly faces: ReadonlyMap<number, TrackedFace>;
  /** A cut, or a gap in the track, since the last face. */
  fresh: boolean;
}

/** What is carried over from segment to segment for one person. */
interface PersonState {
  readonly compositor: CompositorState;
  readonly fresh: boolean;
  /** Degrees by which the new shape is nodded. */
  readonly nod: number;
}

/** A face on its way: cut out, and asked for. */
export interface Work {
  readonly person: Person;
  /** Landmarks in the frame, 478 * 3; of the bent plate where it is bent. */
  readonly points: Float32Array;
  /** What was bent, where something was. */
  readonly bent: Box | null;
  readonly placement: Placement;
  readonly swapped: Promise<SwappedFace>;
}

function personOf(route: RenderRoute): Person {
  const resting = neutralOf(route.track.faces);
  const outline =
    route.session.shape === undefined ? null : new OutlineChange(resting, route.session.shape, route.outline ?? 1);
  return {
    route,
    compositor: createCompositor(),
    reference: driveReference(route.track.faces.map(driveOf)),
    neutral: outline?.neutral ?? resting,
    outline,
    trials: [],
    faces: new Map(route.track.faces.map((f) => [f.frame, f])),
    fresh: true,
  };
}

/** The target's aligned face as an engine wants it. */
function cropOf(frame: Frame, face: TrackedFace, points: Float32Array, person: Person, placement: Placement): FaceCrop {
  const { size } = person.route.session;
  const image = new Float32Array(3 * size * size);
  sampleAffine(frame, placement, size, size, image, { layout: 'planar', scale: 1 / 255 });
  return {
    size,
    image,
    points: pointsInCrop(points, placement),
    pose: face.pose,
    expression: face.expression,
    drive: normaliseDrive(driveOf(face), person.reference),
    neutral: person.neutral,
  };
}

const MASK_SIDE = 48;

/** The nearest person mask of the track, seen through the crop. */
function personMaskOf(
  track: AnalyzedTrack,
  frame: number,
  placement: Placement,
  size: number,
): { size: number; data: Float32Array } | undefined {
  let best = track.masks[0];
  for (const m of track.masks) if (best && Math.abs(m.frame - frame) < Math.abs(best.frame - frame)) best = m;
  if (!best || Math.abs(best.frame - frame) > 6) return undefined;
  const data = new Float32Array(MASK_SIDE * MASK_SIDE);
  const k = size / MASK_SIDE;
  for (let y = 0; y < MASK_SIDE; y++)
    for (let x = 0; x < MASK_SIDE; x++) {
      const cx = (x + 0.5) * k - 0.5;
      const cy = (y + 0.5) * k - 0.5;
      const fx = placement[0] * cx + placement[1] * cy + placement[2];
      const fy = placement[3] * cx + placement[4] * cy + placement[5];
      const u = Math.floor(((fx - best.box.x) / best.box.width) * best.width);
      const v = Math.floor(((fy - best.box.y) / best.box.height) * best.height);
      const inside = u >= 0 && v >= 0 && u < best.width && v < best.height;
      // Nothing is known outside of the mask; the person is assumed.
      data[y * MASK_SIDE + x] = inside ? (best.data[v * best.width + u] as number) / 255 : 1;
    }
  return { size: MASK_SIDE, data };
}

/** Steps through the frames of a clip or a picture; used by both. */
export class Renderer {
  readonly people: readonly Person[];
  readonly touched = new Map<number, Box[]>();
  readonly steps = { decode: 0, crop: 0, net: 0, composite: 0, mark: 0, encode: 0 };
  readonly #request: RenderRequest;
  readonly #cuts: ReadonlySet<number>;
  readonly #everybody: readonly { readonly id: number; readonly faces: ReadonlyMap<number, TrackedFace> }[];
  swapped = 0;

  constructor(request: RenderRequest) {
    this.#request = request;
    this.people = request.routes.map(personOf);
    this.#cuts = new Set(request.cuts);
    this.#everybody = request.everybody.map(({ id, faces }) => ({
      id,
      faces: new Map(faces.map((f) => [f.frame, f])),
    }));
  }

  /**
   * Ends a segment: what the next one needs of this one. It is put back into fresh compositors even where the run goes on,
   * so that a frame cannot depend on where a run began.
   */
  turn(): Uint8Array {
    const state = serialize(
      this.people.map(
        ({ compositor, fresh, outline }): PersonState => ({
          compositor: compositor.state,
          fresh,
          nod: outline?.nod ?? 0,
        }),
      ),
    );
    this.take(state);
    return state;
  }

  /** Goes on from the end of a segment. */
  take(state: Uint8Array): void {
    const states = deserialize(state) as PersonState[];
    for (const [i, person] of this.people.entries()) {
      const { compositor, fresh, nod } = states[i] as PersonState;
      person.compositor = createCompositor();
      person.compositor.state = compositor;
      person.fresh = fresh;
      if (person.outline !== null) person.outline.nod = nod;
    }
  }

  /** Asks again whether all grants stand. */
  checkGrants(): void {
    for (const { grant, sourceSha256 } of this.#request.routes)
      grant.assertCovers({ operation: 'faceSwap', sourceSha256, targetSha256: this.#request.targetSha256 });
  }

  /** Frames to look at before the first one is changed, by index: spread over the first seconds of each track. */
  get lessons(): ReadonlySet<number> {
    const chosen = this.people.flatMap(({ route }) => {
      const seen = route.track.faces.filter((f) => !f.interpolated).slice(0, LESSON_SPAN);
      const step = Math.max(1, seen.length / LESSONS);
      return seen.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step)).map((f) => f.frame);
    });
    return new Set(chosen);
  }

  /** Shows the compositors how their people look, so that what covers a face is told from the face at once. */
  learn(frame: Frame, index: number): void {
    for (const { compositor, faces, route, trials, outline } of this.people) {
      const face = faces.get(index);
      if (!face || face.interpolated) continue;
      const { size } = route.session;
      if (outline !== null && trials.length < trialsOf(frame) && Math.abs(face.pose.yaw) < TRIAL_YAW)
        trials.push({ frame: { ...frame, pixels: frame.pixels.slice() }, face });
      compositor.learn({ frame, placement: placeCrop(face.landmarks, size), size, points: face.landmarks });
    }
  }

  /**
   * Swaps the frames kept by {@link learn} for trial and nods the new shapes so that the heads look where they looked.
   * Gives the same for the same frames.
   */
  async hold(): Promise<void> {
    const people = this.people.filter((p) => p.outline !== null && p.trials.length > 0);
    if (people.length === 0) return;
    const engine = await openMesh(1);
    try {
      for (const person of people) {
        const trials: Trial[] = [];
        for (const { frame: before, face } of person.trials.splice(0)) {
          const after = { ...before, pixels: before.pixels.slice() };
          const work = this.#start(after, person, face, face.frame);
          await this.#put(after, face.frame, work, true);
          trials.push({ before, after, points: face.landmarks, swappedPoints: work.points });
        }
        if (person.outline !== null) person.outline.nod = await pitchToTurn(trials, engine);
      }
    } finally {
      await engine.close();
    }
  }

  /** The faces of everybody else in the frame, with a margin for hair and chin. */
  #others(person: Person, index: number): Box[] {
    return this.#everybody.flatMap(({ id, faces }) => {
      const found = id === person.route.track.id ? undefined : faces.get(index);
      if (!found) return [];
      const { x, y, width, height } = found.box;
      return [{ x: x - 0.2 * width, y: y - 0.3 * height, width: 1.4 * width, height: 1.5 * height }];
    });
  }

  /** Cuts one face out and hands it to its net. */
  #start(frame: Frame, person: Person, face: TrackedFace, index: number): Work {
    const { session } = person.route;
    const changed = person.outline?.apply(frame, face.landmarks, this.#others(person, index)) ?? null;
    const points = changed?.points ?? face.landmarks;
    const placement = (session.place ?? placeCrop)(points, session.size);
    const crop = cropOf(frame, face, points, person, placement);
    const asked = performance.now();
    const swapped = session.render([crop]).then(([first]) => {
      this.steps.net += (performance.now() - asked) / 1000;
      if (!first) throw new Error('the engine gave no face back');
      return first;
    });
    // A rejection is taken up when the frame is finished; until then it must not count as unhandled.
    swapped.catch(() => undefined);
    return { person, points, placement, bent: changed?.box ?? null, swapped };
  }

  /** Puts one swapped face in; the rectangle outside which nothing changed. */
  async #put(frame: Frame, index: number, work: Work, cut: boolean): Promise<Box> {
    const { person, points, placement } = work;
    const swapped = await work.swapped;
    const started = performance.now();
    const { size } = person.route.session;
    const personMask = personMaskOf(person.route.track, index, placement, size);
    const { box } = person.compositor.composite({
      frame,
      placement,
      size,
      swapped,
      points,
      ...(personMask ? { personMask } : {}),
      cut,
    });
    this.steps.composite += (performance.now() - started) / 1000;
    return box;
  }

  /** Cuts the faces of a frame out and hands them to the nets. */
  begin(frame: Frame, index: number): Work[] {
    const started = performance.now();
    const works = this.people.flatMap((person) => {
      const face = person.faces.get(index);
      return face ? [this.#start(frame, person, face, index)] : [];
    });
    this.steps.crop += (performance.now() - started) / 1000;
    return works;
  }

  /** Puts the swapped faces into the frame, and the marks over all of it. */
  async finish(frame: Frame, index: number, works: readonly Work[]): Promise<void> {
    if (this.#cuts.has(index)) for (const p of this.people) p.fresh = true;
    for (const person of this.people) if (!person.faces.has(index)) person.fresh = true;
    for (const work of works) {
      const box = await this.#put(frame, index, work, work.person.fresh);
      work.person.fresh = false;
      const boxes = [box, ...(work.bent ? [work.bent] : [])].filter((b) => b.width > 0);
      this.touched.set(index, [...(this.touched.get(index) ?? []), ...boxes]);
    }
    if (works.length > 0) this.swapped++;
    await this.#request.watch.see(frame);
    const started = performance.now();
    this.#request.marker.apply(frame, index);
    this.steps.mark += (performance.now() - started) / 1000;
  }
}
