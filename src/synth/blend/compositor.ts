/**
 * Puts a swapped face into a frame so that it looks as if it had been filmed there. One compositor per person and shot;
 * it remembers what it needs for smoothness from frame to frame, and nothing else.
 *
 * The order: plate -> work grid; mask; what is in front; colour; detail; difference; steadying; seam; back to the frame.
 */
import { LikenessError } from '../../base/index.js';
import { ColorMatcher } from './color.js';
import { Crispness, DetailMatcher } from './detail.js';
import { copyRegion, enlarge, halve, halved, subtract } from './grid.js';
import { halfGrid, Lift } from './lift.js';
import { FaceShape, faceAlpha, faceRegion, guardRim } from './mask.js';
import { OcclusionFinder } from './occlusion.js';
import { pasteChroma, pasteLuma } from './paste.js';
import { type Affine, invertAffine, PlaneReader, regionInFrame, scaleOf } from './sample.js';
import { Seam } from './seam.js';
import type { BenchState, CompositorState } from './state.js';
import { StrandFinder } from './strands.js';
import { SteadyDifference, SteadyPlane } from './temporal.js';
import { TouchUp } from './touch-up.js';
import type { CompositeInput, CompositeResult, CompositorOptions, Plane, Planes, Region } from './types.js';
import { coefficients, imageToPlanes, type Plate, plateOf, RgbaPlate } from './ycc.js';

/** Work grids above this side have an analysis grid of half of it. */
const FULL_ANALYSIS = 160;
/** Side of the grid that the person's look is learnt on. */
const LEARN_SIZE = 96;

/** Puts one person's swapped face into frame after frame. */
export interface Compositor {
  /**
   * Changes `input.frame` in place. Pixels outside of the mask keep their bits.
   *
   * @throws LikenessError `blend.input` when sizes do not fit together
   */
  composite(input: CompositeInput): CompositeResult;
  /**
   * Shows the compositor one picture of the person as filmed, before the first {@link composite}. A dozen or two, spread
   * over the whole track, make hands and hair that are there from the first frame on tell apart from the face, and make
   * segments of a job agree. Nothing is changed.
   */
  learn(sample: LearnSample): void;
  /**
   * All that it remembers, as plain numbers and planes that can be stored. A fresh compositor with the same options that
   * is given it goes on as this one would; give it before {@link composite} is called. Not a copy.
   */
  state: CompositorState;
}

/** A picture of the person to be replaced. */
export type LearnSample = Pick<CompositeInput, 'frame' | 'placement' | 'size' | 'points'>;

/**
 * A compositor for one person. Frames must come in order; `cut: true` forgets what came before.
 *
 * @example
 * const compositor = createCompositor();
 * const { box, stats } = compositor.composite({ frame, placement, size: 128, swapped, points, cut: index === 0 });
 */
export function createCompositor(options: CompositorOptions = {}): Compositor {
  const settings = {
    reach: 0.06,
    feather: 0.09,
    light: 0.85,
    texture: 0.9,
    sharpen: 1,
    steady: 0.7,
    occlusion: true,
    ...options,
  };
  let bench: Workbench | null = null;
  let learner: Workbench | null = null;
  const finder = new OcclusionFinder();
  const rgba = new RgbaPlate();
  return {
    get state() {
      return { finder: finder.state, bench: bench?.state ?? null };
    },
    set state({ finder: seen, bench: held }) {
      finder.state = seen;
      bench = held === null ? null : new Workbench(held.size, settings, finder);
      if (bench !== null && held !== null) bench.state = held;
    },
    composite(input) {
      const { frame, swapped } = input;
      const size = swapped.size;
      const n = size * size;
      if (size < 32 || size > 1024 || size % 16 !== 0)
        throw new LikenessError(
          'blend.input',
          `A swapped face has a side of ${size} px; it must be a multiple of 16 from 32 to 1024.`,
        );
      if (swapped.image.length !== 3 * n || swapped.mask.length !== n)
        throw new LikenessError(
          'blend.input',
          `A swapped face of ${size} px has ${swapped.image.length} numbers of picture and ${swapped.mask.length} of mask; ${3 * n} and ${n} were expected.`,
        );
      if (input.points.length < 468 * 3)
        throw new LikenessError(
          'blend.input',
          `${input.points.length} landmark numbers were given; 478 * 3 were expected.`,
        );
      let cut = input.cut;
      if (bench === null || bench.size !== size) {
        bench = new Workbench(size, settings, finder);
        cut = true;
      }
      if (frame.format === 'i420') return bench.composite(input, plateOf(frame), cut);
      const area = bench.frameArea(input, frame.width, frame.height);
      const plate = rgba.read(frame, area.x0, area.y0, area.x1, area.y1);
      const result = bench.composite(input, plate, cut);
      rgba.write(frame, area.x0, area.y0, area.x1, area.y1);
      return result;
    },
    learn(sample) {
      learner ??= new Workbench(LEARN_SIZE, settings, finder);
      const { frame } = sample;
      if (frame.format === 'i420') learner.learn(sample, plateOf(frame));
      else {
        const area = learner.frameArea(sample, frame.width, frame.height);
        learner.learn(sample, rgba.read(frame, area.x0, area.y0, area.x1, area.y1));
      }
    },
  };
}

