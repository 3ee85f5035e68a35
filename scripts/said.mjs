// The sentences that the studio says, as templates: every text of several words in the rooms that its pages hear from, with
// {0}, {1} ... where something is filled in, and the texts of the table of laws. The pages translate by them
// (src/base/said/words). `node scripts/said.mjs [room ...]` lists them, with `--open` only what the translations lack.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
// The compiler of the pages: that of the rooms has no interface for programs.
const ts = createRequire(join(root, 'web', 'package.json'))('typescript');

/** Rooms whose words reach the pages, in errors, evidence, stages of jobs, remarks and answers; and the table of laws. */
export const ROOMS = [
  'base',
  'consent',
  'detect',
  'faces',
  'jobs',
  'label',
  'law',
  'media',
  'models',
  'server',
  'speech',
  'synth',
  'verdict',
  'law-data',
  'pages',
];

/** What has languages of its own, what makes documents, and what only those read who keep the machine of a studio. */
const APART = [
  /^consent\/(terms\/|page\.ts|capture\/words)/,
  /^label\/(visible\/words|verify\/page|report)\.?/,
  /^law\/(letters\/|places\.ts|render\.ts)/,
  /^verdict\/(page|lab\/page|lab\/card)\.ts/,
  /^synth\/report\/page\.ts/,
  /^faces\/track\/sheet\.ts/,
  /^base\/html\.ts/,
  /^server\/(backup\/|tables|start\.ts|static|log\.ts|services\/metrics)/,
  /^jobs\/tables\.ts/,
];

/** Rooms that are a list of files: pages that are reports, of which the text between tags counts, single words too. */
const PAGES = ['label/verify/page.ts', 'synth/report/page.ts', 'verdict/lab/page.ts', 'verdict/page.ts'];

/** More spellings of one template than this are not told apart. */
const MOST_VARIANTS = 12;

/** The texts that an expression may be, with `{}` where something is filled in; null where it is no text. */
function variantsOf(node) {
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return variantsOf(node.expression);
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
  if (ts.isConditionalExpression(node)) {
    const [yes, no] = [variantsOf(node.whenTrue), variantsOf(node.whenFalse)];
    return yes === null && no === null ? null : [...(yes ?? ['{}']), ...(no ?? ['{}'])];
  }
  if (ts.isTemplateExpression(node)) {
    let made = [node.head.text];
    for (const span of node.templateSpans) {
      const inner = variantsOf(span.expression) ?? ['{}'];
      const chosen = made.length * inner.length > MOST_VARIANTS ? ['{}'] : inner;
      made = made.flatMap((start) => chosen.map((each) => `${start}${each}${span.literal.text}`));
    }
    return made;
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [variantsOf(node.left), variantsOf(node.right)];
    if (left === null && right === null) return null;
    const made = (left ?? ['{}']).flatMap((start) => (right ?? ['{}']).map((end) => start + end));
    return made.length > MOST_VARIANTS ? null : made;
  }
  return null;
}

