// Transpiles src/**/*.ts to dist/**/*.js, file by file. Types are checked by `npm run check`, not here, so that a start
// costs a fraction of a second. Nothing is written when dist is newer than every source file. Every file is written
// under another name and renamed, so that several commands started at once never read half of one.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const stamp = join(dist, '.stamp');

/** The files under a folder, relative to it; none where there is no such folder. */
function list(folder) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  } catch {
    return [];
  }
}

const isSource = (file) => file.endsWith('.ts') && !file.endsWith('.d.ts');
const compiledName = (file) => file.replace(/\.ts$/, '.js');

/** True when every source was built, none changed since, and none is gone. */
function isFresh(sources) {
  try {
    const built = statSync(stamp).mtimeMs;
    if (readFileSync(stamp, 'utf8') !== sources.join('\n')) return false;
    return sources.every((file) => statSync(join(root, 'src', file)).mtimeMs < built);
  } catch {
    return false;
  }
}

function writeWhole(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, contents);
  renameSync(part, path);
}

/** Builds when something changed since the last build. */
export async function build() {
  const sources = list(join(root, 'src')).filter(isSource).sort();
  if (isFresh(sources)) return;
  const started = new Date();
  const { build: run } = await import('esbuild');
  const { outputFiles } = await run({
    absWorkingDir: root,
    entryPoints: sources.map((file) => join('src', file)),
    outdir: 'dist',
    outbase: 'src',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    logLevel: 'warning',
    bundle: false,
    write: false,
  });
  for (const file of outputFiles) writeWhole(file.path, file.contents);
  // What a deleted source left behind would still be found by the rooms that list their folders.
  const wanted = new Set(sources.flatMap((file) => [compiledName(file), `${compiledName(file)}.map`]));
  for (const file of list(dist))
    if (/\.js(\.map)?$/.test(file) && !wanted.has(file)) rmSync(join(dist, file), { force: true });
  writeWhole(stamp, sources.join('\n'));
  // A source saved while the build ran is newer than this, and is built next time.
  utimesSync(stamp, started, started);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