/** All buffers of one grid size. */
class Workbench {
  readonly size: number;
  readonly #settings: Required<CompositorOptions>;
  readonly #level: 0 | 1;
  readonly #small: number;
  readonly #reader = new PlaneReader();
  readonly #plate: Planes;
  readonly #face: Planes;
  readonly #plateSmall: Plane;
  readonly #faceSmall: Plane;
  readonly #shape: FaceShape;
  readonly #learned: Plane;
  readonly #occlusion: Plane;
  readonly #alphaSmall: Plane;
  readonly #gateSmall: Plane;
  readonly #temporary: Plane;
  readonly #alpha: Plane;
  readonly #show: Plane;
  readonly #gate: Plane;
  readonly #features: Plane;
  readonly #points = new Float32Array(478 * 2);
  readonly #pointsSmall = new Float32Array(478 * 2);
  readonly #depth = new Float32Array(478 * 3);
  readonly #color: ColorMatcher;
  readonly #detail: DetailMatcher;
  readonly #finder: OcclusionFinder;
  readonly #strands: StrandFinder;
  readonly #steadyAlpha: SteadyPlane;
  readonly #steadyY: SteadyDifference;
  readonly #steadyU: SteadyDifference;
  readonly #steadyV: SteadyDifference;
  readonly #seam: Seam;
  readonly #seamSmall: Seam;
  readonly #cover: Float32Array;
  readonly #lift = new Lift();
  readonly #crisp = new Crispness();
  #touch: TouchUp | null = null;
  #out = new Uint8Array(0);

  constructor(size: number, settings: Required<CompositorOptions>, finder: OcclusionFinder) {
    this.size = size;
    this.#settings = settings;
    this.#level = size > FULL_ANALYSIS ? 1 : 0;
    const small = size >> this.#level;
    this.#small = small;
    const big = (): Plane => new Float32Array(size * size);
    const little = (): Plane => new Float32Array(small * small);
    this.#plate = { y: big(), u: little(), v: little() };
    this.#face = { y: big(), u: little(), v: little() };
    this.#plateSmall = this.#level === 0 ? this.#plate.y : little();
    this.#faceSmall = this.#level === 0 ? this.#face.y : little();
    this.#shape = new FaceShape(small);
    this.#show = big();
    this.#learned = little();
    this.#occlusion = little();
    this.#alphaSmall = little();
    this.#gateSmall = little();
    this.#temporary = little();
    this.#alpha = this.#level === 0 ? this.#alphaSmall : big();
    this.#gate = this.#level === 0 ? this.#gateSmall : big();
    this.#features = this.#level === 0 ? this.#shape.features : big();
    const { steady } = settings;
    this.#color = new ColorMatcher(settings.light, steady);
    this.#detail = new DetailMatcher(size, settings.texture, settings.sharpen, steady);
    this.#finder = finder;
    this.#strands = new StrandFinder(small);
    this.#steadyAlpha = new SteadyPlane(small, 0.6 * steady, 0.35);
    const levels = this.#level === 0 ? 3 : 4;
    this.#steadyY = new SteadyDifference(size, levels, steady);
    this.#steadyU = new SteadyDifference(small, 3, steady);
    this.#steadyV = new SteadyDifference(small, 3, steady);
    this.#seam = new Seam(size, levels);
    this.#seamSmall = new Seam(small, 3);
    this.#cover = new Float32Array(small * small * 2);
  }

