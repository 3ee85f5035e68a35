/** The signs that the trainer and the list speak of, and its pictures (`scripts/learn-pictures.mjs` draws them). */
import nets from './nets.json';
import list from './pictures.json';

/** Signs of a face that was put on. */
export const CUES = ['seam', 'blur', 'light', 'double', 'gaze', 'mouth', 'cover'] as const;

/** One of {@link CUES}. */
export type Cue = (typeof CUES)[number];

/** A drawn head; `cue` is what was done to it, null for nothing. */
export interface Picture {
  readonly name: string;
  readonly cue: Cue | null;
}

const isCue = (text: string | null): text is Cue => CUES.some((cue) => cue === text);

/** All pictures of the trainer. */
export const PICTURES: readonly Picture[] = list.map(({ name, cue }) => ({ name, cue: isCue(cue) ? cue : null }));

/** Where a picture of the pages lies. */
export const learnPicture = (name: string): string => `/learn/${name}.webp`;

/** What the nets made of the same ten pictures after so many steps of training. */
export interface Lesson {
  readonly steps: number;
  /** By person and moment: those numbers of the code that differ most, -1 to 1. */
  readonly codes: Readonly<Record<'a' | 'b', readonly (readonly number[])[]>>;
  /** By moment: correlation of both people's codes. */
  readonly alike: readonly number[];
  /** By decoder, person in and moment: the share of what was painted that the discriminator takes for recorded. */
  readonly made: Readonly<Record<'a' | 'b', Readonly<Record<'a' | 'b', readonly number[]>>>>;
  /** The same for recorded pictures of the decoder's person. */
  readonly recorded: Readonly<Record<'a' | 'b', readonly number[]>>;
}

/** From untrained on (`training/learn/train.ts` makes them, and the sheets of pictures that belong to them). */
export const LESSONS: readonly Lesson[] = nets.lessons;

/** How the sheets are laid out: the side of a picture in pixels, and how many stand in a row, one for each moment. */
export const SHEET = { size: nets.size, columns: nets.moments.length } as const;

/** The moments both people of the diagram were drawn in. */
export const MOMENTS = ['rest', 'talk', 'smile', 'turn', 'blink'] as const;

/** One of {@link MOMENTS}. */
export type Moment = (typeof MOMENTS)[number];
