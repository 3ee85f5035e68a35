/**
 * A verification as one HTML file: no script, no outside file, the picture inlined. Everything that a label says is text
 * of others and is escaped. Follows light and dark, prints, and says nothing by colour alone.
 */
import { basename } from 'node:path';
import { escapeHtml, htmlPage, inlineJpeg } from '../../base/index.js';
import { actionWords } from '../words.js';
import type { FolderFinding } from './folder.js';
import type { ProvenanceNode } from './provenance.js';
import type { StatusFinding, VerifiedFile, VerifyReport } from './types.js';
import { VERDICT_TITLES } from './verdict-words.js';

const TONES = { intact: 'good', known: 'mid', marked: 'mid', broken: 'bad', none: 'none' } as const;
const SIGNS = { intact: '✓', known: '↺', marked: '?', broken: '✗', none: '–' } as const;

const tone = (report: VerifyReport): string => (report.withdrawn ? 'bad' : TONES[report.verdict]);

/** The verdict in a few words, with its sign. */
function headline(report: VerifyReport): string {
  const withdrawn = report.withdrawn ? '; consent no longer stands' : '';
  return `${report.withdrawn ? '!' : SIGNS[report.verdict]} ${VERDICT_TITLES[report.verdict]}${withdrawn}`;
}

function nodeOf(node: ProvenanceNode): string {
  const relation = { parentOf: 'It was made from', componentOf: 'It contains', inputTo: 'It was made with' };
  const says = relation[node.relationship as keyof typeof relation];
  const actions = node.actions.map(
    (a) =>
      `<li>${escapeHtml(actionWords(a.action, a.description))} <code>${escapeHtml(a.action)}</code>${a.sourceType === null ? '' : ` <span class="soft">${escapeHtml(a.sourceType)}</span>`}</li>`,
  );
  const failures = node.failures.map(
    (code) => `<li class="bad"><span class="tone">✗</span> <code>${escapeHtml(code)}</code></li>`,
  );
  const label = node.labelled
    ? `made by ${escapeHtml(node.madeBy ?? 'an unnamed program')}, signed by ${escapeHtml(node.signedBy ?? 'nobody named')}${node.when === null ? '' : `, ${escapeHtml(node.when)}`}`
    : 'carried no label';
  return (
    `<li><div class="node">${says === undefined ? '' : `<span class="soft">${says}</span> `}<strong>${escapeHtml(node.title)}</strong>` +
    `${node.format === null ? '' : ` <span class="soft">${escapeHtml(node.format)}</span>`}<br>${label}` +
    `${actions.length > 0 ? `<ul>${actions.join('')}</ul>` : ''}${failures.length > 0 ? `<ul>${failures.join('')}</ul>` : ''}</div>` +
    `${node.parents.length > 0 ? `<ul>${node.parents.map(nodeOf).join('')}</ul>` : ''}</li>`
  );
}

function statusRow({ kind, code, words, explanation }: StatusFinding): string {
  const [style, sign, name] = {
    failure: ['bad', '✗', 'fails'],
    parent: ['mid', '!', 'of a parent'],
    informational: ['none', 'i', 'remark'],
    success: ['good', '✓', 'holds'],
  }[kind] as [string, string, string];
  return (
    `<tr class="${style}"><td class="tone">${sign} ${name}</td><td><code>${escapeHtml(code)}</code></td>` +
    `<td>${escapeHtml(words)}${explanation === null ? '' : ` <span class="soft">${escapeHtml(explanation)}</span>`}</td></tr>`
  );
}

