/** When in a clip a cue was seen: spans as bands, values as a line. Inline SVG, described in words. */
import { escapeHtml } from '../base/index.js';
import type { Evidence } from './types.js';

const WIDTH = 640;
const HEIGHT = 90;
const [LEFT, BOTTOM, TOP] = [8, 18, 6];

/** The timeline of a piece of evidence, or an empty text where it has none. */
export function timeline({ spans, curve, title }: Evidence, duration: number): string {
  if (duration <= 0 || (spans.length === 0 && curve === null)) return '';
  const x = (t: number): number => LEFT + ((WIDTH - 2 * LEFT) * Math.max(0, Math.min(duration, t))) / duration;
  const bands = spans.map(
    ([a, b]) =>
      `<rect class="band" x="${x(a).toFixed(1)}" y="${TOP}" width="${Math.max(2, x(b) - x(a)).toFixed(1)}" height="${HEIGHT - TOP - BOTTOM}"/>`,
  );
  let line = '';
  let range = '';
  if (curve !== null && curve.values.length > 1) {
    const known = curve.values.filter(Number.isFinite);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const y = (v: number): number =>
      TOP + (HEIGHT - TOP - BOTTOM) * (1 - (high > low ? (v - low) / (high - low) : 0.5));
    const path = curve.values.map(
      (v, i) => `${i === 0 ? 'M' : 'L'}${x(curve.times[i] ?? 0).toFixed(1)} ${y(v).toFixed(1)}`,
    );
    line = `<path class="line" d="${path.join('')}"/>`;
    range = ` ${curve.means}: from ${low.toFixed(2)} to ${high.toFixed(2)}.`;
  }
  const when = spans.map(([a, b]) => `${a.toFixed(1)} to ${b.toFixed(1)} s`).join(', ');
  const words = `${title} over time.${when === '' ? '' : ` Marked: ${when}.`}${range}`;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (k) =>
      `<text x="${x(k * duration).toFixed(1)}" y="${HEIGHT - 4}" text-anchor="${k === 0 ? 'start' : k === 1 ? 'end' : 'middle'}">${(k * duration).toFixed(1)} s</text>`,
  );
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(words)}"><line class="axis" x1="${LEFT}" x2="${WIDTH - LEFT}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM}"/>${bands.join('')}${line}${ticks.join('')}</svg><p class="soft">${escapeHtml(words)}</p>`;
}
