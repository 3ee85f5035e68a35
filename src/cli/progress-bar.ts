/**
 * Progress for people: a bar with the time left where the terminal can redraw a line, a plain line now and then where
 * it cannot (a log file, a pipe).
 */
import type { ProgressEvent } from '../base/index.js';

/** Where progress is drawn. */
export interface ProgressScreen {
  write(text: string): void;
  /** Whether a line can be redrawn. */
  readonly live: boolean;
  /** Width in characters. */
  readonly columns: number;
  /** Milliseconds, rising. */
  now(): number;
}

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 15_000;
/** The pace is taken from this stretch of the past, so that it follows a machine that gets busier. */
const PACE_MS = 30_000;

/** `95` -> `1:35`, `3700` -> `1:01:40`. */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.floor(s / 60) % 60;
  return s < 3600 ? `${minutes}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(minutes)}:${two(s % 60)}`;
}

const grouped = (n: number): string => Math.round(n).toLocaleString('en-US');

/** Draws {@link ProgressEvent}s. One bar at a time; a new stage closes the one before. */
export class ProgressBar {
  readonly #screen: ProgressScreen;
  #event: ProgressEvent | null = null;
  #started = 0;
  #shown = Number.NEGATIVE_INFINITY;
  #past: { at: number; done: number }[] = [];
  #onLine = false;

  constructor(screen: ProgressScreen) {
    this.#screen = screen;
  }

  /** Takes in one event and draws it when it is time to. */
  update(event: ProgressEvent): void {
    const now = this.#screen.now();
    if (this.#event?.stage !== event.stage) {
      this.close();
      this.#started = now;
      this.#past = [];
      this.#shown = Number.NEGATIVE_INFINITY;
    }
    this.#event = event;
    this.#past.push({ at: now, done: event.done });
    while (this.#past.length > 2 && now - (this.#past[1]?.at ?? now) > PACE_MS) this.#past.shift();
    const wait = this.#screen.live ? REDRAW_MS : PLAIN_LINE_MS;
    if (now - this.#shown < wait) return;
    this.#shown = now;
    this.#draw(this.#line(event, now));
  }

  /** Writes other text without tearing the bar. */
  interleave(text: string): void {
    if (this.#event !== null && this.#event.total > 0 && this.#event.done >= this.#event.total) this.close();
    this.#wipe();
    this.#screen.write(text);
    if (this.#event !== null && this.#screen.live) this.#draw(this.#line(this.#event, this.#screen.now()));
  }

  /** Ends the current stage with one closing line. */
  close(): void {
    const event = this.#event;
    if (event === null) return;
    this.#wipe();
    const counted = event.total > 0 && !['', '%'].includes(event.unit) ? `${grouped(event.done)} ${event.unit}, ` : '';
    this.#screen.write(`${event.stage}: ${counted}${clock((this.#screen.now() - this.#started) / 1000)}\n`);
    this.#event = null;
  }

  #secondsLeft(event: ProgressEvent): number | null {
    const first = this.#past[0];
    const last = this.#past.at(-1);
    if (first === undefined || last === undefined || event.total <= 0) return null;
    const done = last.done - first.done;
    const ms = last.at - first.at;
    if (done <= 0 || ms < 1000) return null;
    return ((event.total - event.done) * ms) / done / 1000;
  }

  #line(event: ProgressEvent, now: number): string {
    const share = event.total > 0 ? Math.min(1, event.done / event.total) : null;
    const left = this.#secondsLeft(event);
    const words = [
      share === null ? `${grouped(event.done)} ${event.unit}` : `${Math.floor(share * 100)} %`,
      share === null || event.unit === '%' ? '' : `${grouped(event.done)}/${grouped(event.total)} ${event.unit}`,
      left === null ? clock((now - this.#started) / 1000) : `${clock(left)} left`,
      event.note ?? '',
    ].filter((word) => word !== '');
    if (!this.#screen.live || share === null) return `${event.stage}  ${words.join('  ')}`;
    const cells = Math.round(share * 20);
    return `${event.stage}  ${'█'.repeat(cells)}${'░'.repeat(20 - cells)}  ${words.join('  ')}`;
  }

  #draw(line: string): void {
    if (!this.#screen.live) {
      this.#screen.write(`${line}\n`);
      return;
    }
    this.#wipe();
    this.#screen.write(line.slice(0, Math.max(20, this.#screen.columns - 1)));
    this.#onLine = true;
  }

  #wipe(): void {
    if (this.#onLine) this.#screen.write('\r\u001b[2K');
    this.#onLine = false;
  }
}
