/** What a swap is asked for and gives. Types only. */
import type { LongWork } from '../../base/index.js';
import type { Grant } from '../../consent/index.js';
import type { Analysis, AnalyzedTrack } from '../../faces/index.js';
import type { LabelReport, NoticeTime, VisibleLabelChoice } from '../../label/index.js';
import type { Quality } from '../../media/index.js';
import type { MaskPlace, MaskStroke } from '../mask/index.js';
import type { Purpose } from './meet.js';
import type { RenderStats } from './render.js';

/** One row of the routing table: person of the target -> consent records -> engine. */
export interface Route {
  /** Person of the target; may be left out where there is one and this is the only route. */
  readonly person?: number | undefined;
  /** `gan` needs `project`; `mesh` needs `source`. */
  readonly engine: string;
  readonly project?: string | undefined;
  /** A `.dfm` file, for the `dfm` engine. */
  readonly model?: string | undefined;
  /** True runs a project the other way: the face of its target person onto its source person. */
  readonly reverse?: boolean | undefined;
  /** Left out: the project's own source. */
  readonly source?: string | undefined;
  readonly sourcePerson?: number | undefined;
  readonly sourceConsent: string;
  readonly targetConsent: string;
  /** What somebody painted on the mask of the person who is replaced. */
  readonly strokes?: readonly MaskStroke[] | undefined;
}

/** A render that several processes share: each opens a session with the same job and the same of these. */
export interface SharedRender {
  /** Folder of finished segments that all of them see; whoever looks after the job removes it when it is given up. */
  readonly folder: string;
  /** Id of the piece of work: its processes together take one render of a record that counts them. */
  readonly work: string;
  /** The key of this render, 32 bytes: what is kept of it until it is sealed is locked with it. */
  readonly key: Uint8Array;
  /** Where a finished frame is shown every few seconds, a PNG that is replaced: marked and labelled like the film it is of. */
  readonly preview: string;
}

/** What a swap needs. */
export interface SwapJob extends LongWork, Purpose {
  readonly target: string;
  readonly routes: readonly Route[];
  readonly out: string;
  readonly quality?: Quality;
  /** 0..1: how far the outline of the face follows the person who comes in. Default 1. */
  readonly outline?: number;
  /** True doubles the swapped faces by super-resolution: for faces much larger than the model. */
  readonly enhance?: boolean;
  /** True replaces a file that is there. */
  readonly overwrite?: boolean;
  /** The visible label: a sign in a corner, in the language of the territory, where left out. */
  readonly label?: Partial<VisibleLabelChoice> | undefined;
  /**
   * Makes only so many seconds of a film, from where the first routed person comes in: to see early what the whole will be
   * like. It carries the sign in the corner, and counts as a render like any other. Pictures are made whole.
   */
  readonly trialSeconds?: number | undefined;
  /** When a notice plays in the sound, in the language of the visible label; left out, the sound is copied as it is. */
  readonly notice?: NoticeTime | undefined;
  /** Seconds of video between two points from which a stopped render can go on; 4 where left out. */
  readonly segmentSeconds?: number;
  /** Seconds of video that one process renders in one go; 16 where left out. */
  readonly stretchSeconds?: number;
  /** Where the work is shared; left out, this process does it alone. */
  readonly shared?: SharedRender | undefined;
  /** Where the masks of all frames are kept, for a page that shows them; left out, they are not. */
  readonly masks?: MaskPlace | undefined;
}

/** What came of a swap. */
export interface SwapResult {
  readonly output: string;
  readonly sidecar: string | null;
  /** What the label's maker should be told, such as a time stamp that could not be had. */
  readonly remarks: readonly string[];
  readonly label: LabelReport;
  readonly stats: RenderStats;
  readonly grants: readonly Grant['terms'][];
  /** Analysis of the target and the routed people, for the report. */
  readonly target: Analysis;
  readonly routed: readonly {
    readonly track: number;
    readonly source: string;
    readonly sourceTrack: AnalyzedTrack;
    readonly engine: string;
  }[];
}
