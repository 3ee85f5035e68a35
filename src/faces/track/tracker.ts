/**
 * Follows every face through the frames of a clip. The detector only looks now and then; between its looks each mesh
 * starts from its own points in the frame before. A face that is lost waits for half a second to be found again; the hole
 * is then filled. A face that the detector finds late is followed back to where it came from.
 */
import { type Frame, releaseFrame } from '../../media/index.js';
import { type Detection, type FaceEngine, occlusionOf } from '../engine/index.js';
import { faceBox, headPose } from '../geometry/index.js';
import type { Identity } from '../types.js';
import { lookAt } from './appearance.js';
import { assign, centreDistance, pairCost } from './assign.js';
import { cosine, type JoinThresholds } from './join.js';
import {
  boxAt,
  bridge,
  confirm,
  dropTwins,
  type Found,
  type Held,
  type Live,
  last,
  lastMesh,
  plausible,
  predict,
  SMALLEST,
  same,
  shrink,
  wander,
} from './live.js';
import { MeshList } from './mesh-list.js';
import { identityOf, PrintPlan } from './prints.js';
import { viewQuality } from './quality.js';
import type { Print, Tracklet } from './types.js';

/** The mesh's confidence from which a face is followed on. */
const FOLLOW = 0.5;
/** The mesh's confidence that a new face needs. */
const ENTER = 0.6;
/** Mean shift between two looks at one face, in widths of the face, above which it is none. */
const STEADY = 0.015;
/** Detector runs in a row that may miss a followed face before it counts as lost, unless the mesh is very sure. */
const UNCONFIRMED = 4;
/** Frames after which a late look is taken up, whenever it was done: the result must not depend on speed. */
const LATE = 3;
/** Bytes of frames that are kept for following a new face back. */
const MEMORY = 48e6;
/** Measurements of identity and masks that may be under way; each holds a frame. */
const UNDER_WAY = 6;

/** What a {@link Tracker} is told about the clip. */
export interface TrackerOptions {
  readonly frameRate: number;
  readonly thresholds: JoinThresholds;
  /** Also look for faces smaller than a tenth of the frame. */
  readonly small: boolean;
  /** Whether person masks and occlusion are measured, about five times a second. */
  readonly masks: boolean;
}

/** Follows faces frame by frame; see the head of the file. */
export class Tracker {
  readonly #engine: FaceEngine;
  readonly #options: TrackerOptions;
  readonly #every: number;
  readonly #patience: number;
  readonly #lookEvery: number;
  readonly #maskEvery: number;
  #live: Live[] = [];
  readonly #done: Live[] = [];
  readonly #recent: { index: number; frame: Frame }[] = [];
  readonly #underWay = new Set<Promise<void>>();
  /** How many still need a frame; at none its memory goes back to the decoder. */
  readonly #holders = new Map<Frame, number>();
  #late: { readonly index: number; readonly held: readonly Held[]; readonly found: Promise<Detection[]> } | null = null;
  #failure: unknown = null;
  #shot = 0;
  #looked = Number.NEGATIVE_INFINITY;
  #lookedSmall = Number.NEGATIVE_INFINITY;

  constructor(engine: FaceEngine, options: TrackerOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#every = Math.max(2, Math.round(0.4 * options.frameRate));
    this.#patience = Math.max(2, Math.round(0.5 * options.frameRate));
    this.#lookEvery = Math.max(1, Math.round(options.frameRate / 12));
    this.#maskEvery = Math.max(1, Math.round(options.frameRate / 5));
  }

