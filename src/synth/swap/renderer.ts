/** Frame by frame: cut faces out, ask the nets, put the answers in. Used for clips and pictures; knows no files. */
import { deserialize, serialize } from 'node:v8';
import { type AnalyzedTrack, type Box, openMesh, type TrackedFace } from '../../faces/index.js';
import { type Frame, releaseFrame, sampleAffine } from '../../media/index.js';
import {
  type CompositeJob,
  type Compositing,
  type CompositorState,
  compositeHere,
  compositeInThread,
} from '../blend/index.js';
import { MaskEdits, type MaskFrame, type PersonMask, shotOf } from '../mask/index.js';
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
  /** Place in the list of people. */
  readonly index: number;
  readonly route: RenderRoute;
  readonly reference: DriveReference;
  readonly neutral: Float32Array;
  /** How the plate is bent to the outline of who comes in; null where it stays. */
  readonly outline: OutlineChange | null;
  /** Frames to try the new shape on. */
  readonly trials: { readonly frame: Frame; readonly face: TrackedFace }[];
  readonly faces: ReadonlyMap<number, TrackedFace>;
  /** What somebody painted on the mask. */
  readonly edits: MaskEdits;
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

/** Somebody of whom nothing is carried over. */
const NEW = { fresh: true, nod: 0 };

/** A face on its way: cut out, and asked for. */
interface Work {
  readonly person: Person;
  /** Landmarks in the frame, 478 * 3; of the bent plate where it is bent. */
  readonly points: Float32Array;
  /** What was bent, where something was. */
  readonly bent: Box | null;
  readonly placement: Placement;
  readonly swapped: Promise<SwappedFace>;
}

/** A frame with its faces in, and where it was touched. */
interface Made {
  readonly frame: Frame;
  readonly touched: Box[];
  readonly masks: readonly PersonMask[];
}

/** A frame on its way. */
export interface FrameInWork {
  readonly index: number;
  /** Whether somebody is swapped in it. */
  readonly swapped: boolean;
  /** Nobody else may look at it until it is {@link Renderer.finish}ed. */
  readonly made: Promise<Made>;
}

