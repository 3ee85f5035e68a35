/** The report of a bench as the pages get it: figures that do not exist are null. See `src/verdict/lab` of the program. */

/** A figure, or null where nothing stands behind it. */
export type Figure = number | null;
/** The ends of a 95 % interval. */
export type Interval = readonly [low: Figure, high: Figure];

/** A share with its interval. */
export interface Share {
  readonly hits: number;
  readonly of: number;
  readonly interval: Interval;
}

/** What one detector, or all together, is worth at one level. */
export interface DetectorFigures {
  readonly real: number;
  readonly fake: number;
  readonly auc: Figure;
  readonly aucInterval: Interval;
  readonly tprAt1: Figure;
  readonly tprAt5: Figure;
  readonly eer: Figure;
  readonly ece: Figure;
  readonly roc: readonly { readonly fpr: number; readonly tpr: number }[];
  readonly falseAlarms: readonly { readonly source: string; readonly atFive: Share; readonly leaning: Share | null }[];
  readonly generators: readonly { readonly generator: string; readonly files: number; readonly auc: Figure }[];
}

/** Shares of a source or generator: among verdicts, and among all of its files. */
interface Wrong extends Share {
  readonly given: Share;
  readonly ofAll: Share;
}

/** An AUC against another on the same files. */
export interface Change {
  readonly auc: Figure;
  readonly change: Figure;
  readonly interval: Interval;
}

/** Everything at one level of compression. */
export interface LevelFigures {
  readonly level: string;
  readonly detectors: Readonly<Record<string, DetectorFigures>>;
  readonly verdicts: {
    readonly given: Share;
    readonly accuracy: Share;
    readonly falseAlarms: readonly (Wrong & { readonly source: string })[];
    readonly misses: readonly (Wrong & { readonly generator: string })[];
    readonly ece: Figure;
    readonly ecePerSource: readonly { readonly source: string; readonly ece: Figure; readonly files: number }[];
    readonly reliability: readonly { readonly claimed: number; readonly observed: number }[];
    readonly risk: readonly { readonly coverage: number; readonly risk: number }[];
  };
  readonly ablations: readonly {
    readonly cue: string;
    readonly spoke: number;
    readonly without: Change;
    readonly alone: Change;
    readonly silentWithout: number;
  }[];
}

/** The whole report, without the scores of single files. */
export interface Bench {
  readonly real: number;
  readonly fake: number;
  readonly titles: Readonly<Record<string, string>>;
  readonly failed: readonly { readonly name: string; readonly error: string }[];
  readonly gates: {
    readonly shortcuts: readonly { readonly property: string; readonly auc: number; readonly p: number }[];
    readonly duplicates: readonly { readonly a: string; readonly b: string }[];
    readonly refusals: readonly string[];
    readonly remarks: readonly string[];
  };
  readonly levels: readonly LevelFigures[];
  readonly compression: readonly (Change & {
    readonly detector: string;
    readonly level: string;
    readonly against: string;
    readonly files: number;
  })[];
}
