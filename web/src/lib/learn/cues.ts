/** The signs that the trainer and the list speak of, and its pictures (`scripts/learn-pictures.mjs` draws them). */
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

/** The moments both people of the diagram were drawn in. */
export const MOMENTS = ['rest', 'talk', 'smile', 'turn', 'blink'] as const;

/** One of {@link MOMENTS}. */
export type Moment = (typeof MOMENTS)[number];
