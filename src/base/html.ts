/**
 * Reports as one HTML file: no script, no outside file, pictures inlined. Follows light and dark, prints, and works on a
 * phone. Whatever comes from files goes through {@link escapeHtml}.
 */

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

/** Text made safe for HTML and SVG, in content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A JPEG as an `img` element that needs no other file. */
export function inlineJpeg(jpeg: Uint8Array, alt: string): string {
  return `<img src="data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}" alt="${escapeHtml(alt)}">`;
}

/**
 * A whole page in the style of the house. Classes: `verdict` with `good`, `bad`, `mid` or `none`; `tone`, `soft`, `lead`,
 * `tree`, `wide` for tables that scroll by themselves.
 *
 * @param body HTML, escaped by the caller
 * @param style further CSS
 */
export function htmlPage(title: string, body: string, style = ''): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="Likeness">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
