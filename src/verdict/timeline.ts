/** When in a clip a cue was seen: spans as bands, values as a line. Inline SVG, described in words. */
import { escapeHtml } from '../base/index.js';
import type { Curve } from '../detect/index.js';
import type { Evidence } from './types.js';

const WIDTH = 640;
const HEIGHT = 90;
const [LEFT, BOTTOM, TOP] = [8, 18, 6];
const FLOOR = HEIGHT - BOTTOM;

type Place = (value: number) => number;

/** Where a value of the horizontal axis lies, which runs from `from` to `to`. */
function across(from: number, to: number): Place {
  const wide = Math.max(1e-9, to - from);
  return (v) => LEFT + ((WIDTH - 2 * LEFT) * (Math.max(from, Math.min(to, v)) - from)) / wide;
}

function lineOf({ times, values }: Curve, x: Place): string {
  const known = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const y = (v: number): number => TOP + (FLOOR - TOP) * (1 - (high > low ? (v - low) / (high - low) : 0.5));
  const path = values.map((v, i) => `${i === 0 ? 'M' : 'L'}${x(times[i] ?? 0).toFixed(1)} ${y(v).toFixed(1)}`);
  return `<path class="line" d="${path.join('')}"/>`;
}

function rangeOf({ values, means }: Curve): string {
  const known = values.filter(Number.isFinite);
  return `${means}: from ${Math.min(...known).toFixed(2)} to ${Math.max(...known).toFixed(2)}.`;
}

function chart(marks: string, from: number, to: number, x: Place, words: string): string {
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((k) => {
    const at = from + k * (to - from);
    const anchor = k === 0 ? 'start' : k === 1 ? 'end' : 'middle';
    return `<text x="${x(at).toFixed(1)}" y="${HEIGHT - 4}" text-anchor="${anchor}">${at.toFixed(1)} s</text>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(words)}"><line class="axis" x1="${LEFT}" x2="${WIDTH - LEFT}" y1="${FLOOR}" y2="${FLOOR}"/>${marks}${ticks.join('')}</svg><p class="soft">${escapeHtml(words)}</p>`;
}

/**
 * The timeline of a piece of evidence, and a chart of its own for a curve that does not run over the time of the file; an
 * empty text where there is neither.
 */
export function timeline({ spans, curve, title }: Evidence, duration: number): string {
  if (duration <= 0) return '';
  const drawn = curve !== null && curve.values.length > 1 ? curve : null;
  const timed = drawn !== null && drawn.axis === undefined ? drawn : null;
  const charts: string[] = [];
  if (spans.length > 0 || timed !== null) {
    const x = across(0, duration);
    const bands = spans.map(
      ([a, b]) =>
        `<rect class="band" x="${x(a).toFixed(1)}" y="${TOP}" width="${Math.max(2, x(b) - x(a)).toFixed(1)}" height="${FLOOR - TOP}"/>`,
    );
    const when = spans.map(([a, b]) => `${a.toFixed(1)} to ${b.toFixed(1)} s`).join(', ');
    const words = [`${title}, by the time of the file.`];
    if (when !== '') words.push(`Marked: ${when}.`);
    if (timed !== null) words.push(rangeOf(timed));
    charts.push(chart(`${bands.join('')}${timed === null ? '' : lineOf(timed, x)}`, 0, duration, x, words.join(' ')));
  }
  if (drawn !== null && timed === null) {
    const [from, to] = [Math.min(...drawn.times), Math.max(...drawn.times)];
    const x = across(from, to);
    charts.push(chart(lineOf(drawn, x), from, to, x, `Horizontal axis: ${drawn.axis}. ${rangeOf(drawn)}`));
  }
  return charts.join('');
}