function personOf(route: RenderRoute, index: number, cuts: readonly number[]): Person {
  const resting = neutralOf(route.track.faces);
  const outline =
    route.session.shape === undefined ? null : new OutlineChange(resting, route.session.shape, route.outline ?? 1);
  return {
    index,
    route,
    reference: driveReference(route.track.faces.map(driveOf)),
    neutral: outline?.neutral ?? resting,
    outline,
    trials: [],
    faces: new Map(route.track.faces.map((f) => [f.frame, f])),
    edits: new MaskEdits(route.strokes ?? [], cuts),
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
  readonly #compositing: Compositing;
  /** The frame, or the border between segments, that compositing was last asked about: they go on in order. */
  #last: Promise<void> = Promise.resolve();
  #masks: MaskFrame[] = [];
  swapped = 0;

  /** @param threaded whether faces are put in by a thread of their own; not worth its start for a single picture */
  constructor(request: RenderRequest, threaded: boolean) {
    this.#request = request;
    this.people = request.routes.map((route, i) => personOf(route, i, request.cuts));
    this.#compositing = (threaded ? compositeInThread : compositeHere)(this.people.length);
    this.#cuts = new Set(request.cuts);
    this.#everybody = request.everybody.map(({ id, faces }) => ({
      id,
      faces: new Map(faces.map((f) => [f.frame, f])),
    }));
  }

  /**
   * Asks compositing for something, in order: behind all that was asked for before. The next one need not wait for the
   * answer, only until this one has been asked for, which is when `ask` resolves.
   */
  async #inOrder<T>(ask: () => Promise<{ readonly answer: Promise<T> }>): Promise<T> {
    const asked = this.#last.then(ask);
    this.#last = asked.then(({ answer }) => {
      answer.catch(() => undefined);
    });
    // Rejections are taken up by whoever waits for a frame; here they must not count as unhandled.
    this.#last.catch(() => undefined);
    return (await asked).answer;
  }

  /**
   * Ends a segment behind the last frame that was begun: what the next one needs of this one. It is put back into fresh
   * compositors even where the run goes on, so that a frame cannot depend on where a run began.
   */
  async turn(): Promise<Uint8Array> {
    return this.#inOrder(async () => {
      const facts = this.people.map(({ fresh, outline }) => ({ fresh, nod: outline?.nod ?? 0 }));
      const answer = this.#compositing
        .turn()
        .then((states) =>
          serialize(states.map((compositor, i): PersonState => ({ compositor, ...(facts[i] ?? NEW) }))),
        );
      return { answer };
    });
  }

  /**
   * Goes on from the end of a segment, or begins a stretch.
   *
   * @param anew whether the next frame follows on nothing
   */
  async take(state: Uint8Array, anew = false): Promise<void> {
    const states = deserialize(state) as PersonState[];
    for (const [i, person] of this.people.entries()) {
      const { fresh, nod } = states[i] as PersonState;
      person.fresh = anew || fresh;
      if (person.outline !== null) person.outline.nod = nod;
    }
    await this.#compositing.take(states.map((s) => s.compositor));
  }

  /** The masks of the frames that were finished since the last call, where they are to be kept. */
  takeMasks(): MaskFrame[] {
    const taken = this.#masks;
    this.#masks = [];
    return taken;
  }

  /** Ends the thread, where there is one. */
  close(): Promise<void> {
    return this.#compositing.close();
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
  async learn(frame: Frame, index: number): Promise<void> {
    for (const { index: person, faces, route, trials, outline } of this.people) {
      const face = faces.get(index);
      if (!face || face.interpolated) continue;
      const { size } = route.session;
      if (outline !== null && trials.length < trialsOf(frame) && Math.abs(face.pose.yaw) < TRIAL_YAW)
        trials.push({ frame: { ...frame, pixels: frame.pixels.slice() }, face });
      const placement = placeCrop(face.landmarks, size);
      await this.#compositing.learn(person, { frame, placement, size, points: face.landmarks });
    }
  }

  /** Waits for a frame that is thrown away: nothing of it counts. */
  async drop({ made }: FrameInWork): Promise<void> {
    releaseFrame((await made).frame);
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
          const copy = { ...before, pixels: before.pixels.slice() };
          const work = this.#start(copy, person, face, face.frame);
          const { frame: after } = await this.#compositing.composite(copy, [await this.#job(face.frame, work, true)]);
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

  /** What compositing has to know of a face, once its net has answered. */
  async #job(index: number, { person, points, placement, swapped }: Work, cut: boolean): Promise<CompositeJob> {
    const { size } = person.route.session;
    const personMask = personMaskOf(person.route.track, index, placement, size);
    const base = { person: person.index, placement, size, swapped: await swapped, points, cut };
    return personMask === undefined ? base : { ...base, personMask };
  }

  /** Which people's faces follow on nothing in this frame; in order, frame by frame. */
  #freshAt(index: number): ReadonlySet<Person> {
    const fresh = new Set<Person>();
    for (const person of this.people) {
      const seen = person.faces.has(index);
      if (seen && (person.fresh || this.#cuts.has(index))) fresh.add(person);
      person.fresh = !seen;
    }
    return fresh;
  }

  /** What compositing has to know of a face that is to stay; in a trial nothing that is painted counts. */
  async #finalJob(index: number, work: Work, cut: boolean): Promise<CompositeJob> {
    const { edits, route } = work.person;
    return {
      ...(await this.#job(index, work, cut)),
      edit: edits.at(index) ?? undefined,
      keep: this.#request.masks === undefined ? undefined : route.track.id,
    };
  }

  /** Hands a frame to compositing when all its nets have answered. */
  #put(frame: Frame, index: number, works: readonly Work[]): Promise<Made> {
    return this.#inOrder(async () => {
      const fresh = this.#freshAt(index);
      const jobs = await Promise.all(works.map((work) => this.#finalJob(index, work, fresh.has(work.person))));
      if (jobs.length === 0) return { answer: Promise.resolve({ frame, touched: [], masks: [] }) };
      const answer = this.#compositing.composite(frame, jobs).then(({ frame: after, boxes, masks, seconds }): Made => {
        this.steps.composite += seconds;
        const bent = works.flatMap((work) => work.bent ?? []);
        return { frame: after, touched: [...boxes, ...bent].filter((b) => b.width > 0), masks };
      });
      return { answer };
    });
  }

  /**
   * Cuts the faces of a frame out, hands them to the nets, and lines the frame up for compositing. Frames must come in
   * order; the frame is not to be looked at again.
   */
  begin(frame: Frame, index: number): FrameInWork {
    const started = performance.now();
    const works = this.people.flatMap((person) => {
      const face = person.faces.get(index);
      return face ? [this.#start(frame, person, face, index)] : [];
    });
    this.steps.crop += (performance.now() - started) / 1000;
    const made = this.#put(frame, index, works);
    // Taken up when the frame is finished; until then it must not count as unhandled.
    made.catch(() => undefined);
    return { index, swapped: works.length > 0, made };
  }

  /** Waits for the swapped faces and puts the marks over all of the frame; it can be written then. */
  async finish({ index, swapped, made }: FrameInWork): Promise<Frame> {
    const { frame, touched, masks } = await made;
    if (this.#request.masks !== undefined) {
      const shot = shotOf(index, this.#request.cuts);
      this.#masks.push({ frame: index, timestamp: frame.timestamp, shot, people: masks });
    }
    if (swapped) {
      this.swapped++;
      this.touched.set(index, touched);
    }
    await this.#request.watch.see(frame);
    const started = performance.now();
    this.#request.marker.apply(frame, index);
    this.steps.mark += (performance.now() - started) / 1000;
    return frame;
  }
}
