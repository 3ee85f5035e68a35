/** A line chart as inline SVG: colours from the page, told apart by dashes as well, described in words for readers. */
import { escapeHtml } from '../../base/index.js';
import type { Series } from './types.js';

const WIDTH = 720;
const HEIGHT = 150;
const LEFT = 46;
const BOTTOM = 22;
const TOP = 8;
const MOST_POINTS = 480;

const number = (value: number): string => (Math.abs(value) >= 10 ? value.toFixed(0) : value.toFixed(2));

/** Values at round steps, three to six of them, each with its text. */
function ticks(low: number, high: number): { value: number; text: string }[] {
  const rough = (high - low) / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([5, 2, 1].find((k) => k * power <= rough) ?? 1) * power;
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const out: { value: number; text: string }[] = [];
  for (let i = Math.ceil(low / step - 1e-6); i * step <= high + step * 1e-6; i++)
    out.push({ value: i * step, text: (i * step).toFixed(digits) });
  return out;
}

type Values = readonly (number | null)[];
const known = (values: Values): number[] => values.filter((v): v is number => v !== null && Number.isFinite(v));

/** An SVG path with gaps where values are missing; long clips are thinned by taking every n-th value. */
function pathOf(frames: readonly number[], values: Values, x: (f: number) => number, y: (v: number) => number): string {
  const step = Math.max(1, Math.ceil(frames.length / MOST_POINTS));
  let path = '';
  let pen = false;
  for (let i = 0; i < frames.length; i += step) {
    const value = values[i];
    if (value === null || value === undefined || !Number.isFinite(value)) {
      pen = false;
      continue;
    }
    path += `${pen ? 'L' : 'M'}${x(frames[i] ?? 0).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = true;
  }
  return path;
}

function inWords(series: Series): string {
  const range = (values: Values): string => {
    const list = known(values);
    if (list.length === 0) return 'no values';
    return `from ${number(Math.min(...list))} to ${number(Math.max(...list))}`;
  };
  const unit = series.unit === '' ? '' : ` (${series.unit})`;
  const title = `${series.title}${unit}`;
  const output = range(series.output);
  return series.target === undefined
    ? `${title} over time: output ${output}.`
    : `${title} over time: output ${output}; original ${range(series.target)}.`;
}

/**
 * Draws a series; an empty string where it has no values.
 *
 * @param frameRate frames per second, for the axis of time
 */
export function chartOf(series: Series, frameRate: number): string {
  const all = known([...series.output, ...(series.target ?? [])]);
  if (all.length === 0) return '';
  const spread = Math.max(...all) - Math.min(...all);
  const pad = spread > 0 ? spread * 0.08 : Math.max(1e-3, Math.abs(all[0] ?? 0) * 0.1);
  const low = Math.min(...all) - pad;
  const high = Math.max(...all) + pad;
  const last = Math.max(1, series.frames.at(-1) ?? 1);
  const x = (frame: number): number => LEFT + ((WIDTH - LEFT - 8) * frame) / last;
  const y = (value: number): number => TOP + ((HEIGHT - TOP - BOTTOM) * (high - value)) / (high - low);
  const rows = ticks(low, high).map(
    ({ value, text }) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - 8}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/>` +
      `<text x="${LEFT - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${text}</text>`,
  );
  const columns = ticks(0, last / Math.max(1e-6, frameRate)).map(
    ({ value, text }) =>
      `<text x="${x(value * frameRate).toFixed(1)}" y="${HEIGHT - 5}" text-anchor="middle">${text} s</text>`,
  );
  const words = escapeHtml(inWords(series));
  const target =
    series.target === undefined ? '' : `<path class="target" d="${pathOf(series.frames, series.target, x, y)}"/>`;
  return (
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${words}">${rows.join('')}${columns.join('')}` +
    `${target}<path class="output" d="${pathOf(series.frames, series.output, x, y)}"/></svg>`
  );
}