  /**
   * Takes the next frame, and gives it back to the decoder when it is no longer needed.
   *
   * @param cut whether it starts a new shot
   */
  async step(index: number, frame: Frame, cut: boolean): Promise<void> {
    this.#hold(frame);
    if (this.#failure !== null) throw this.#failure;
    if (cut) {
      this.#done.push(...this.#live);
      this.#live = [];
      for (const old of this.#recent.splice(0)) this.#drop(old.frame);
      this.#shot = index;
      this.#looked = Number.NEGATIVE_INFINITY;
      await this.#late?.found;
      this.#late = null;
    }
    const waiting = this.#live.some((l) => l.lost > 0);
    const urgent = await this.#lateLook(index);
    const due = urgent || index - this.#looked >= (waiting ? 2 : this.#every);
    const following = this.#live.filter((l) => l.lost === 0);
    // A look that only confirms may come in late, so that following does not wait for it.
    const patient = due && !urgent && !waiting && following.length > 0 && this.#every > LATE;
    const [meshes, looked] = await Promise.all([
      Promise.all(following.map((l) => this.#engine.landmarks(frame, predict(l.tracklet)))),
      due && !patient ? this.#look(index, frame) : null,
    ]);
    const held = following.map((live, i) => ({
      live,
      mesh: meshes[i] as { points: Float32Array; confidence: number },
    }));
    const sure = held.filter(
      ({ live, mesh }) => mesh.confidence >= FOLLOW && plausible(live.tracklet, mesh.points, frame),
    );
    dropTwins(sure);
    const lost = this.#live.filter((live) => !sure.some((s) => s.live === live));
    if (patient) this.#lookLate(index, frame, [...sure]);
    const detections = looked ?? (lost.some((l) => l.lost === 0) ? await this.#look(index, frame) : null);
    if (detections !== null) {
      const free = confirm(sure, detections);
      for (let i = sure.length - 1; i >= 0; i--) {
        const { live, mesh } = sure[i] as Held;
        if (live.unconfirmed < UNCONFIRMED || mesh.confidence > 0.9) continue;
        sure.splice(i, 1);
        lost.push(live);
      }
      const found = await this.#meet(frame, free, sure);
      await this.#pair(index, frame, found, lost);
    }
    for (const { live, mesh } of sure) this.#add(live, index, frame, mesh.points, mesh.confidence);
    for (const live of this.#live) if (last(live.tracklet.frames) !== index) live.lost++;
    const over = this.#live.filter((l) => l.lost > this.#patience);
    this.#done.push(...over);
    if (over.length > 0) this.#live = this.#live.filter((l) => !over.includes(l));
    this.#remember(index, frame);
    while (this.#underWay.size >= UNDER_WAY) await Promise.race(this.#underWay);
  }

  /**
   * Ends the clip.
   *
   * @param timestamps of all frames, for the holes
   * @returns every tracklet, holes filled
   */
  async finish(timestamps: ArrayLike<number>): Promise<Tracklet[]> {
    await Promise.all([...this.#underWay, this.#late?.found]);
    if (this.#failure !== null) throw this.#failure;
    this.#done.push(...this.#live);
    this.#live = [];
    for (const old of this.#recent.splice(0)) this.#drop(old.frame);
    const tracklets = this.#done.map((l) => l.tracklet);
    for (const t of tracklets) bridge(t, timestamps);
    // A face that flickered up for a frame or two and was never seen well is noise of the detector.
    const enough = Math.min(3, timestamps.length);
    return tracklets.filter((t) => t.frames.length >= enough || t.confidence.every((c) => c > 0.9));
  }

  /** Starts a look whose answer is taken up a few frames later. */
  #lookLate(index: number, frame: Frame, held: readonly Held[]): void {
    this.#hold(frame);
    const found = this.#look(index, frame)
      .catch((cause: unknown): Detection[] => {
        this.#failure ??= cause;
        return [];
      })
      .finally(() => this.#drop(frame));
    this.#late = { index, held, found };
  }

  /** Takes up a late look when it is due. @returns true where it saw something that needs a look at this very frame */
  async #lateLook(index: number): Promise<boolean> {
    const late = this.#late;
    if (late === null || index < late.index + LATE) return false;
    this.#late = null;
    const free = confirm(late.held, await late.found);
    if (this.#failure !== null) throw this.#failure;
    const doubted = late.held.some(({ live, mesh }) => live.unconfirmed >= UNCONFIRMED && mesh.confidence <= 0.9);
    return free.length > 0 || doubted;
  }

  async #look(index: number, frame: Frame): Promise<Detection[]> {
    this.#looked = index;
    // Small faces take a look at every part of the frame, which is dear: at the start of a shot, when one is lost, else now and then.
    const missing = this.#live.some((l) => l.lost > 0 && 8 * faceBox(lastMesh(l.tracklet)).width < frame.width);
    const due = index === this.#shot || index - this.#lookedSmall >= 4 * this.#every;
    const small = this.#options.small && (due || missing);
    if (small) this.#lookedSmall = index;
    const found = await this.#engine.detect(frame, { small });
    return found.filter((d) => d.box.width >= SMALLEST);
  }

  /**
   * Meshes of detections that nobody claims. Left out are those in which the mesh sees no face, those already followed,
   * and those where a second look from the mesh's own points gives other points: on a face the two agree to half a per
   * cent of its width, on leaves, letters or folds they wander.
   */
  async #meet(frame: Frame, free: readonly Detection[], sure: readonly Held[]): Promise<Found[]> {
    const meshes = await Promise.all(
      free.map(async (d) => {
        const first = await this.#engine.landmarks(frame, d);
        if (first.confidence < FOLLOW) return null;
        const second = await this.#engine.landmarks(frame, first.points);
        return wander(first.points, second.points) > STEADY ? null : second;
      }),
    );
    const found: Found[] = [];
    for (const mesh of meshes) {
      if (mesh === null || mesh.confidence < FOLLOW) continue;
      const box = faceBox(mesh.points);
      const taken = [...sure.map((s) => faceBox(s.mesh.points)), ...found.map((f) => f.box)];
      if (taken.some((t) => same(t, box))) continue;
      found.push({ mesh, box });
    }
    return found;
  }

  /** Gives found faces to lost tracklets, or starts new ones. */
  async #pair(index: number, frame: Frame, found: readonly Found[], lost: readonly Live[]): Promise<void> {
    const known = lost.map((l) => (l.lost > 0 ? identityOf(l.tracklet.prints) : null));
    const prints = await Promise.all(
      found.map(async (f) => (known.some((k) => k !== null) ? await this.#engine.embedB(frame, f.mesh.points) : null)),
    );
    const costs = lost.map((live, i) =>
      found.map((f, j) => {
        const [k, p] = [known[i], prints[j]];
        const likeness = k && p ? cosine(k.b, p) : null;
        const box = faceBox(lastMesh(live.tracklet));
        return pairCost(box, f.box, live.lost, likeness, this.#options.thresholds.b);
      }),
    );
    const pairs = assign(costs);
    const used = new Set<number>();
    for (const [i, live] of lost.entries()) {
      const j = pairs[i] ?? -1;
      const f = found[j];
      if (f === undefined) continue;
      used.add(j);
      this.#add(live, index, frame, f.mesh.points, f.mesh.confidence);
    }
    for (const [j, f] of found.entries()) {
      if (used.has(j) || f.mesh.confidence < ENTER) continue;
      const live: Live = {
        tracklet: {
          frames: [],
          timestamps: [],
          meshes: new MeshList(),
          confidence: [],
          occlusion: [],
          interpolated: [],
          prints: [],
          masks: [],
          looks: [],
        },
        plan: new PrintPlan(this.#options.frameRate),
        lost: 0,
        unconfirmed: 0,
        masked: Number.NEGATIVE_INFINITY,
        looked: Number.NEGATIVE_INFINITY,
      };
      await this.#followBack(live, index, f.mesh.points);
      this.#live.push(live);
      this.#add(live, index, frame, f.mesh.points, f.mesh.confidence);
    }
  }

  /** Follows a face that was found late back through the frames that are still there. */
  async #followBack(live: Live, index: number, start: Float32Array): Promise<void> {
    const earlier: { index: number; frame: Frame; points: Float32Array; confidence: number }[] = [];
    let points = start;
    for (let k = this.#recent.length - 1; k >= 0; k--) {
      const item = this.#recent[k] as { index: number; frame: Frame };
      if (item.index !== index - 1 - earlier.length || item.index < this.#shot) break;
      const mesh = await this.#engine.landmarks(item.frame, points);
      const box = faceBox(mesh.points);
      if (mesh.confidence < ENTER || centreDistance(faceBox(points), box) > 0.5) break;
      if ([...this.#live, ...this.#done].some((l) => same(boxAt(l.tracklet, item.index), box))) break;
      points = mesh.points;
      earlier.push({ ...item, ...mesh });
    }
    for (const e of earlier.reverse()) this.#add(live, e.index, e.frame, e.points, e.confidence);
  }

  #add(live: Live, index: number, frame: Frame, points: Float32Array, confidence: number): void {
    const t = live.tracklet;
    live.lost = 0;
    t.frames.push(index);
    t.timestamps.push(frame.timestamp);
    t.meshes.push(points);
    t.confidence.push(confidence);
    t.occlusion.push(Number.NaN);
    t.interpolated.push(false);
    const box = faceBox(points);
    const quality = live.plan.open(index) ? viewQuality(frame, box, headPose(points), confidence) : 0;
    // The engine may read the points later, when smoothing has changed them; it gets its own copy.
    if (live.plan.wants(index, quality))
      this.#start(frame, async () => {
        const identity: Identity = await this.#engine.embed(frame, Float32Array.from(points));
        const print: Print = { frame: index, quality, identity };
        live.plan.keep(t.prints, print);
      });
    if (this.#options.masks && index - live.looked >= this.#lookEvery) {
      live.looked = index;
      t.looks.push(lookAt(frame, index, points));
    }
    if (this.#options.masks && index - live.masked >= this.#maskEvery) {
      live.masked = index;
      const at = t.frames.length - 1;
      this.#start(frame, async () => {
        const own = Float32Array.from(points);
        const mask = shrink(index, await this.#engine.personMask(frame, box));
        t.occlusion[at] = occlusionOf(own, { ...mask, data: Float32Array.from(mask.data, (v) => v / 255) });
        t.masks.push(mask);
      });
    }
  }

  #start(frame: Frame, work: () => Promise<void>): void {
    this.#hold(frame);
    const running = work()
      .catch((cause: unknown) => {
        this.#failure ??= cause;
      })
      .finally(() => {
        this.#underWay.delete(running);
        this.#drop(frame);
      });
    this.#underWay.add(running);
  }

  #remember(index: number, frame: Frame): void {
    this.#recent.push({ index, frame });
    const most = Math.max(2, Math.min(this.#every, Math.floor(MEMORY / frame.pixels.length)));
    if (this.#recent.length > most) this.#drop((this.#recent.shift() as { frame: Frame }).frame);
  }

  #hold(frame: Frame): void {
    this.#holders.set(frame, (this.#holders.get(frame) ?? 0) + 1);
  }

  #drop(frame: Frame): void {
    const holders = (this.#holders.get(frame) ?? 1) - 1;
    if (holders > 0) this.#holders.set(frame, holders);
    else {
      this.#holders.delete(frame);
      releaseFrame(frame);
    }
  }
}
