/**
 * The report as one HTML file: no script, no outside file, pictures inlined. Follows the reader's light or dark setting,
 * prints on paper, and makes sense read aloud: every chart is described in words and nothing is said by colour alone.
 */
import { basename } from 'node:path';
import { escapeHtml } from '../../base/index.js';
import { chartOf } from './chart.js';
import { type Figure, figuresOf } from './figures.js';
import type { QualityReport, ReportPicture } from './types.js';

const STYLE = `
:root{color-scheme:light dark;--ink:#1c1d21;--soft:#5d616b;--page:#fbfaf8;--card:#fff;--line:#dcdad5;--output:#0b62c4;--target:#a04a00;--good:#1c6b33;--bad:#a8201a}
@media (prefers-color-scheme:dark){:root{--ink:#ecebe8;--soft:#a9abb3;--page:#15161a;--card:#1e2026;--line:#3a3d46;--output:#6cb1ff;--target:#f2a65a;--good:#7fd194;--bad:#ff8f86}}
*{box-sizing:border-box}
body{margin:0 auto;padding:2rem 1.25rem 4rem;max-width:62rem;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .25rem}h2{font-size:1.2rem;margin:2.5rem 0 .75rem}
p{margin:.4rem 0}.lead{color:var(--soft)}
table{border-collapse:collapse;width:100%;background:var(--card)}caption{text-align:left;color:var(--soft);padding-bottom:.5rem}
th,td{text-align:left;vertical-align:top;padding:.5rem .7rem;border-bottom:1px solid var(--line)}thead th{font-size:.85rem;color:var(--soft)}
td.value{font-variant-numeric:tabular-nums;white-space:nowrap;font-weight:600}td.means{color:var(--soft);font-size:.9rem;min-width:15rem}td.short{white-space:nowrap}.wide{overflow-x:auto}
.yes{color:var(--good)}.no{color:var(--bad)}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:6px;overflow:hidden;break-inside:avoid}
figure img{display:block;width:100%;height:auto}figcaption{padding:.45rem .7rem;font-size:.9rem}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr));gap:.9rem}
.charts{display:grid;gap:.9rem}.charts figure{padding:.5rem .25rem 0}
svg{display:block;width:100%;height:auto}svg text{font-size:11px;fill:var(--soft)}svg .grid{stroke:var(--line)}
svg path{fill:none;stroke-width:1.8;stroke-linejoin:round}svg .output{stroke:var(--output)}svg .target{stroke:var(--target);stroke-dasharray:5 3}
.key{display:flex;gap:1.5rem;font-size:.9rem;margin:.3rem 0 .8rem}.key svg{width:2.2rem;display:inline-block;vertical-align:middle;margin-right:.4rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.2rem;margin:0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
@media (max-width:34rem){dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}}
ul{padding-left:1.2rem;margin:.3rem 0}
@media print{body{max-width:none;padding:0;font-size:11pt;background:#fff;color:#000}.pictures{grid-template-columns:repeat(3,1fr)}h2{break-after:avoid}}
`;

const clock = (seconds: number): string =>
  seconds < 60
    ? `${seconds.toFixed(2)} s`
    : `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, '0')}`;

function pictures(list: readonly ReportPicture[]): string {
  const one = (picture: ReportPicture): string => {
    const data = Buffer.from(picture.jpeg).toString('base64');
    const words = escapeHtml(picture.caption);
    const where = `frame ${picture.frame}, ${clock(picture.time)}`;
    return (
      `<figure><img src="data:image/jpeg;base64,${data}" alt="Original and swapped face side by side, ${where}">` +
      `<figcaption>${words} <span class="lead">(${where})</span></figcaption></figure>`
    );
  };
  return `<div class="pictures">${list.map(one).join('')}</div>`;
}

function figureRow(figure: Figure): string {
  const verdict =
    figure.reached === null
      ? '–'
      : figure.reached
        ? '<span class="yes">✓ reached</span>'
        : '<span class="no">✗ missed</span>';
  return (
    `<tr><th scope="row">${escapeHtml(figure.title)}</th><td class="value">${escapeHtml(figure.shown)}</td>` +
    `<td class="short">${escapeHtml(figure.bar)}</td><td class="short">${verdict}</td><td class="means">${escapeHtml(figure.means)}</td></tr>`
  );
}

const cell = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits);

