/** The loss chart of a training run, as a self-contained SVG. */

/** One row of the log. */
export interface LossRow {
  readonly step: number;
  readonly seconds: number;
  /** Smoothed training loss and validation loss. */
  readonly values: Readonly<Record<string, number>>;
}

const COLORS = ['#2f6fde', '#d6553a', '#3a9a5b', '#a052c4', '#b98a1d', '#5a6b7b'];

/** Draws every series of the rows on a logarithmic axis. */
export function lossChart(rows: readonly LossRow[], title: string): string {
  const width = 860;
  const height = 380;
  const left = 64;
  const bottom = 44;
  const names = [...new Set(rows.flatMap((r) => Object.keys(r.values)))];
  const all = rows.flatMap((r) => Object.values(r.values)).filter((v) => v > 0 && Number.isFinite(v));
  const low = Math.log10(Math.max(1e-6, Math.min(...all, 1)) * 0.9);
  const high = Math.log10(Math.max(...all, 1e-3) * 1.1);
  const last = rows.at(-1)?.step ?? 1;
  const x = (step: number): number => left + ((width - left - 20) * step) / Math.max(1, last);
  const y = (v: number): number =>
    36 + (height - bottom - 36) * (1 - (Math.log10(Math.max(1e-6, v)) - low) / Math.max(0.1, high - low));
  const lines = names.map((name, i) => {
    const points = rows
      .filter((r) => name in r.values)
      .map((r) => `${x(r.step).toFixed(1)},${y(r.values[name] as number).toFixed(1)}`);
    const color = COLORS[i % COLORS.length];
    return (
      `<polyline fill="none" stroke="${color}" stroke-width="1.8" points="${points.join(' ')}"/>` +
      `<rect x="${left + 10 + i * 130}" y="14" width="12" height="4" fill="${color}"/><text x="${left + 27 + i * 130}" y="20">${name}</text>`
    );
  });
  const ticks = Array.from({ length: 5 }, (_, i) => 10 ** (low + ((high - low) * i) / 4)).map(
    (v) =>
      `<line x1="${left}" x2="${width - 20}" y1="${y(v).toFixed(1)}" y2="${y(v).toFixed(1)}" stroke="#8884"/><text x="${left - 8}" y="${(y(v) + 4).toFixed(1)}" text-anchor="end">${v.toPrecision(2)}</text>`,
  );
  const steps = Array.from({ length: 6 }, (_, i) => Math.round((last * i) / 5)).map(
    (s) => `<text x="${x(s).toFixed(1)}" y="${height - 22}" text-anchor="middle">${s}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="currentColor" role="img" aria-label="${title}"><title>${title}</title>${ticks.join('')}${steps.join('')}<text x="${width / 2}" y="${height - 4}" text-anchor="middle">steps</text>${lines.join('')}</svg>\n`;
}
