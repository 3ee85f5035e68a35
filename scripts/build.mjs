// Transpiles src/**/*.ts to dist/**/*.js, file by file. Types are checked by `npm run check`, not here, so that a
// start costs a fraction of a second. Nothing is written when dist is already newer than every source file.
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'dist', '.stamp');

/** All `.ts` sources, relative to the repository root. */
const sources = () =>
  readdirSync(join(root, 'src'), { recursive: true })
    .map((f) => join('src', String(f)))
    .filter((f) => f.endsWith('.ts') && !f.endsWith('.d.ts') && !f.endsWith('.test.ts'));

/** Builds when something changed since the last build. */
export async function build() {
  const files = sources();
  let built = 0;
  try {
    built = statSync(stamp).mtimeMs;
  } catch {
    built = 0;
  }
  if (built > 0 && files.every((f) => statSync(join(root, f)).mtimeMs < built)) return;
  const { build: run } = await import('esbuild');
  const started = new Date();
  await run({
    absWorkingDir: root,
    entryPoints: files,
    outdir: 'dist',
    outbase: 'src',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    logLevel: 'warning',
    // Imports name the .ts source; the emitted files are .js.
    plugins: [],
    bundle: false,
  });
  rmSync(stamp, { force: true });
  writeFileSync(stamp, started.toISOString());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
