/** A bench as lines for the terminal. Loads the verdict room: import it in an action only. */
import { type BenchReport, changeText, titleOf } from '../verdict/index.js';

// A class of which nothing could be scored has no figures.
const shown = (value: number, digits: number): string => (Number.isFinite(value) ? value.toFixed(digits) : 'none');

/** The figures of a bench; tables by source and generator are on the page and the card. */
export function benchText(report: BenchReport): string {
  const lines = [`${report.real} genuine and ${report.fake} synthetic files`];
  for (const { level, detectors, verdicts, ablations } of report.levels) {
    lines.push(`${level}:`);
    for (const [id, f] of Object.entries(detectors)) {
      const auc = `AUC ${shown(f.auc, 3)} (${f.aucInterval.map((v) => shown(v, 3)).join(' to ')})`;
      const rest = `TPR at 1 % ${shown(f.tprAt1, 2)}, at 5 % ${shown(f.tprAt5, 2)}  EER ${shown(f.eer, 3)}  calibration error ${shown(f.ece, 3)}`;
      lines.push(`  ${titleOf(report, id).padEnd(24)} ${auc}  ${rest}`);
      for (const { source, atFive, leaning } of f.falseAlarms)
        lines.push(
          `    ${source}: ${atFive.hits} of ${atFive.of} at 5 % of all${leaning === null ? '' : `, ${leaning.hits} of ${leaning.of} rather synthetic`}`,
        );
    }
    for (const a of ablations)
      lines.push(
        `  without ${titleOf(report, a.cue)}: AUC ${shown(a.without.auc, 3)}, ${changeText(a.without)}; alone: ${shown(a.alone.auc, 3)}, ${changeText(a.alone)}`,
      );
    for (const c of report.compression.filter((one) => one.level === level))
      lines.push(`  ${titleOf(report, c.detector)} against ${c.against}: AUC ${changeText(c)}`);
    const { given, accuracy } = verdicts;
    lines.push(`  verdicts given ${given.hits} of ${given.of}, right ${accuracy.hits} of ${accuracy.of}`);
    for (const f of verdicts.falseAlarms)
      lines.push(`  false alarms ${f.source}: ${f.hits} of ${f.of} verdicts, of ${f.ofAll.of} genuine files`);
    for (const m of verdicts.misses)
      lines.push(`  called authentic ${m.generator}: ${m.hits} of ${m.of} verdicts, of ${m.ofAll.of} files`);
    lines.push(`  calibration error ${shown(verdicts.ece, 3)}`);
  }
  if (report.failed.length > 0) lines.push(`${report.failed.length} files could not be scored.`);
  return lines.join('\n');
}
