// What the house asks of its sources beyond types and lint: who may import whom, and a docstring on all that is
// exported. Both read the text line by line; neither needs a compiler.

/** The rooms from the ground up: each imports only rooms that stand before it. */
export const ROOMS = [
  'base',
  'media',
  'models',
  'tensor',
  'actors',
  'faces',
  'speech',
  'law',
  'consent',
  'label',
  'synth',
  'detect',
  'verdict',
  'jobs',
  'server',
  'cli',
];

/** Which rooms may use a package. What is not listed here may be used by none. */
const PACKAGES = {
  mediabunny: ['media'],
  'node-av': ['media'],
  sharp: ['media'],
  'onnxruntime-node': ['models', 'tensor'],
  '@contentauth/c2pa-wasm': ['label'],
  '@peculiar/x509': ['label', 'consent'],
  '@peculiar/asn1-cms': ['label'],
  '@peculiar/asn1-schema': ['label'],
  '@peculiar/asn1-tsp': ['label'],
  '@peculiar/asn1-x509': ['label'],
  'reflect-metadata': ['label', 'consent'],
  multiformats: ['label', 'consent'],
  canonicalize: ['consent', 'label'],
  'lean-qr': ['consent'],
  hono: ['server'],
  '@hono/zod-openapi': ['server'],
  '@hono/node-server': ['server'],
  'better-auth': ['server'],
  kysely: ['server'],
  '@tus/server': ['server'],
  '@tus/file-store': ['server'],
  aws4fetch: ['jobs'],
  'openid-client': ['server'],
  'pg-boss': ['jobs'],
  pg: ['jobs'],
  '@electric-sql/pglite': ['jobs'],
  commander: ['cli'],
  zod: ROOMS,
};

/** `import ... from 'x'`, `} from 'x'`, `import 'x'` at the start of a line, and `import('x')` anywhere. */
const IMPORTS = [
  /^\s*(?:(?:import|export)\b[^'"]*?\bfrom|\}[^'"]*?\bfrom|import)\s*(['"])([^'"\n]+)\1/g,
  /\bimport\(\s*(['"])([^'"\n]+)\1/g,
];

/** Resolves `../x/index.js` as seen from `file`; both are paths inside the repository with forward slashes. */
function resolve(file, specifier) {
  const parts = file.split('/').slice(0, -1);
  for (const part of specifier.split('/'))
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  return parts.join('/');
}

/** The room of a path, or null for `src/index.ts` and everything outside of src. */
const roomOf = (path) => /^src\/([^/]+)\//.exec(path)?.[1] ?? null;

const packageOf = (specifier) => /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[0] ?? specifier;

/** What is wrong with one import, or null. */
function importProblem(file, room, specifier) {
  if (specifier.startsWith('node:')) return null;
  if (!specifier.startsWith('.')) {
    const allowed = PACKAGES[packageOf(specifier)];
    if (allowed === undefined) return `${specifier} is a package that no room may import (scripts/check-source.mjs)`;
    return room !== null && allowed.includes(room)
      ? null
      : `${specifier} may be imported only by ${allowed.join(', ')}`;
  }
  if (!specifier.endsWith('.js')) return `${specifier} must end in .js`;
  const target = resolve(file, specifier);
  const other = roomOf(target);
  if (!target.startsWith('src/')) return `${specifier} leads out of src`;
  if (other === room) return null;
  if (other === null) return `${specifier} is the door for users of the package; rooms import rooms`;
  if (!ROOMS.includes(other)) return `${other} is not a room (scripts/check-source.mjs)`;
  if (room !== null && ROOMS.indexOf(other) > ROOMS.indexOf(room)) return `${room} stands below ${other}: ${specifier}`;
  return target.endsWith('/index.js') ? null : `${specifier} reaches into ${other}; import its index.js`;
}

/** Imports of a source file that cross a border, as `file:line what`. */
export function checkBorders(file, text) {
  const room = roomOf(file);
  if (room !== null && !ROOMS.includes(room)) return [`${file}:1 ${room} is not a room (scripts/check-source.mjs)`];
  const problems = [];
  text.split('\n').forEach((line, at) => {
    if (/^\s*(\*|\/\/|\/\*)/.test(line)) return;
    for (const match of IMPORTS.flatMap((pattern) => [...line.matchAll(pattern)])) {
      const problem = importProblem(file, room, match[2]);
      if (problem !== null) problems.push(`${file}:${at + 1} ${problem}`);
    }
  });
  return problems;
}

const EXPORT =
  /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type) +(\w+)/;

const CONSTANT = /^export const (\w+) = .*;$/;

/** Exported symbols of a source file without a docstring, as `file:line what`. */
export function checkDocstrings(file, text) {
  const lines = text.split('\n');
  const documented = new Set();
  const problems = [];
  lines.forEach((line, at) => {
    const name = EXPORT.exec(line)?.[1];
    if (name === undefined) return;
    let above = at - 1;
    while (above >= 0 && /^\s*\/\/ (?:biome|@ts)-/.test(lines[above])) above--;
    if (above >= 0 && lines[above].trimEnd().endsWith('*/')) {
      let start = above;
      while (start > 0 && !lines[start].includes('/*')) start--;
      if (lines[start].includes('/**')) documented.add(name);
    }
    // One docstring may stand over a run of one-line constants; an overloaded function shares the words of the first.
    const before = CONSTANT.exec(lines[at - 1] ?? '')?.[1];
    if (before !== undefined && CONSTANT.test(line) && documented.has(before)) documented.add(name);
    if (!documented.has(name)) problems.push(`${file}:${at + 1} ${name} is exported without a docstring`);
  });
  return problems;
}
