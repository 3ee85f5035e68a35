/** Sees, while somebody records, which of the asked moves they have made. A help alone: without it everything works. */
import { EYE_LEFT, EYE_RIGHT, FACE_OVAL, LIPS_OUTER } from '../../../../src/faces/geometry/indices.js';
import type { LandmarkFinder } from './landmarks';
import { MoveWatcher } from './moves';

/** Milliseconds between two looks at the least. */
const PAUSE = 60;

const LINES = [FACE_OVAL, EYE_LEFT, EYE_RIGHT, LIPS_OUTER];

/** See the head of this file. */
export class Guide {
  /** Whether the nets are at work; false where they could not be had. */
  works = $state(false);
  /** Whether a face is seen now. */
  face = $state(false);
  /** The move that is looked for now. */
  next = $state(0);
  #ticks = $state.raw<ReadonlySet<number>>(new Set());
  #asked: readonly string[] = [];
  #stopped = false;

  /** Fetches the nets; where that fails there is no guidance, and nothing else changes. */
  async open(video: HTMLVideoElement, canvas: HTMLCanvasElement): Promise<void> {
    try {
      const { openLandmarks } = await import('./landmarks');
      const finder = await openLandmarks();
      if (this.#stopped) {
        await finder.close();
        return;
      }
      this.works = true;
      await this.#watch(finder, video, canvas);
    } catch {
      this.works = false;
    }
  }

  async #watch(finder: LandmarkFinder, video: HTMLVideoElement, canvas: HTMLCanvasElement): Promise<void> {
    const watcher = new MoveWatcher();
    while (!this.#stopped) {
      const at = performance.now();
      const points = await finder.look(video);
      if (this.#stopped) break;
      this.face = points !== null;
      draw(canvas, video, points);
      const move = points === null ? null : watcher.see(points, at / 1000);
      if (move !== null && move === this.#asked[this.next]) {
        this.#ticks = new Set([...this.#ticks, this.next]);
        this.next++;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    this.works = false;
    await finder.close();
  }

  /** Moves count from now on, in this order; none while nothing is recorded. */
  expect(moves: readonly string[]): void {
    this.#asked = moves;
    this.next = 0;
    this.#ticks = new Set();
  }

  /** Looks for this move next, whether those before it were seen or not. */
  skip(to: number): void {
    this.next = Math.max(this.next, to);
  }

  /** Whether a move was seen. */
  saw(move: number): boolean {
    return this.#ticks.has(move);
  }

  /** Ends the watch; the nets are freed when the look in work is over. */
  stop(): void {
    this.#stopped = true;
  }
}

/** Outline, eyes and lips, over the picture. */
function draw(
  canvas: HTMLCanvasElement,
  { videoWidth, videoHeight }: HTMLVideoElement,
  points: Float32Array | null,
): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  if (canvas.width !== videoWidth || canvas.height !== videoHeight) {
    canvas.width = videoWidth;
    canvas.height = videoHeight;
  }
  context.clearRect(0, 0, videoWidth, videoHeight);
  if (points === null) return;
  const trace = (): void => {
    context.beginPath();
    for (const line of LINES) {
      line.forEach((i, k) => {
        const [x, y] = [points[3 * i] ?? 0, points[3 * i + 1] ?? 0];
        if (k === 0) context.moveTo(x, y);
        else context.lineTo(x, y);
      });
      context.closePath();
    }
    context.stroke();
  };
  const thin = Math.max(1.5, videoHeight / 300);
  // Light over dark holds on every skin and every wall.
  context.strokeStyle = 'rgb(0 0 0 / 55%)';
  context.lineWidth = 2.4 * thin;
  trace();
  context.strokeStyle = 'rgb(120 240 255)';
  context.lineWidth = thin;
  trace();
}
