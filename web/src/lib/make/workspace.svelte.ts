/** A project under work: every change is saved, can be undone, and is held against what the studio finds missing. */
import { ApiError, api, KEPT_BYTES } from '../api/client';
import { loadMedia, mediaBySha256 } from '../api/media';
import type { Problem, Project, ProjectFile, ProjectSettings, Route } from '../api/project-types';
import type { Media } from '../api/types';
import { isEnded } from '../state/ended.svelte';

/** A route that replaces a person of the target. */
export const newRoute = (person: number | null): Route => ({
  person,
  engine: 'mesh',
  source: null,
  sourcePerson: null,
  sourceConsent: null,
  targetConsent: null,
  training: null,
  strokes: [],
});

const PAUSE = 350;

/** Whether a browser sends it also when the page is left meanwhile. */
const isKept = (file: ProjectFile | null): boolean =>
  new TextEncoder().encode(JSON.stringify(file)).length < KEPT_BYTES;

/** See the head of this file. */
export class Workspace {
  readonly id: string;
  #project = $state.raw<Project | null>(null);
  #file = $state.raw<ProjectFile | null>(null);
  #media = $state.raw<readonly Media[]>([]);
  #past = $state.raw<readonly ProjectFile[]>([]);
  #future = $state.raw<readonly ProjectFile[]>([]);
  #failure = $state.raw<unknown>(null);
  #unsaved = $state(0);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> = Promise.resolve();
  /** What is on its way to the studio. */
  #sent: ProjectFile | null = null;

  constructor(id: string) {
    this.id = id;
  }

  /** The project as it stands here, saved or not. */
  get file(): ProjectFile | null {
    return this.#file;
  }

  /** What is missing, and what the studio refused to save. */
  get problems(): readonly Problem[] {
    return [...(this.#failure instanceof ApiError ? this.#failure.errors : []), ...(this.#project?.problems ?? [])];
  }

  /** What went wrong last, in loading or saving. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Whose it is; null until it is loaded. */
  get owner(): string | null {
    return this.#project?.owner ?? null;
  }

  get isSaving(): boolean {
    return this.#unsaved > 0 && this.#failure === null;
  }

  /** Whether there is something that could not be saved. */
  get isUnsaved(): boolean {
    return this.#unsaved > 0 && this.#failure !== null;
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  /** Files of the studio, newest first. */
  get media(): readonly Media[] {
    return this.#media;
  }

  /** The same by content. What was uploaded twice is there once: as the file in which people were looked for. */
  readonly #byContent = $derived.by(() => {
    const found = new Map<string, Media>();
    for (const each of this.#media)
      if (!found.has(each.sha256) || (each.people !== null && found.get(each.sha256)?.people === null))
        found.set(each.sha256, each);
    return found;
  });

  /** The file with this content, where the studio has it. */
  mediaOf(sha256: string | undefined): Media | null {
    return this.#byContent.get(sha256 ?? '') ?? null;
  }

  async load(): Promise<void> {
    this.#failure = null;
    try {
      this.#project = await api<Project>(`/projects/${this.id}`);
      this.#unsaved = 0;
      this.#file = this.#project.file;
      await this.loadMedia();
    } catch (thrown) {
      this.#failure = thrown;
    }
  }

  /** Asks again what is missing: a record may have been withdrawn meanwhile. Not while a change is under way. */
  async look(): Promise<void> {
    if (this.#unsaved > 0 || this.#project === null) return;
    const now = await api<Project>(`/projects/${this.id}`);
    // What somebody else has changed is found when it is saved.
    if (this.#unsaved === 0 && now.changedAt === this.#project.changedAt) this.#project = now;
  }

  async loadMedia(): Promise<void> {
    const media = await loadMedia();
    // What a project names may be older than what is listed.
    const named = [this.#file?.target, ...(this.#file?.routes.map(({ source }) => source) ?? [])];
    for (const each of named) {
      if (each == null || media.some(({ sha256 }) => sha256 === each.sha256)) continue;
      const found = await mediaBySha256(each.sha256);
      if (found !== null) media.push(found);
    }
    this.#media = media;
  }

  /** Changes the project. What was undone before is forgotten. */
  change(next: Partial<ProjectFile>): void {
    if (this.#file === null) return;
    this.#past = [...this.#past.slice(-99), this.#file];
    this.#future = [];
    this.#set({ ...this.#file, ...next });
  }

  changeSettings(next: Partial<ProjectSettings>): void {
    if (this.#file !== null) this.change({ settings: { ...this.#file.settings, ...next } });
  }

  /** Changes the route of a person of the target; null takes it away. */
  route(person: number | null, next: Partial<Route> | null): void {
    if (this.#file === null) return;
    const { routes } = this.#file;
    if (next === null) {
      this.change({ routes: routes.filter((each) => each.person !== person) });
      return;
    }
    const before = routes.find((each) => each.person === person);
    const after = { ...(before ?? newRoute(person)), ...next };
    this.change({
      routes: before === undefined ? [...routes, after] : routes.map((each) => (each === before ? after : each)),
    });
  }

  undo(): void {
    const last = this.#past.at(-1);
    if (last === undefined || this.#file === null) return;
    this.#future = [this.#file, ...this.#future];
    this.#past = this.#past.slice(0, -1);
    this.#set(last);
  }

  redo(): void {
    const [next, ...rest] = this.#future;
    if (next === undefined || this.#file === null) return;
    this.#past = [...this.#past, this.#file];
    this.#future = rest;
    this.#set(next);
  }

  #set(file: ProjectFile): void {
    this.#file = file;
    this.#unsaved++;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), PAUSE);
  }

  /** Tries again what failed: saves where something is unsaved, unless somebody else has changed the project; else loads. */
  async retry(): Promise<void> {
    const stale = this.#failure instanceof ApiError && this.#failure.code === 'projects.changed';
    await (this.isUnsaved && !stale ? this.save() : this.load());
  }

  /** Saves what is not saved yet; changes are sent one after the other, so that the last one wins. */
  save(): Promise<void> {
    clearTimeout(this.#timer);
    const upTo = this.#unsaved;
    if (upTo === 0) return this.#sending;
    this.#sending = this.#sending.then(async () => {
      try {
        // Another window may have it open: its changes are not written over.
        const headers = { 'if-match': `"${this.#project?.changedAt ?? ''}"` };
        const body = this.#file;
        this.#sent = body;
        const keepalive = isKept(body);
        this.#project = await api<Project>(`/projects/${this.id}`, { method: 'PUT', body, headers, keepalive });
        this.#failure = null;
        this.#unsaved = Math.max(0, this.#unsaved - upTo);
      } catch (thrown) {
        // It stays unsaved: whatever is changed next is sent with it, and so it is when the studio is back.
        this.#failure = thrown;
      } finally {
        this.#sent = null;
      }
    });
    return this.#sending;
  }

  /**
   * Sends what is not saved yet because the page is being left.
   *
   * @returns whether all of it is saved or on its way; where it is not, leaving loses it
   */
  leave(): boolean {
    if (this.#unsaved === 0) return true;
    const sent = this.#sent;
    if (sent !== this.#file) void this.save();
    // A change that waits for an answer to the one before would wait in vain.
    return this.#failure === null && !isEnded() && (sent === null || sent === this.#file) && isKept(this.#file);
  }
}
