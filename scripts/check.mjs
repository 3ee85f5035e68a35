// The checks of the house: types (of the pages too), style, room borders, docstrings, file sizes, model cards. One line per step, then
// what is wrong as file:line. `npm run check -- borders docs` runs only the named steps.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBorders, checkDocstrings } from './check-source.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name, file) => join(root, 'node_modules', name, file);
const MAX_BYTES = 20 * 1024;

/** Runs a Node program; its output, line by line, is the list of problems when it fails. */
function program(file, ...args) {
  const cwd = typeof args.at(-1) === 'string' ? root : args.pop().cwd;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.stderr.on('data', (chunk) => {
      text += chunk;
    });
    child.on('exit', (code) => resolve(code === 0 ? [] : text.trimEnd().split('\n')));
  });
}

/** Files of the named folders with one of the endings, relative to the root, with forward slashes. */
function files(folders, endings) {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
        .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/')),
    )
    .sort();
}

const read = (file) => readFileSync(join(root, file), 'utf8');

function sizes() {
  return files(['src', 'test', 'bench', 'training', 'scripts', 'bin', 'web/src'], ['.ts', '.mjs', '.js', '.svelte'])
    .map((file) => ({ file, bytes: statSync(join(root, file)).size }))
    .filter(({ bytes }) => bytes > MAX_BYTES)
    .map(({ file, bytes }) => `${file}:1 holds ${bytes} bytes; ${MAX_BYTES} is the most. Split it.`);
}

function cards() {
  const cardOf = (file) => file.replace(/\.\w+$/, '.json');
  const missing = files(['models'], ['.onnx', '.bin'])
    .filter((file) => !existsSync(join(root, cardOf(file))))
    .map((file) => `${file}:1 has no card ${cardOf(file)}`);
  const orphans = files(['models'], ['.json'])
    .filter((file) => 'inputs' in JSON.parse(read(file)) && !existsSync(join(root, file.replace(/\.json$/, '.onnx'))))
    .map((file) => `${file}:1 is the card of a net that is not there`);
  return [...missing, ...orphans];
}

const steps = {
  types: () => program(bin('typescript', 'lib/tsc.js'), '-p', root),
  lint: () =>
    program(
      bin('@biomejs/biome', 'bin/biome'),
      'check',
      '--error-on-warnings',
      '--colors=off',
      '--max-diagnostics=40',
      '--reporter=concise',
    ),
  web: async () => [
    ...(await program(join(root, 'web', 'node_modules', '@sveltejs', 'kit', 'svelte-kit.js'), 'sync', {
      cwd: join(root, 'web'),
    })),
    ...(await program(
      join(root, 'web', 'node_modules', 'svelte-check', 'bin', 'svelte-check'),
      '--tsconfig',
      'tsconfig.json',
      '--fail-on-warnings',
      '--output',
      'machine',
      { cwd: join(root, 'web') },
    )),
  ],
  borders: () => files(['src'], ['.ts']).flatMap((file) => checkBorders(file, read(file))),
  docs: () => files(['src'], ['.ts']).flatMap((file) => checkDocstrings(file, read(file))),
  sizes,
  cards,
};

const wanted = process.argv.slice(2);
let bad = 0;
for (const [name, step] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const started = performance.now();
  const problems = await step();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${name.padEnd(8)} ${problems.length === 0 ? 'ok' : 'FAILED'} (${seconds} s)`);
  for (const problem of problems) console.log(`  ${problem}`);
  if (problems.length > 0) bad++;
}
process.exitCode = bad > 0 ? 1 : 0;
