// Builds the pages of the studio, web/build, when a source changed since the last build. What SvelteKit writes inline is
// moved into a file, so that the pages run under a policy that allows no inline script. The build is made in a folder of
// its own and renamed: whole or not at all.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const web = fileURLToPath(new URL('../web/', import.meta.url));
const target = join(web, 'build');
const stamp = join(target, 'sources.sha256');
const lock = join(web, '.build.lock');
const SOURCES = [
  'src',
  'static',
  'svelte.config.js',
  'vite.config.ts',
  'package.json',
  '../package-lock.json',
  // What the studio says in other languages.
  '../src/base/said',
  // What the page of a live capture takes from the house: two nets, and the tables that go with them.
  '../models/blazeface.onnx',
  '../models/facemesh.onnx',
  '../src/faces/engine/attention.ts',
  '../src/faces/geometry/canonical-points.ts',
  '../src/faces/geometry/indices.ts',
  '../src/faces/geometry/pose.ts',
];

/** The hash of everything the pages are built from: names and contents, in a fixed order. */
function fingerprint() {
  const hash = createHash('sha256');
  const take = (path) => {
    hash.update(relative(web, path).split(sep).join('/'));
    hash.update(readFileSync(path));
  };
  for (const source of SOURCES) {
    const path = join(web, source);
    if (!existsSync(path)) continue;
    if (/\.\w+$/.test(source)) take(path);
    else
      readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
        .forEach(take);
  }
  return hash.digest('hex');
}

/** Puts the one inline script of the page into a file beside the others. */
function withoutInlineScript(folder) {
  const page = join(folder, 'index.html');
  const html = readFileSync(page, 'utf8');
  const [whole, code] = /<script>([\s\S]*?)<\/script>/.exec(html) ?? [];
  if (whole === undefined)
    throw new Error('SvelteKit wrote a page without a start script; scripts/build-web.mjs does not know it.');
  const name = `_app/immutable/start.${createHash('sha256').update(code).digest('hex').slice(0, 12)}.js`;
  writeFileSync(join(folder, name), code);
  const rest = html.replace(whole, `<script src="/${name}"></script>`);
  if (/<script>|<style|\sstyle="|\son\w+="/.test(rest)) throw new Error('The built page holds inline script or style.');
  writeFileSync(page, rest);
}

/** Compresses what is too large for a server to do so when it is asked: a third or less of it goes over the line. */
function squeezeWasm(folder) {
  for (const name of readdirSync(folder, { recursive: true }).map(String)) {
    if (!name.endsWith('.wasm')) continue;
    const bytes = readFileSync(join(folder, name));
    const small = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 7 } });
    writeFileSync(join(folder, `${name}.br`), small);
  }
}

/** Whether the built pages are those of the sources. */
export function isWebFresh() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint();
}

/** Whether a process is there. */
function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * Removes a lock that somebody left behind. Of two who found it, one may have a lock of its own there by now: what is taken away
 * is looked at again, and put back where it is another.
 */
function takeAway(found) {
  const aside = `${lock}.${process.pid}`;
  renameSync(lock, aside);
  try {
    if (readFileSync(aside, 'utf8') !== found) linkSync(aside, lock);
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Builds where nobody else does: SvelteKit has one folder for what it is at, and two studios that start at once on a fresh
 * install would build into each other's. Whoever comes second finds the pages built.
 */
async function buildAlone() {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    try {
      const found = readFileSync(lock, 'utf8');
      const holder = Number(found);
      // One that was killed left it behind; one that has only just made it has not written its number yet.
      const left = holder > 0 ? !lives(holder) : Date.now() - statSync(lock).mtimeMs > 10_000;
      if (left) takeAway(found);
    } catch {
      // It was let go of just now.
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  try {
    if (!isWebFresh()) await buildHere(fingerprint());
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Builds in this process. SvelteKit looks for its configuration in the current folder. */
async function buildHere(wanted) {
  const made = join(web, `.build-${process.pid}`);
  process.env.LIKENESS_WEB_VERSION = wanted.slice(0, 16);
  process.env.LIKENESS_WEB_OUT = made;
  process.chdir(web);
  try {
    const { build } = await import('vite');
    await build({ root: web, logLevel: 'error' });
    withoutInlineScript(made);
    squeezeWasm(made);
    writeFileSync(join(made, 'sources.sha256'), wanted);
    rmSync(target, { recursive: true, force: true });
    renameSync(made, target);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/**
 * Builds the pages when something changed, in a process of its own: a server that starts keeps none of the builder's memory.
 *
 * @param {(text: string) => void} [note] told once, when there is something to build
 */
export async function buildWeb(note) {
  if (!existsSync(join(web, 'src')) || isWebFresh()) return;
  note?.('Building the pages of the studio; this happens once, and after updates.');
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk;
    });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  if (code !== 0) throw new Error(`The pages of the studio do not build:\n${said.trim()}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url) && !isWebFresh()) await buildAlone();
