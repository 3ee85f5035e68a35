/** A check as one HTML file: verdict, people, evidence with heat maps and timelines, and what would change the answer. */
import { basename } from 'node:path';
import { escapeHtml, htmlPage, inlineJpeg } from '../base/index.js';
import type { CheckedFile } from './check.js';
import type { FolderCheck } from './folder.js';
import type { ReportPicture } from './pictures.js';
import { timeline } from './timeline.js';
import type { CheckReport, Evidence, VerdictLabel } from './types.js';

const STYLE = `
.cue{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--tone,var(--line));border-radius:6px;padding:.8rem 1rem;margin:.8rem 0;display:flex;flex-wrap:wrap;gap:1rem}
.cue>div{flex:1 1 22rem}.cue h3{margin:0 0 .2rem;font-size:1.02rem}.cue img{display:block;max-width:min(100%,20rem);max-height:20rem;border-radius:4px}
.badge{display:inline-block;border:1px solid currentColor;border-radius:1rem;padding:0 .6rem;font-size:.85rem;color:var(--tone)}
svg{display:block;width:100%;height:auto;margin-top:.5rem}.axis{stroke:var(--line)}.band{fill:var(--tone,var(--soft));opacity:.3}.line{fill:none;stroke:var(--ink);stroke-width:1.5}text{fill:var(--soft);font:11px system-ui,sans-serif}
`;

const TONES: Readonly<Record<VerdictLabel, string>> = { synthetic: 'bad', authentic: 'good', inconclusive: 'mid' };
const SIGNS: Readonly<Record<VerdictLabel, string>> = { synthetic: '✗', authentic: '✓', inconclusive: '?' };

const list = (items: readonly string[]): string =>
  items.length === 0 ? '' : `<ul>${items.map((i) => `<li>${escapeHtml(i)}</li>`).join('')}</ul>`;

function toneOf(e: Evidence): string {
  return e.speaksFor === 'synthetic' ? 'bad' : e.speaksFor === 'authentic' ? 'good' : 'none';
}

function badgeOf(e: Evidence): string {
  if (e.role === 'context') return 'context, not weighed';
  if (e.strength === 'certain') return `${e.speaksFor}: known, not weighed`;
  if (e.logLikelihoodRatio === null) return 'not weighed';
  return e.speaksFor === 'neither' ? 'says little either way' : `${e.strength} evidence for ${e.speaksFor}`;
}

function cue(e: Evidence, picture: ReportPicture | undefined, report: CheckReport): string {
  // Each by itself, so that each is translated by itself.
  const facts = Object.entries(e.facts).map(
    ([name, value]) => `<span>${escapeHtml(name)}</span>: <span>${escapeHtml(String(value))}</span>`,
  );
  const where = [e.person === null ? '' : `Person ${e.person}.`, e.time > 0 ? `Shown at ${e.time.toFixed(1)} s.` : ''];
  const rate = e.errorRate === null ? '' : `<p class="soft">How often it errs: ${escapeHtml(e.errorRate.words)}.</p>`;
  const limits =
    e.limits.length === 0 ? '' : `<p class="soft">Weaker here because: ${escapeHtml(e.limits.join(' '))}</p>`;
  return `<article class="cue ${toneOf(e)}">${picture === undefined ? '' : inlineJpeg(picture.jpeg, picture.alt)}
<div><h3>${escapeHtml(e.title)}</h3><span class="badge">${escapeHtml(badgeOf(e))}</span>
<p>${escapeHtml([e.claim, ...where].filter((w) => w !== '').join(' '))}</p>${rate}${limits}
${facts.length === 0 ? '' : `<p class="soft">${facts.join('; ')}</p>`}${timeline(e, report.duration)}</div></article>`;
}

