/** A finished frame of a render every few seconds, small, for whoever looks on: marked and labelled like the film it is of. */
import { basename } from 'node:path';
import { likenessVersion } from '../../base/index.js';
import type { Grant } from '../../consent/index.js';
import { type Marker, sealPreview } from '../../label/index.js';
import { type Frame, smallerFrame } from '../../media/index.js';

/** Milliseconds from one to the next: what it takes is then well below a hundredth of the work. */
const EVERY = 8000;
/** Pixels of its longer side. */
const LONGEST = 480;

/** What a {@link RenderPreview} needs. */
export interface RenderPreviewOf {
  /** The file that is replaced. */
  readonly path: string;
  readonly marker: Marker;
  readonly grants: readonly Grant[];
  readonly targetSha256: string;
}

/** See the head of this file. */
export class RenderPreview {
  readonly #of: RenderPreviewOf;
  #last = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | null = null;

  constructor(of: RenderPreviewOf) {
    this.#of = of;
  }

  /** Takes a frame where it is time for one; a copy is made before this returns. */
  show(frame: Frame): void {
    if (this.#writing !== null || performance.now() - this.#last < EVERY) return;
    this.#last = performance.now();
    const { path, marker, grants, targetSha256 } = this.#of;
    this.#writing = sealPreview(smallerFrame(frame, LONGEST), path, {
      grant: grants,
      operation: 'faceSwap',
      targetSha256,
      marker,
      title: basename(path),
      description: 'Face replaced with documented consent: a frame of a render that goes on',
      agent: { name: 'Likeness', version: likenessVersion() },
    })
      // A render does not fail for want of a preview. Where consent has ended, the render itself finds out.
      .catch(() => undefined)
      .finally(() => {
        this.#writing = null;
      });
  }

  /** Waits for the one that is being written. */
  async close(): Promise<void> {
    await this.#writing;
  }
}