function facts(report: VerifyReport): string {
  const { label, watermark, store } = report;
  const { signer } = label;
  const rows: (readonly [string, string | null | undefined])[] = [
    ['File', `${basename(report.file)}, ${report.container}, ${report.bytes} bytes`],
    ['SHA-256', report.sha256],
    ['Signer', signer === null ? label.signedBy : `${signer.name}, certificate by ${signer.issuer}`],
    [
      'Certificate',
      signer === null ? null : `valid ${signer.validFrom} to ${signer.validTo}, SHA-256 ${signer.fingerprint}`,
    ],
    ['Trust list', signer === null ? null : (signer.listTitle ?? signer.list ?? 'none here knows the signer')],
    [
      'Time stamp',
      label.timestamp === null
        ? null
        : `${label.timestamp.time} by ${label.timestamp.authority} (${label.timestamp.listTitle ?? label.timestamp.list ?? 'on no list here'})`,
    ],
    [
      'Watermark',
      watermark === null
        ? 'none found'
        : `${watermark.payload}, by chance once in 10^${Math.floor(-watermark.chance)} pictures, size ${watermark.scale.toFixed(2)}, turned ${watermark.rotation.toFixed(1)}°${watermark.mirrored ? ', mirrored' : ''}`,
    ],
    [
      'Manifest store',
      store === null
        ? 'does not know it'
        : `${store.title}, found by ${store.by}${store.confirmed ? '' : ', not confirmed'}`,
    ],
  ];
  return `<dl>${rows
    .filter((row): row is readonly [string, string] => row[1] !== null && row[1] !== undefined)
    .map(([term, text]) => `<dt>${term}</dt><dd>${escapeHtml(text)}</dd>`)
    .join('')}</dl>`;
}

/** The sections of one file. */
function sections({ report, thumbnail }: VerifiedFile, level: 1 | 2): string {
  const [first = '', ...rest] = report.sentences;
  const tree = report.provenance ?? report.store?.provenance ?? null;
  const h = `h${level + 1}`;
  return `<section class="verdict ${tone(report)}" aria-label="Verdict">
${thumbnail === null ? '' : inlineJpeg(thumbnail, `A frame of ${basename(report.file)}`)}
<div><strong>${escapeHtml(headline(report))}</strong>
<ul>${(rest.length > 0 ? rest : [first]).map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul></div></section>
${tree === null ? '' : `<${h}>From what it was made</${h}><ul class="tree">${nodeOf(tree)}</ul>`}
<${h}>Facts</${h}>${facts(report)}
${
  report.statuses.length === 0
    ? ''
    : `<${h}>Status codes</${h}><div class="wide" role="region" aria-label="Status codes" tabindex="0"><table><thead><tr><th scope="col"></th><th scope="col">Code</th><th scope="col">In words</th></tr></thead><tbody>${report.statuses.map(statusRow).join('')}</tbody></table></div>`
}`;
}

/** The page of one file. */
export function verifyPage(file: VerifiedFile): string {
  const { report } = file;
  const name = basename(report.file);
  return htmlPage(
    `Verification: ${name}`,
    `<header><h1>${escapeHtml(name)}</h1><p class="lead">Verified ${escapeHtml(report.verifiedAt.slice(0, 16).replace('T', ' '))} UTC, on this machine alone; nothing was sent or fetched.</p></header>
<main>${sections(file, 1)}</main>`,
  );
}

/** The page of a folder: a table, then every file. */
export function folderPage(folder: string, findings: readonly FolderFinding[]): string {
  const rows = findings.map((f, i) => {
    if (f.error !== null)
      return `<tr class="bad"><td></td><td>${escapeHtml(f.name)}</td><td class="tone">✗ cannot be verified</td><td>${escapeHtml(f.error.message)}</td></tr>`;
    const { report, thumbnail } = f;
    const by = report.label.signedBy ?? report.store?.label?.signedBy ?? '';
    return (
      `<tr class="${tone(report)}"><td>${thumbnail === null ? '' : inlineJpeg(thumbnail, '')}</td><td><a href="#f${i}">${escapeHtml(f.name)}</a></td>` +
      `<td class="tone">${escapeHtml(headline(report))}</td><td>${escapeHtml(by)}</td></tr>`
    );
  });
  const each = findings.map((f, i) =>
    f.error === null ? `<article id="f${i}"><h2>${escapeHtml(f.name)}</h2>${sections(f, 2)}</article>` : '',
  );
  return htmlPage(
    `Verification: ${basename(folder)}`,
    `<header><h1>${escapeHtml(basename(folder))}</h1><p class="lead">${findings.length} files, verified on this machine alone.</p></header>
<main><div class="wide" role="region" aria-label="All files" tabindex="0"><table><thead><tr><th scope="col"></th><th scope="col">File</th><th scope="col">Verdict</th><th scope="col">Signed by</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
${each.join('\n')}</main>`,
  );
}