/** The sections of one file, with headings from `level` on. */
function sections({ report, pictures }: CheckedFile, level: 1 | 2): string {
  const { verdict } = report;
  const h = `h${level + 1}`;
  const first = pictures.find((p) => p.evidence === null);
  const cues = report.evidence.map((e, i) => ({ e, picture: pictures.find((p) => p.evidence === i) }));
  const shown = (context: boolean): string =>
    cues
      .filter(({ e }) => (e.role === 'context') === context)
      .map(({ e, picture }) => cue(e, picture, report))
      .join('\n');
  const silent = report.silent.map((s) => `${s.title}: ${s.why}`);
  const copies =
    report.copies.map((c) => `${c.level}: ${c.label}`).join(', ') ||
    'not tried: no weighed verdict had to survive them';
  const context = shown(true);
  const facts: readonly (readonly [string, string])[] = [
    ['File', `${basename(report.file)}, ${report.container}, ${report.bytes} bytes`],
    ['SHA-256', report.sha256],
    ['Size', report.size === null ? 'sound only' : `${report.size.width} x ${report.size.height}`],
    ...(report.duration > 0 ? [['Length', `${report.duration.toFixed(2)} s`] as const] : []),
    ['People', report.people.map((p) => `${p.id} (face ${p.width} px wide)`).join(', ') || 'nobody found'],
    ['On re-encoded copies', copies],
    ['Checked', `${report.checkedAt.slice(0, 16).replace('T', ' ')} UTC, in ${report.seconds.toFixed(1)} s`],
  ];
  return `<section class="verdict ${TONES[verdict.label]}" aria-label="Verdict">
${first === undefined ? '' : inlineJpeg(first.jpeg, first.alt)}
<div><strong>${SIGNS[verdict.label]} ${escapeHtml(verdict.headline)}</strong>${list(verdict.reasons)}
${verdict.wouldChange.length === 0 ? '' : `<p>What would change this answer:</p>${list(verdict.wouldChange)}`}</div></section>
<${h}>Evidence</${h}>${shown(false) || '<p class="soft">No detector found anything to weigh.</p>'}
${silent.length === 0 ? '' : `<${h}>Said nothing</${h}>${list(silent)}`}
${context === '' ? '' : `<${h}>History of the file</${h}><p class="soft">Shown as context. It never moves the verdict: honest files are edited and sent around too.</p>${context}`}
<${h}>Facts</${h}><dl>${facts.map(([term, text]) => `<dt>${term}</dt><dd>${escapeHtml(text)}</dd>`).join('')}</dl>`;
}

const CAVEAT =
  'Checked on this machine alone; nothing was sent or fetched. A check is evidence, not proof: decide with what else is known.';

/** The page of one file. */
export function checkPage(file: CheckedFile): string {
  const name = basename(file.report.file);
  return htmlPage(
    `Check: ${name}`,
    `<header><h1>${escapeHtml(name)}</h1><p class="lead">${CAVEAT}</p></header>\n<main>${sections(file, 1)}</main>`,
    STYLE,
  );
}

/** The page of a folder: a table, then every file. */
export function checkFolderPage(folder: string, checks: readonly FolderCheck[]): string {
  const rows = checks.map((c, i) => {
    if (c.error !== null)
      return `<tr class="none"><td></td><td>${escapeHtml(c.name)}</td><td class="tone">cannot be checked</td><td>${escapeHtml(c.error.message)}</td></tr>`;
    const { verdict } = c.report;
    const first = c.pictures.find((p) => p.evidence === null);
    return `<tr class="${TONES[verdict.label]}"><td>${first === undefined ? '' : inlineJpeg(first.jpeg, '')}</td><td><a href="#f${i}">${escapeHtml(c.name)}</a></td><td class="tone">${SIGNS[verdict.label]} ${verdict.label}</td><td>${escapeHtml([verdict.headline, ...verdict.reasons].join(' '))}</td></tr>`;
  });
  const each = checks.map((c, i) =>
    c.error === null ? `<article id="f${i}"><h2>${escapeHtml(c.name)}</h2>${sections(c, 2)}</article>` : '',
  );
  return htmlPage(
    `Check: ${basename(folder)}`,
    `<header><h1>${escapeHtml(basename(folder))}</h1><p class="lead">Files: <span>${checks.length}</span>. <span>${CAVEAT}</span></p></header>
<main><div class="wide" role="region" aria-label="All files" tabindex="0"><table><thead><tr><th scope="col"></th><th scope="col">File</th><th scope="col">Verdict</th><th scope="col">Why</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
${each.join('\n')}</main>`,
    STYLE,
  );
}