const WORDS = /^an? [A-Za-z]|[A-Za-z]{2,}['’]?[,;:]? [A-Za-z({]|\}[,;:)]* [A-Za-z]{2,}|[a-z]:? [({"]*\{/;
const CODE = [
  /\n|\$\d|^https?:|^-|; charset=|; Max-Age=|^(default-src|attachment;) |^bytes \{/,
  /<\/?(a|circle|code|d[dlt]|defs|div|fig\w+|g|h\d|html|img|li|line|p|path|rect|section|span|strong|style|svg|t[dhr]|table|text|title|ul)\b[^>]*>?/,
  /\b(SELECT|FROM|WHERE|LIMIT|ORDER BY|INSERT|UPDATE|DELETE|VALUES|NULL|SET|AND [a-z_]+\.|AS "|interval '|coalesce\()/,
  /^\s*(desc limit|join|on conflict|order by|select|values) /,
];

/** A template with its places numbered. */
function numbered(template) {
  let at = 0;
  return template.replace(/\{\}/g, () => `{${at++}}`);
}

/** Whether what is written here is for developers: errors that are bugs, descriptions of the interface, the log. */
function forDevelopers(node) {
  for (let at = node; at !== undefined && !ts.isStatement(at) && !ts.isClassElement(at); at = at.parent) {
    if (ts.isNewExpression(at) && /^(Error|TypeError|RangeError)$/.test(at.expression.getText())) return true;
    if (
      ts.isCallExpression(at) &&
      /(^|\.)(describe|openapi|log|debug|info|warn|json|bytes|protocol|stream)$/.test(at.expression.getText())
    )
      return true;
    if (ts.isPropertyAssignment(at) && /^(description|summary)$/.test(at.name.getText()))
      if (/[\\/]server[\\/]/.test(node.getSourceFile().fileName)) return true;
  }
  return false;
}

const isText = (node) =>
  ts.isStringLiteral(node) ||
  ts.isNoSubstitutionTemplateLiteral(node) ||
  ts.isTemplateExpression(node) ||
  ts.isBinaryExpression(node);

/** What is no text itself, in a text that was spelt out: its own texts are looked for. */
function visitRest(node, visit) {
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) visitRest(node.expression, visit);
  else if (ts.isConditionalExpression(node)) for (const side of [node.whenTrue, node.whenFalse]) visitRest(side, visit);
  else if (ts.isTemplateExpression(node) || ts.isBinaryExpression(node)) visitPlaces(node, visit);
  else if (!ts.isStringLiteral(node) && !ts.isNoSubstitutionTemplateLiteral(node)) visit(node);
}

/** What a template is made of may hold sentences, too, unless they were spelt out in its variants. */
function visitPlaces(node, visit) {
  if (ts.isTemplateExpression(node)) {
    let count = 1;
    for (const { expression } of node.templateSpans) {
      const inner = variantsOf(expression);
      const isSpelt = inner !== null && count * inner.length <= MOST_VARIANTS;
      if (isSpelt) {
        count *= inner.length;
        if (!isText(expression) || ts.isTemplateExpression(expression)) visitRest(expression, visit);
      } else visit(expression);
    }
  }
  if (ts.isBinaryExpression(node)) for (const side of [node.left, node.right]) visitRest(side, visit);
}

/** Calls `tell` with every template of a source file and where it stands. */
function readSource(path, tell) {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    const variants = isText(node) ? variantsOf(node) : null;
    if (variants === null) {
      ts.forEachChild(node, visit);
      return;
    }
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    for (const template of variants.map(numbered))
      if (WORDS.test(template) && !CODE.some((each) => each.test(template)) && !forDevelopers(node))
        tell(template, line);
    visitPlaces(node, visit);
  };
  visit(source);
}

/** Texts of a page: between its tags, and what is read aloud of its pictures. */
function readPage(path, tell) {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) return;
    const variants = isText(node) ? variantsOf(node) : null;
    for (const variant of variants ?? []) {
      // Styles, and model cards in Markdown.
      if (/[{;]\s*\n?[.@:*]|^\n|^(# |- )/.test(variant)) continue;
      const spoken = [...variant.matchAll(/(?:alt|aria-label)="([^"]*)"/g)].map(([, text]) => text);
      for (const piece of [...variant.split(/<[^>]*>|<[^>]*$|^[^<]*">/), ...spoken]) {
        const text = piece.trim();
        const isWord = /^[A-Z][a-z]{2,}$/.test(text);
        if ((isWord || WORDS.test(text)) && !/[<>]|="/.test(text)) tell(numbered(text), 1);
      }
    }
    if (variants === null) ts.forEachChild(node, visit);
    else visitPlaces(node, visit);
  };
  visit(source);
}

/** Texts of the table of laws; names of laws, articles and sources stay as they are. */
function readLaw(path, tell) {
  const { rows } = JSON.parse(readFileSync(path, 'utf8'));
  const said = (text) => text !== undefined && tell(text, 1);
  for (const row of rows ?? []) {
    said(row.what);
    said(row.note);
    for (const each of row.transitional ?? []) said(each.label);
    for (const rule of row.rules) {
      for (const text of [rule.text, rule.penalty, rule.where]) said(text);
      for (const each of rule.unless ?? []) said(each.label);
    }
  }
}

/** Every template of the rooms, each with the places where it is written. */
export function saidIn(rooms = ROOMS) {
  const said = new Map();
  for (const room of rooms) {
    if (room === 'pages') {
      for (const name of PAGES)
        readPage(join(root, 'src', name), (template) =>
          said.set(template, [...(said.get(template) ?? []), `${name}:1`]),
        );
      continue;
    }
    const folder = room === 'law-data' ? join(root, 'src/law/data') : join(root, 'src', room);
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const name = relative(join(root, 'src'), path).split(sep).join('/');
      if (!entry.isFile() || APART.some((each) => each.test(name))) continue;
      const tell = (template, line) => said.set(template, [...(said.get(template) ?? []), `${name}:${line}`]);
      if (room === 'law-data') readLaw(path, tell);
      else if (name.endsWith('.ts')) readSource(path, tell);
    }
  }
  return said;
}

/** What a JSON file beside the translations holds; nothing where it is missing. */
export function translationFile(name) {
  const path = join(root, 'src/base/said/words', name);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

/** The places of a template, sorted; `{0~}` is the place 0, whose own words are translated as well. */
const placesOf = (text) =>
  (text.match(/\{\d+~?\}/g) ?? [])
    .map((each) => each.replace('~', ''))
    .sort()
    .join();

/** What is wrong with the translations of a room into a language, one line each. */
export function openIn(room, language) {
  const said = saidIn([room]);
  const never = translationFile('never.json');
  const words = translationFile(`${language}/${room}.json`);
  const open = [];
  for (const [template, [place]] of said)
    if (!(template in words) && !(never[room] ?? []).includes(template)) open.push(`missing\t${place}\t${template}`);
  for (const [template, text] of Object.entries(words)) {
    if (!said.has(template) && /\s/.test(template)) open.push(`not said\t-\t${template}`);
    if (text === '' || placesOf(text) !== placesOf(template)) open.push(`places differ\t-\t${template}`);
  }
  return open;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2).filter((each) => !each.startsWith('--'));
  const rooms = names.length > 0 ? names : ROOMS;
  if (process.argv.includes('--open'))
    for (const room of rooms)
      for (const language of ['de', 'es'])
        for (const line of openIn(room, language)) console.log(`${language}\t${room}\t${line}`);
  else for (const [template, [place]] of saidIn(rooms)) console.log(`${place}\t${template}`);
}
