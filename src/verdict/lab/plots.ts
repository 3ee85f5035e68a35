/** Plots of the lab as inline SVG: ROC, reliability, risk against coverage. Told apart by dashes, described in words. */
import { escapeHtml } from '../../base/index.js';

/** A line of a plot; x and y in 0..1. */
export interface PlotLine {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What stands at the axes. */
export interface PlotWords {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Says what the plot shows, for those who do not see it. */
  readonly words: string;
  /** Upper end of the y axis; 1 unless told. */
  readonly top?: number;
  /** Draws the diagonal of a coin toss or of perfect calibration. */
  readonly diagonal?: boolean;
}

const SIDE = 320;
const [LEFT, RIGHT, TOP, BOTTOM] = [44, 12, 22, 38];
const DASHES = ['', '6 3', '2 3', '9 3 2 3', '1 4', '12 4'];
const COLORS = ['var(--one)', 'var(--two)', 'var(--three)', 'var(--four)', 'var(--soft)', 'var(--ink)'];

/** CSS for the plots of a page. */
export const PLOT_STYLE = `
:root{--one:#0b62c4;--two:#a04a00;--three:#1c6b33;--four:#7a2a8a}
@media (prefers-color-scheme:dark){:root{--one:#6cb1ff;--two:#f2a65a;--three:#7fd194;--four:#d79be6}}
.plots{display:flex;flex-wrap:wrap;gap:1.2rem}.plots figure{margin:0;flex:1 1 19rem;max-width:26rem;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.6rem}
svg{display:block;width:100%;height:auto}.grid{stroke:var(--line)}.plot{fill:none;stroke-width:2}text{fill:var(--soft);font:11px system-ui,sans-serif}figcaption{font-size:.85rem;color:var(--soft)}
`;

/** A square plot with its legend. */
export function plot(lines: readonly PlotLine[], { title, x, y, words, top = 1, diagonal = false }: PlotWords): string {
  const px = (v: number): string => (LEFT + v * (SIDE - LEFT - RIGHT)).toFixed(1);
  const py = (v: number): string => (SIDE - BOTTOM - (v / top) * (SIDE - TOP - BOTTOM)).toFixed(1);
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (k) =>
      `<line class="grid" x1="${px(k)}" x2="${px(k)}" y1="${py(0)}" y2="${py(top)}"/><line class="grid" x1="${px(0)}" x2="${px(1)}" y1="${py(k * top)}" y2="${py(k * top)}"/>` +
      `<text x="${px(k)}" y="${SIDE - BOTTOM + 14}" text-anchor="middle">${k}</text><text x="${LEFT - 6}" y="${py(k * top)}" dy="4" text-anchor="end">${Number((k * top).toFixed(3))}</text>`,
  );
  const drawn = lines.map(({ points }, i) => {
    const d = points.map(([u, v], k) => `${k === 0 ? 'M' : 'L'}${px(u)} ${py(Math.min(top, v))}`).join('');
    return `<path class="plot" d="${d}" stroke="${COLORS[i % COLORS.length]}" stroke-dasharray="${DASHES[i % DASHES.length]}"/>`;
  });
  const legend = lines.map(({ name }, i) => {
    const sample = `<svg viewBox="0 0 28 8" width="28" height="8" style="display:inline;width:28px" aria-hidden="true"><path class="plot" d="M0 4H28" stroke="${COLORS[i % COLORS.length]}" stroke-dasharray="${DASHES[i % DASHES.length]}"/></svg>`;
    return `${sample} ${escapeHtml(name)}`;
  });
  return `<figure><svg viewBox="0 0 ${SIDE} ${SIDE}" role="img" aria-label="${escapeHtml(words)}">
<text x="${LEFT}" y="14" style="font-weight:600">${escapeHtml(title)}</text>${grid.join('')}
${diagonal ? `<line class="grid" stroke-dasharray="3 3" x1="${px(0)}" y1="${py(0)}" x2="${px(1)}" y2="${py(top)}"/>` : ''}${drawn.join('')}
<text x="${(LEFT + SIDE - RIGHT) / 2}" y="${SIDE - 6}" text-anchor="middle">${escapeHtml(x)}</text>
<text transform="translate(11 ${(TOP + SIDE - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escapeHtml(y)}</text>
</svg><figcaption>${legend.join('<br>')}</figcaption></figure>`;
}
