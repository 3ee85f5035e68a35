/** The quality report of a finished swap: one for each person replaced. */
import { join } from 'node:path';
import type { Quality } from '../media/index.js';
import type { Figure, ReportFiles, ReportStep } from '../synth/report/index.js';
import type { SwapResult } from '../synth/swap/index.js';
import type { CommandContext } from './context.js';

/** The report of one replaced person. */
export interface PersonReport extends ReportFiles {
  /** Which person of the target. */
  readonly person: number;
  readonly figures: readonly Figure[];
}

/** What else goes into the report. */
export interface SwapReportOptions {
  readonly target: string;
  readonly folder: string;
  readonly quality: Quality;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Steps before the render, such as training. */
  readonly before?: readonly ReportStep[];
}

/**
 * Measures a swapped video and writes the report: into `folder` itself for one person, into `person-1`, `person-2`, ...
 * below it for several.
 */
export async function reportOn(
  result: SwapResult,
  options: SwapReportOptions,
  context: CommandContext,
): Promise<PersonReport[]> {
  const { figuresOf, measureSwap, sourcePrints, writeReport } = await import('../synth/report/index.js');
  const work = { onProgress: context.progress, signal: context.signal };
  const { stats } = result;
  // What an earlier run had finished took none of this run's time.
  const frames = stats.frames - stats.resumed;
  const reports: PersonReport[] = [];
  for (const [i, { track, source, sourceTrack, engine }] of result.routed.entries()) {
    const terms = result.grants[i];
    const report = await measureSwap({
      original: options.target,
      output: result.output,
      source: await sourcePrints(source, { ...work, track: sourceTrack }),
      track,
      analysis: result.target,
      touched: stats.touched,
      quality: options.quality,
      ...work,
      facts: {
        settings: { engine, ...options.settings },
        steps: [
          ...(options.before ?? []),
          ...Object.entries(stats.steps).map(([name, seconds]) => ({ name, seconds, frames })),
          { name: 'render, all steps side by side', seconds: stats.seconds, frames },
        ],
        consents: [
          ...(terms === undefined
            ? []
            : [{ id: terms.source.recordId, role: 'source' as const, name: terms.source.displayName }]),
          ...(terms?.replaced
            ? [{ id: terms.replaced.recordId, role: 'target' as const, name: terms.replaced.displayName }]
            : []),
        ],
        label: result.label.sentences,
      },
    });
    const folder = result.routed.length === 1 ? options.folder : join(options.folder, `person-${track}`);
    reports.push({ person: track, ...(await writeReport(folder, report)), figures: figuresOf(report) });
  }
  return reports;
}
