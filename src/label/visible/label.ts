/** The visible label of one video or picture: where it stands in each shot, and putting it into each frame. */
import type { Box } from '../../faces/index.js';
import type { Frame } from '../../media/index.js';
import { drawLabel, type LabelKind, layOver, type Overlay } from './draw.js';
import { LABEL_LANGUAGES, type LabelLanguage } from './words.js';

/** What to show. */
export interface VisibleLabelChoice {
  readonly kind: LabelKind;
  readonly language: LabelLanguage;
}

/** What there is to know of the footage. */
export interface VisibleLabelFootage {
  readonly width: number;
  readonly height: number;
  /** Frames in all; 1 for a picture. */
  readonly frames: number;
  /** Mean frames per second; 0 for a picture. */
  readonly frameRate: number;
  /** First frames of shots after the first. */
  readonly cuts: readonly number[];
  /** All faces, of whoever, by frame. */
  readonly faces: readonly { readonly frame: number; readonly box: Box }[];
}

/** Seconds of an end card, the most of the clip it may take, and how long it takes to appear. */
const CARD = { seconds: 3, share: 0.2, fade: 0.4 };
/** Distance to the picture's edge over its short side. */
const MARGIN = 0.025;

/** How much of a label box is covered by the faces of a shot, summed over frames. A face is taken larger than its box. */
function overlapWith(box: Box, faces: readonly Box[]): number {
  return faces.reduce((sum, f) => {
    const [gx, gy] = [f.width * 0.25, f.height * 0.35];
    const w = Math.min(box.x + box.width, f.x + f.width + gx) - Math.max(box.x, f.x - gx);
    const h = Math.min(box.y + box.height, f.y + f.height + gy) - Math.max(box.y, f.y - gy);
    return sum + Math.max(0, w) * Math.max(0, h);
  }, 0);
}

/** Draws one label into the frames of a video, at one place for the whole of a shot. */
export class VisibleLabel {
  readonly #overlay: Overlay;
  readonly #kind: LabelKind;
  readonly #footage: VisibleLabelFootage;
  readonly #starts: readonly number[];
  readonly #places: readonly Box[];
  readonly #cardFrames: number;

  constructor(choice: VisibleLabelChoice, footage: VisibleLabelFootage) {
    const { width, height, frames, frameRate } = footage;
    // A picture has no end to put a card at.
    this.#kind = choice.kind === 'credits' && frames <= 1 ? 'lower-third' : choice.kind;
    this.#footage = footage;
    this.#overlay = drawLabel(this.#kind, choice.language, width, height);
    this.#starts = [0, ...footage.cuts.filter((c) => c > 0)].sort((a, b) => a - b);
    this.#places = this.#starts.map((start, i) =>
      this.#placeFor(start, this.#starts[i + 1] ?? Number.POSITIVE_INFINITY),
    );
    this.#cardFrames = Math.max(1, Math.round(Math.min(CARD.seconds * (frameRate || 25), CARD.share * frames)));
  }

  /** The free corner (or end of the lower edge) of a shot; where none is free, the one that hides least. */
  #placeFor(from: number, to: number): Box {
    const { width, height, faces } = this.#footage;
    const [w, h] = [this.#overlay.width, this.#overlay.height];
    if (this.#kind === 'credits') return { x: 0, y: 0, width: w, height: h };
    const margin = Math.round(Math.min(width, height) * MARGIN);
    const [right, bottom] = [Math.max(0, width - w - margin), Math.max(0, height - h - margin)];
    const spots =
      this.#kind === 'corner'
        ? ([
            [right, bottom],
            [margin, bottom],
            [right, margin],
            [margin, margin],
          ] as const)
        : ([
            [margin, bottom],
            [right, bottom],
            [margin, margin],
            [right, margin],
          ] as const);
    const seen = faces.filter((f) => f.frame >= from && f.frame < to).map((f) => f.box);
    const boxes = spots.map(([x, y]) => ({ x, y, width: w, height: h }));
    return boxes.reduce((best, box) => (overlapWith(box, seen) < overlapWith(best, seen) ? box : best));
  }

  /** Where the label stands in a frame, or null where there is none (before an end card). */
  boxAt(frame: number): Box | null {
    if (this.#kind === 'credits' && frame < this.#footage.frames - this.#cardFrames) return null;
    let i = 0;
    while (i + 1 < this.#starts.length && (this.#starts[i + 1] as number) <= frame) i++;
    return this.#places[i] ?? null;
  }

  /** Puts the label into a frame in place, and says where. */
  apply(frame: Frame, index: number): Box | null {
    const box = this.boxAt(index);
    if (box === null) return null;
    const { frames, frameRate } = this.#footage;
    const into = index - (frames - this.#cardFrames) + 1;
    const fade = Math.max(1, CARD.fade * (frameRate || 25));
    layOver(frame, this.#overlay, box.x, box.y, this.#kind === 'credits' ? Math.min(1, into / fade) : 1);
    return box;
  }
}

/** Whether a word names a language that labels are drawn in. */
export function isLabelLanguage(word: string): word is LabelLanguage {
  return (LABEL_LANGUAGES as readonly string[]).includes(word);
}
