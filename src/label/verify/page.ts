/**
 * A verification as one HTML file: no script, no outside file, the picture inlined. Everything that a label says is text
 * of others and is escaped. Follows light and dark, prints, and says nothing by colour alone.
 */
import { basename } from 'node:path';
import { actionWords } from '../words.js';
import type { FolderFinding } from './folder.js';
import type { ProvenanceNode } from './provenance.js';
import type { StatusFinding, VerifiedFile, VerifyReport } from './types.js';
import { VERDICT_TITLES } from './verdict-words.js';

const STYLE = `
:root{color-scheme:light dark;--ink:#1c1d21;--soft:#5d616b;--page:#fbfaf8;--card:#fff;--line:#dcdad5;--good:#1c6b33;--bad:#a8201a;--mid:#8a5a00}
@media (prefers-color-scheme:dark){:root{--ink:#ecebe8;--soft:#a9abb3;--page:#15161a;--card:#1e2026;--line:#3a3d46;--good:#7fd194;--bad:#ff8f86;--mid:#f0b955}}
*{box-sizing:border-box}
body{margin:0 auto;padding:2rem 1.25rem 4rem;max-width:62rem;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem;overflow-wrap:anywhere}h2{font-size:1.2rem;margin:2.2rem 0 .6rem}
p{margin:.4rem 0}.lead,.soft{color:var(--soft)}
.verdict{display:flex;flex-wrap:wrap;gap:1.2rem;margin-top:1.2rem;padding:1.1rem 1.2rem;background:var(--card);border:1px solid var(--line);border-left:6px solid var(--tone);border-radius:6px}
.verdict img{display:block;max-width:min(100%,22rem);max-height:16rem;border-radius:4px}.verdict>div{flex:1 1 20rem}
.verdict strong{display:block;font-size:1.25rem;color:var(--tone);margin-bottom:.3rem}
.good{--tone:var(--good)}.bad{--tone:var(--bad)}.mid{--tone:var(--mid)}.none{--tone:var(--soft)}.tone{color:var(--tone);font-weight:600;white-space:nowrap}
ul{padding-left:1.2rem;margin:.3rem 0}li{margin:.15rem 0;overflow-wrap:anywhere}
.tree,.tree ul{list-style:none;padding-left:0}.tree ul{margin-left:.7rem;padding-left:1.1rem;border-left:2px solid var(--line)}
.tree .node{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.6rem .8rem;margin:.5rem 0}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;background:var(--card)}
th,td{text-align:left;vertical-align:top;padding:.45rem .7rem;border-bottom:1px solid var(--line)}thead th{font-size:.85rem;color:var(--soft)}
code{font-size:.85em;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.2rem;margin:0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
td img{display:block;max-width:7rem;max-height:5rem;border-radius:3px}
@media (max-width:34rem){dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}}
@media print{body{max-width:none;padding:0;font-size:11pt;background:#fff;color:#000}h2,.node,tr{break-inside:avoid}}
`;

const safe = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const TONES = { intact: 'good', known: 'mid', marked: 'mid', broken: 'bad', none: 'none' } as const;
const SIGNS = { intact: '✓', known: '↺', marked: '?', broken: '✗', none: '–' } as const;

const tone = (report: VerifyReport): string => (report.withdrawn ? 'bad' : TONES[report.verdict]);

/** The verdict in a few words, with its sign. */
function headline(report: VerifyReport): string {
  const withdrawn = report.withdrawn ? '; consent no longer stands' : '';
  return `${report.withdrawn ? '!' : SIGNS[report.verdict]} ${VERDICT_TITLES[report.verdict]}${withdrawn}`;
}

const image = (jpeg: Uint8Array, alt: string): string =>
  `<img src="data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}" alt="${safe(alt)}">`;