function definitions(rows: readonly (readonly [string, string])[]): string {
  return `<dl>${rows.map(([term, text]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(text)}</dd>`).join('')}</dl>`;
}

function details(report: QualityReport): string {
  const { identity, untouched, sharpness, flicker, jitter, still, watermark } = report;
  const rows: [string, string][] = [];
  if (identity !== null)
    rows.push([
      'Identity, cosines',
      `output-source ${cell(identity.outputSource, 3)}, source-source ${cell(identity.sourceSource, 3)}, target-source ` +
        `${cell(identity.targetSource, 3)}, target-target ${cell(identity.targetTarget, 3)}, output-target ` +
        `${cell(identity.outputTarget, 3)} (${identity.samples} frames of the output)`,
    ]);
  if (report.media.kind === 'picture')
    rows.push(
      ['Face found again', report.coverage.found > 0 ? 'yes' : 'no'],
      [
        'Opening, output less original',
        `mouth ${cell(still?.mouth, 3)} of the face’s height, lids ${cell(still?.eyes, 3)} of the eye’s width`,
      ],
    );
  else
    rows.push(
      ['Face found again', `${report.coverage.found} of ${report.coverage.target} frames`],
      ['Head pose error', `mean ${cell(report.pose.mean, 2)}°, 95 % of frames below ${cell(report.pose.p95, 2)}°`],
      ['Flicker, levels of 255', `output ${cell(flicker.output, 3)}, original ${cell(flicker.original, 3)}`],
      ['Jitter, eye distances', `output ${cell(jitter.output, 5)}, original ${cell(jitter.original, 5)}`],
    );
  rows.push(
    [
      'Sharpness by detail',
      `2 px ${cell(sharpness.bands[0], 2)}, 4 px ${cell(sharpness.bands[1], 2)}, 8 px ${cell(sharpness.bands[2], 2)}`,
    ],
    [
      'Outside of the face',
      `SSIM ${cell(untouched.ssim, 4)} (plain re-encode ${cell(untouched.plainSsim, 4)}), PSNR ${cell(untouched.psnr, 1)} dB ` +
        `(plain re-encode ${cell(untouched.plainPsnr, 1)} dB)`,
    ],
    [
      'Invisible watermark',
      watermark.payload === null
        ? 'none found'
        : `${watermark.payload}; costs every pixel ${cell(watermark.loss, 4)} of SSIM before encoding; the plain re-encode ` +
          'carries the same one, so the loss above is that of the swap alone',
    ],
  );
  return definitions(rows);
}

function speed(report: QualityReport): string {
  const { steps } = report.facts;
  if (steps.length === 0) return '<p class="lead">Not recorded.</p>';
  const rows = steps.map(
    (step) =>
      `<tr><th scope="row">${escapeHtml(step.name)}</th><td class="value">${step.seconds.toFixed(1)} s</td><td class="value">` +
      `${step.frames > 0 && step.seconds > 0 ? (step.frames / step.seconds).toFixed(1) : '–'}</td></tr>`,
  );
  return (
    '<table><caption>What each step of the render took.</caption><thead><tr><th scope="col">Step</th>' +
    `<th scope="col">Time</th><th scope="col">Frames per second</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
  );
}

function label(report: QualityReport): string {
  const { consents, label: says } = report.facts;
  const people = consents.map(({ id, role, name }) => {
    const who = escapeHtml(name);
    const does = role === 'source' ? `${who} lends the face: record` : `${who} is replaced: record`;
    return `<li>${does} <code>${escapeHtml(id)}</code></li>`;
  });
  return [
    says.length > 0
      ? `<ul>${says.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`
      : '<p>The output carries no label that could be read.</p>',
    people.length > 0 ? `<p>Consent:</p><ul>${people.join('')}</ul>` : '',
  ].join('');
}

/** What only a video has: moments that stand out, and curves. */
function overTime(report: QualityReport, charts: readonly string[]): string {
  const line = (name: string): string =>
    `<svg viewBox="0 0 30 6" aria-hidden="true"><path class="${name}" d="M0 3H30"/></svg>`;
  return `<section aria-labelledby="worst"><h2 id="worst">Worst frames</h2>
${report.pictures.worst.length > 0 ? pictures(report.pictures.worst) : '<p class="lead">No frame stands out.</p>'}</section>
<section aria-labelledby="time"><h2 id="time">Over time</h2>
<div class="key"><span>${line('output')}output</span><span>${line('target')}original</span></div>
<div class="charts">${charts.join('\n')}</div></section>
`;
}

/** The whole page. */
export function pageOf(report: QualityReport): string {
  const { media, series, facts } = report;
  const charts = series
    .map((each) => ({ each, svg: chartOf(each, media.frameRate) }))
    .filter(({ svg }) => svg !== '')
    .map(({ each, svg }) => {
      const unit = each.unit === '' ? '' : ` (${each.unit})`;
      return `<figure>${svg}<figcaption>${escapeHtml(each.title + unit)}</figcaption></figure>`;
    });
  const moves = media.kind === 'video';
  const whose = `Person ${report.track} of ${basename(report.original)} (${media.width}×${media.height})`;
  const when = report.made.slice(0, 16).replace('T', ' ');
  const what = moves
    ? `${whose}, ${media.frames} frames at ${media.frameRate.toFixed(2)} per second. Measured ${when} UTC.`
    : `${whose}, a picture. Measured ${when} UTC.`;
  const settings = Object.entries(facts.settings).map(([name, value]) => [name, String(value)] as const);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="Likeness">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Quality report: ${escapeHtml(basename(report.output))}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Quality report: ${escapeHtml(basename(report.output))}</h1>
<p class="lead">${escapeHtml(what)}</p>
</header>
<main>
<section aria-labelledby="figures"><h2 id="figures">Figures</h2>
<div class="wide" role="region" aria-labelledby="figures" tabindex="0"><table><caption>Each figure beside the bar that it is held to.</caption>
<thead><tr><th scope="col">Figure</th><th scope="col">Value</th><th scope="col">Bar</th><th scope="col">Verdict</th><th scope="col">What it says</th></tr></thead>
<tbody>${figuresOf(report).map(figureRow).join('\n')}</tbody></table></div></section>
<section aria-labelledby="before-after"><h2 id="before-after">Before and after</h2>
${report.pictures.strip.length > 0 ? pictures(report.pictures.strip) : '<p class="lead">No pictures.</p>'}</section>
${moves ? overTime(report, charts) : ''}<section aria-labelledby="details"><h2 id="details">Behind the figures</h2>${details(report)}</section>
<section aria-labelledby="label"><h2 id="label">Label and consent</h2>${label(report)}</section>
<section aria-labelledby="speed"><h2 id="speed">Speed</h2>${speed(report)}</section>
<section aria-labelledby="settings"><h2 id="settings">Settings</h2>
${settings.length > 0 ? definitions(settings) : '<p class="lead">Not recorded.</p>'}</section>
</main>
</body>
</html>
`;
}