  /** What it carries from frame to frame; not a copy. */
  get state(): BenchState {
    return {
      size: this.size,
      color: this.#color.state,
      detail: this.#detail.state,
      alpha: this.#steadyAlpha.state,
      differences: [this.#steadyY.state, this.#steadyU.state, this.#steadyV.state],
      crisp: this.#crisp.value,
    };
  }

  set state(state: BenchState) {
    this.#color.state = state.color;
    this.#detail.state = state.detail;
    this.#steadyAlpha.state = state.alpha;
    [this.#steadyY, this.#steadyU, this.#steadyV].forEach((steady, i) => {
      steady.state = state.differences[i] ?? new Float32Array(0);
    });
    this.#crisp.value = state.crisp;
  }

  /** The rectangle of the frame that a composite may read or write. */
  frameArea(input: LearnSample, width: number, height: number): Region {
    const m = this.#map(input);
    const all = { x0: 0, y0: 0, x1: this.size, y1: this.size };
    return regionInFrame(m, all, width, height, Math.ceil(scaleOf(m)) + 2);
  }

  composite(input: CompositeInput, plate: Plate, cut: boolean): CompositeResult {
    const { size } = this;
    const small = this.#small;
    const level = this.#level;
    const settings = this.#settings;
    const m = this.#map(input);
    const scale = scaleOf(m);
    const nothing: CompositeResult = {
      box: { x: 0, y: 0, width: 0, height: 0 },
      alpha: this.#out.subarray(0, 0),
      stats: { occlusion: 0, sharpness: 1, grain: 0, lightOffset: 0 },
    };
    if (!(scale > 1e-3)) return nothing;

    const region = this.#place(input, m);
    if (region === null) return nothing;
    const regionSmall = halved(region, level);
    const points = this.#pointsSmall;
    const k = 1 / (1 << level);
    const reach = settings.reach * size;

    // Plate and face as code values.
    const c = coefficients(plate.color);
    const mChroma = this.#readPlate(plate, m, region);
    imageToPlanes(input.swapped.image, size, level, region, c, this.#face);
    if (level === 0) copyRegion(input.swapped.mask, size, region, this.#learned);
    else {
      halve(this.#face.y, size, region, this.#faceSmall);
      halve(input.swapped.mask, size, region, this.#learned);
    }

    // Where.
    const shape = this.#shape;
    shape.draw(points, regionSmall);
    const covered = settings.occlusion
      ? this.#finder.find(this.#plateOnSmall(), shape, points, this.#depth, regionSmall, cut, this.#occlusion)
      : 0;
    this.#joinMasks(input, regionSmall);
    faceAlpha(
      shape,
      regionSmall,
      reach * k,
      settings.feather * small,
      this.#learned,
      this.#occlusion,
      this.#alphaSmall,
    );

    // Colour.
    const color = this.#color.match(
      this.#plate,
      this.#plateSmall,
      this.#face,
      this.#faceSmall,
      shape,
      this.#alphaSmall,
      size,
      region,
      c.lumaOffset,
      cut,
    );

    if (level === 1) halve(this.#face.y, size, region, this.#faceSmall);
    const seen = [this.#faceSmall, this.#plateSmall, this.#alphaSmall, this.#gateSmall, this.#temporary] as const;
    guardRim(shape, regionSmall, 0.1 * small, ...seen);
    this.#strands.takeBack(shape, regionSmall, ...seen);
    this.#steadyAlpha.next(this.#alphaSmall, regionSmall, cut);

    // Detail.
    this.#detail.gate(this.#plateSmall, shape, regionSmall, this.#gateSmall);
    if (level === 1) {
      enlarge(this.#alphaSmall, small, regionSmall, this.#alpha);
      enlarge(this.#gateSmall, small, regionSmall, this.#gate);
      enlarge(shape.features, small, regionSmall, this.#features);
    }
    const detail = this.#detail.match(
      this.#plate.y,
      this.#face.y,
      this.#alpha,
      this.#features,
      this.#gate,
      region,
      cut,
    );
    this.#touchUp(input, regionSmall);

    // Difference, steadied and seamed.
    copyRegion(this.#face.y, size, region, this.#show);
    subtract(this.#face.y, this.#plate.y, size, region);
    subtract(this.#face.u, this.#plate.u, small, regionSmall);
    subtract(this.#face.v, this.#plate.v, small, regionSmall);
    this.#steadyY.next(this.#face.y, region, cut);
    this.#steadyU.next(this.#face.u, regionSmall, cut);
    this.#steadyV.next(this.#face.v, regionSmall, cut);
    this.#seam.setMask(this.#alpha, region);
    this.#seam.blend(this.#face.y, this.#alpha, region);
    if (level === 1) this.#seamSmall.setMask(this.#alphaSmall, regionSmall);
    const seamSmall = level === 1 ? this.#seamSmall : this.#seam;
    seamSmall.blend(this.#face.u, this.#alphaSmall, regionSmall);
    seamSmall.blend(this.#face.v, this.#alphaSmall, regionSmall);

    // What of the plate is hidden under the face, and what comes in its place.
    const pivot = color.plateLuma;
    this.#hide(region, regionSmall, pivot);
    const box = regionInFrame(m, region, plate.width, plate.height, 0);
    const boxWidth = box.x1 - box.x0;
    const boxHeight = box.y1 - box.y0;
    if (boxWidth <= 0 || boxHeight <= 0) return nothing;
    if (this.#out.length < boxWidth * boxHeight) this.#out = new Uint8Array(boxWidth * boxHeight);
    const out = this.#out.subarray(0, boxWidth * boxHeight);
    const lifted = this.#lift.make(
      this.#face.y,
      this.#alpha,
      this.#gate,
      this.#show,
      size,
      region,
      m,
      scale,
      this.#crisp.value,
      detail.blur,
    );
    const stats = pasteLuma(plate, lifted, box, out, {
      pivot,
      // Half of the plate's finest band is its texture; the other half moves from frame to frame.
      grain: (scale > 1.1 ? 0.8 : 0.5) * detail.texture,
      seed: Math.round(input.frame.timestamp / 1000) | 0,
      low: c.lumaOffset,
      high: c.lumaOffset + c.lumaScale,
    });
    const sharpness = stats.before > 0 ? stats.after / stats.before : 1;
    this.#crisp.learn(sharpness, cut);
    const cover = { values: this.#cover };
    pasteChroma(plate, mChroma, this.#face.u, this.#face.v, small, regionSmall, cover, box, out);
    return {
      box: { x: box.x0, y: box.y0, width: boxWidth, height: boxHeight },
      alpha: out,
      stats: {
        occlusion: covered,
        sharpness,
        grain: detail.texture,
        lightOffset: color.lightOffset,
      },
    };
  }

  /** Takes one picture of the person for the occlusion finder. */
  learn(input: LearnSample, plate: Plate): void {
    const m = this.#map(input);
    const region = this.#place(input, m);
    if (region === null) return;
    this.#readPlate(plate, m, region);
    this.#finder.learn(this.#plateOnSmall(), this.#small, this.#pointsSmall, halved(region, this.#level));
  }

  /** Puts the landmarks on the grids; the region of the work grid that the face needs, or null where there is none. */
  #place(input: LearnSample, m: Affine): Region | null {
    const inv = invertAffine(m);
    const k = 1 / (1 << this.#level);
    for (let i = 0; i < 478 && i * 3 + 2 < input.points.length; i++) {
      const fx = input.points[i * 3] as number;
      const fy = input.points[i * 3 + 1] as number;
      const x = inv[0] * fx + inv[1] * fy + inv[2];
      const y = inv[3] * fx + inv[4] * fy + inv[5];
      this.#points[i * 2] = x;
      this.#points[i * 2 + 1] = y;
      this.#pointsSmall[i * 2] = (x + 0.5) * k - 0.5;
      this.#pointsSmall[i * 2 + 1] = (y + 0.5) * k - 0.5;
      this.#depth[i * 3] = input.points[i * 3 + 2] as number;
    }
    const region = faceRegion(this.#points, this.size, (this.#settings.reach + 0.04) * this.size);
    return region.x1 <= region.x0 || region.y1 <= region.y0 ? null : region;
  }

  /** Reads the plate onto the grids; the map from the analysis grid to the colour planes. */
  #readPlate(plate: Plate, m: Affine, region: Region): Affine {
    const level = this.#level;
    const small = halved(region, level);
    const mSmall = level === 0 ? m : halfGrid(m);
    const mChroma = plate.chromaShift === 0 ? mSmall : halfPlane(mSmall);
    const { chromaWidth, chromaHeight } = plate;
    this.#reader.read(plate.y, plate.width, plate.height, m, region, this.size, this.#plate.y);
    this.#reader.read(plate.u, chromaWidth, chromaHeight, mChroma, small, this.#small, this.#plate.u);
    this.#reader.read(plate.v, chromaWidth, chromaHeight, mChroma, small, this.#small, this.#plate.v);
    if (level === 1) halve(this.#plate.y, this.size, region, this.#plateSmall);
    return mChroma;
  }

  /** The plate with all planes on the analysis grid. */
  #plateOnSmall(): Planes {
    return { y: this.#plateSmall, u: this.#plate.u, v: this.#plate.v };
  }

  /** The placement, for the work grid. */
  #map(input: LearnSample): Affine {
    const p = input.placement;
    const k = input.size / this.size;
    const s = 0.5 * k - 0.5;
    const [a, b, e, c, d, f] = [p[0], p[1], p[2], p[3], p[4], p[5]] as [number, number, number, number, number, number];
    return [a * k, b * k, e + (a + b) * s, c * k, d * k, f + (c + d) * s];
  }

  /** Adds what the caller knows to what was found. */
  #joinMasks(input: CompositeInput, r: Region): void {
    const small = this.#small;
    const occlusion = this.#occlusion;
    if (!this.#settings.occlusion) occlusion.fill(0);
    for (const [mask, person] of [
      [input.occlusionMask, false],
      [input.personMask, true],
    ] as const) {
      if (mask === undefined) continue;
      const k = mask.size / small;
      for (let y = r.y0; y < r.y1; y++) {
        const my = Math.min(mask.size - 1, Math.floor((y + 0.5) * k)) * mask.size;
        for (let x = r.x0; x < r.x1; x++) {
          const raw = mask.data[my + Math.min(mask.size - 1, Math.floor((x + 0.5) * k))] as number;
          // The person mask is coarse: only where it is sure that there is nobody does it cut.
          const v = person ? Math.max(0, Math.min(1, 1 - raw / 0.3)) : raw;
          const i = y * small + x;
          if (v > (occlusion[i] as number)) occlusion[i] = v;
        }
      }
    }
  }

  /**
   * What somebody painted. It comes after everything that is learnt from the mask, colour, detail and steadying, so that
   * nothing changes but what lies under the brush.
   */
  #touchUp({ edit }: CompositeInput, regionSmall: Region): void {
    if (edit === undefined) return;
    const small = this.#small;
    this.#touch ??= new TouchUp(small);
    this.#touch.apply(edit, this.#learned, this.#pointsSmall, this.#depth, regionSmall, this.#alphaSmall);
    if (this.#level === 1) enlarge(this.#alphaSmall, small, regionSmall, this.#alpha);
  }

  /**
   * Fills the cover (alpha, hide) and adds the hidden share of the plate to the difference, both about `pivot`: the two
   * are enlarged by different kernels, and what is left between them must stay far below a code value.
   */
  #hide(region: Region, regionSmall: Region, pivot: number): void {
    const { size } = this;
    const small = this.#small;
    const gate = this.#gateSmall;
    const { u, v, y } = this.#face;
    for (let row = regionSmall.y0; row < regionSmall.y1; row++)
      for (let i = row * small + regionSmall.x0, end = row * small + regionSmall.x1; i < end; i++) {
        const a = this.#alphaSmall[i] as number;
        const hide = a * (1 - (gate[i] as number));
        gate[i] = hide;
        u[i] = (u[i] as number) + hide * ((this.#plate.u[i] as number) - 128);
        v[i] = (v[i] as number) + hide * ((this.#plate.v[i] as number) - 128);
        this.#cover[i * 2] = a;
        this.#cover[i * 2 + 1] = hide;
      }
    if (this.#level === 1) enlarge(gate, small, regionSmall, this.#gate);
    const hide = this.#gate;
    const plateY = this.#plate.y;
    for (let row = region.y0; row < region.y1; row++)
      for (let i = row * size + region.x0, end = row * size + region.x1; i < end; i++)
        y[i] = (y[i] as number) + (hide[i] as number) * ((plateY[i] as number) - pivot);
  }
}

/** The map to a plane with half the resolution whose samples lie in the middle of 2x2 pixels. */
function halfPlane(m: Affine): Affine {
  return [m[0] / 2, m[1] / 2, m[2] / 2 - 0.25, m[3] / 2, m[4] / 2, m[5] / 2 - 0.25];
}