function nodeOf(node: ProvenanceNode): string {
  const relation = { parentOf: 'It was made from', componentOf: 'It contains', inputTo: 'It was made with' };
  const says = relation[node.relationship as keyof typeof relation];
  const actions = node.actions.map(
    (a) =>
      `<li>${safe(actionWords(a.action, a.description))} <code>${safe(a.action)}</code>${a.sourceType === null ? '' : ` <span class="soft">${safe(a.sourceType)}</span>`}</li>`,
  );
  const failures = node.failures.map(
    (code) => `<li class="bad"><span class="tone">✗</span> <code>${safe(code)}</code></li>`,
  );
  const label = node.labelled
    ? `made by ${safe(node.madeBy ?? 'an unnamed program')}, signed by ${safe(node.signedBy ?? 'nobody named')}${node.when === null ? '' : `, ${safe(node.when)}`}`
    : 'carried no label';
  return (
    `<li><div class="node">${says === undefined ? '' : `<span class="soft">${says}</span> `}<strong>${safe(node.title)}</strong>` +
    `${node.format === null ? '' : ` <span class="soft">${safe(node.format)}</span>`}<br>${label}` +
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
    `<tr class="${style}"><td class="tone">${sign} ${name}</td><td><code>${safe(code)}</code></td>` +
    `<td>${safe(words)}${explanation === null ? '' : ` <span class="soft">${safe(explanation)}</span>`}</td></tr>`
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
    ['Trust list', signer === null ? null : (signer.list ?? 'none here knows the signer')],
    [
      'Time stamp',
      label.timestamp === null
        ? null
        : `${label.timestamp.time} by ${label.timestamp.authority} (${label.timestamp.trusted ? 'trusted' : 'on no list here'})`,
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
    .map(([term, text]) => `<dt>${term}</dt><dd>${safe(text)}</dd>`)
    .join('')}</dl>`;
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${safe(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

/** The sections of one file. */
function sections({ report, thumbnail }: VerifiedFile, level: 1 | 2): string {
  const [first = '', ...rest] = report.sentences;
  const tree = report.provenance ?? report.store?.provenance ?? null;
  const h = `h${level + 1}`;
  return `<section class="verdict ${tone(report)}" aria-label="Verdict">
${thumbnail === null ? '' : image(thumbnail, `A frame of ${basename(report.file)}`)}
<div><strong>${safe(headline(report))}</strong>
<ul>${(rest.length > 0 ? rest : [first]).map((line) => `<li>${safe(line)}</li>`).join('')}</ul></div></section>
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
  return page(
    `Verification: ${name}`,
    `<header><h1>${safe(name)}</h1><p class="lead">Verified ${safe(report.verifiedAt.slice(0, 16).replace('T', ' '))} UTC, on this machine alone; nothing was sent or fetched.</p></header>
<main>${sections(file, 1)}</main>`,
  );
}

/** The page of a folder: a table, then every file. */
export function folderPage(folder: string, findings: readonly FolderFinding[]): string {
  const rows = findings.map((f, i) => {
    if (f.error !== null)
      return `<tr class="bad"><td></td><td>${safe(f.name)}</td><td class="tone">✗ cannot be verified</td><td>${safe(f.error.message)}</td></tr>`;
    const { report, thumbnail } = f;
    const by = report.label.signedBy ?? report.store?.label?.signedBy ?? '';
    return (
      `<tr class="${tone(report)}"><td>${thumbnail === null ? '' : image(thumbnail, '')}</td><td><a href="#f${i}">${safe(f.name)}</a></td>` +
      `<td class="tone">${safe(headline(report))}</td><td>${safe(by)}</td></tr>`
    );
  });
  const each = findings.map((f, i) =>
    f.error === null ? `<article id="f${i}"><h2>${safe(f.name)}</h2>${sections(f, 2)}</article>` : '',
  );
  return page(
    `Verification: ${basename(folder)}`,
    `<header><h1>${safe(basename(folder))}</h1><p class="lead">${findings.length} files, verified on this machine alone.</p></header>
<main><div class="wide" role="region" aria-label="All files" tabindex="0"><table><thead><tr><th scope="col"></th><th scope="col">File</th><th scope="col">Verdict</th><th scope="col">Signed by</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
${each.join('\n')}</main>`,
  );
}
