/** The masks of a render as a page shows and corrects them: what is shown of which frame, and the brush. */
import { ApiError, api } from '../../api/client';
import type { FaceMesh, FrameMasks, MaskStroke, PersonMask, Reach } from '../../api/mask-types';
import type { Route } from '../../api/project-types';
import { t } from '../../i18n/index.svelte';
import { mayChange } from '../../state/may';
import type { Workspace } from '../workspace.svelte';
import { scaleOf, toFlat } from './flat';

/** Smallest and largest radius of the brush, in centimetres, and its steps. */
export const SIZES = { least: 0.2, most: 6, step: 0.2 } as const;
const MOST_STROKES = 300;
const MOST_POINTS = 400;
/** A brush that moved by less has not moved, in centimetres. */
const STILL = 0.12;

let mesh: Promise<FaceMesh> | null = null;

const round = (value: number): number => Math.round(value * 100) / 100;

/** See the head of this file. */
export class MaskBrush {
  readonly #job: string;
  readonly #work: Workspace;
  /** What is laid over the frame. */
  mask = $state(false);
  seam = $state(false);
  /** Whether the brush is in hand. */
  painting = $state(false);
  mode = $state<MaskStroke['mode']>('remove');
  reach = $state<Reach>('shot');
  radius = $state(1.4);
  /** What has been done, for those who do not see it. */
  said = $state('');
  /** The line that is being drawn, and whose face it is on. */
  line = $state.raw<{ readonly person: number; readonly stroke: MaskStroke } | null>(null);
  /** Whether the project is the person's to change. */
  get mayPaint(): boolean {
    return mayChange(this.#work);
  }

  #mesh = $state.raw<FaceMesh | null>(null);
  #shown = $state.raw<FrameMasks | null>(null);
  #failure = $state.raw<string | null>(null);
  #wanted: number | null = null;
  #asking = false;

  constructor(job: string, work: Workspace) {
    this.#job = job;
    this.#work = work;
  }

  /** Id of the sentence that explains the brush. */
  get help(): string {
    return `mask-help-${this.#job}`;
  }

  /** Whether anything of a frame has to be known. */
  get isOn(): boolean {
    return this.mask || this.seam || this.painting;
  }

  get mesh(): FaceMesh | null {
    return this.#mesh;
  }

  /** The frame that is shown, where its masks are known. */
  get shown(): FrameMasks | null {
    return this.#shown;
  }

  /** Why there is nothing to show, in words. */
  get failure(): string | null {
    return this.#failure;
  }

  /** The project, for undoing. */
  get work(): Workspace {
    return this.#work;
  }

  /** Gets the masks of the frame at a time. While one is on its way only the latest wish is kept. */
  async look(seconds: number): Promise<void> {
    this.#wanted = seconds;
    if (this.#asking) return;
    this.#asking = true;
    try {
      mesh ??= api<FaceMesh>('/face-mesh');
      this.#mesh = await mesh;
      while (this.#wanted !== null) {
        const at = this.#wanted;
        this.#wanted = null;
        this.#shown = await api<FrameMasks>(`/jobs/${this.#job}/masks?seconds=${at.toFixed(4)}`);
      }
      this.#failure = null;
    } catch (thrown) {
      mesh = null;
      this.#shown = null;
      this.#failure =
        thrown instanceof ApiError && thrown.code === 'jobs.masks' ? t('make.mask.none') : t('make.mask.failed');
    } finally {
      this.#asking = false;
    }
  }

  #routeOf(person: number): Route | undefined {
    const routes = this.#work.file?.routes ?? [];
    return routes.find((each) => each.person === person) ?? (routes.length === 1 ? routes[0] : undefined);
  }

  /** What is painted on a person, the line in work included. */
  strokesOf(person: number): readonly MaskStroke[] {
    const kept = this.#routeOf(person)?.strokes ?? [];
    return this.line?.person === person ? [...kept, this.line.stroke] : kept;
  }

  /** Strokes of all people of the project. */
  get count(): number {
    return (this.#work.file?.routes ?? []).reduce((sum, { strokes }) => sum + strokes.length, 0);
  }

  /** The person whose face is under a place of the frame, and where on the face that is. */
  under(x: number, y: number): { person: PersonMask; place: [number, number] } | null {
    if (this.#mesh === null) return null;
    for (const person of this.#shown?.people ?? []) {
      const place = toFlat(this.#mesh, person, x, y);
      if (place !== null) return { person, place };
    }
    return null;
  }

  /** Radius of the brush in pixels of the frame. */
  get pixels(): number {
    const [person] = this.#shown?.people ?? [];
    return person === undefined || this.#mesh === null ? 0 : this.radius * scaleOf(this.#mesh, person);
  }

  resize(steps: number): void {
    this.radius = round(Math.max(SIZES.least, Math.min(SIZES.most, this.radius + steps * SIZES.step)));
    this.said = t('make.mask.size.now', { size: this.radius });
  }

  /** Sets the brush down; false beside every face. */
  down(x: number, y: number): boolean {
    const found = this.under(x, y);
    if (found === null || this.#shown === null || this.#routeOf(found.person.person) === undefined) {
      this.said = t('make.mask.off');
      return false;
    }
    const { frame } = this.#shown;
    const { reach, mode, radius } = this;
    const [px, py] = found.place;
    const stroke = { frame, reach, mode, radius, points: [[round(px), round(py)] as const] };
    this.line = { person: found.person.person, stroke };
    return true;
  }

  /** Draws on to a place. */
  move(x: number, y: number): void {
    const { line } = this;
    const found = line === null ? null : this.under(x, y);
    if (line === null || found === null || found.person.person !== line.person) return;
    const { points } = line.stroke;
    const [lx, ly] = points.at(-1) ?? [0, 0];
    const [px, py] = found.place;
    if (Math.hypot(px - lx, py - ly) < STILL || points.length >= MOST_POINTS) return;
    this.line = { ...line, stroke: { ...line.stroke, points: [...points, [round(px), round(py)]] } };
  }

  /** Lifts the brush: the line becomes part of the project, and can be undone there. */
  up(): void {
    const { line } = this;
    this.line = null;
    const route = line === null ? undefined : this.#routeOf(line.person);
    if (line === null || route === undefined) return;
    const { strokes } = route;
    if (strokes.length >= MOST_STROKES) {
      this.said = t('make.mask.full', { count: MOST_STROKES });
      return;
    }
    this.#work.route(route.person, { strokes: [...strokes, line.stroke] });
    this.said = t('make.mask.painted', { person: line.person, frame: line.stroke.frame, count: this.count });
  }

  /** Takes all corrections away, as one step that can be undone. */
  clear(): void {
    const { file } = this.#work;
    if (file === null) return;
    this.#work.change({ routes: file.routes.map((route) => ({ ...route, strokes: [] })) });
    this.said = t('make.mask.cleared');
  }
}
