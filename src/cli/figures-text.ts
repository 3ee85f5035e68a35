/** The figures of a quality report as a small table for the terminal. */
import type { Figure } from '../synth/report/index.js';

/** One line a figure: name, value, bar, and whether it is reached. */
export function figuresText(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ title }) => title.length));
  return figures
    .map(({ title, shown, bar, reached }) => {
      const verdict = reached === null ? '' : reached ? 'reached' : 'missed';
      return `${title.padEnd(width)}  ${shown.padStart(12)}  ${bar.padEnd(14)}  ${verdict}`.trimEnd();
    })
    .join('\n');
}
