// Runs a TypeScript file of bench/ or training/ from the command line: node scripts/run.mjs bench/media.ts [args]
// The file and its neighbours are bundled; what it imports from src/ is taken from dist/, built first, so that workers
// and classes are the same as in the shipped program.
import { mkdirSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from './build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('Usage: node scripts/run.mjs <file.ts> [args]\n');
  process.exit(2);
}
await build();
const esbuild = await import('esbuild');
const folder = join(root, 'dist', '.run');
mkdirSync(folder, { recursive: true });
const outfile = join(folder, `${relative(root, resolve(file)).split(sep).join('-').replace(/\.ts$/, '')}.mjs`);
await esbuild.build({
  entryPoints: [resolve(file)],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
  plugins: [
    {
      name: 'sources-from-dist',
      setup(b) {
        b.onResolve({ filter: /^\.{1,2}\// }, (a) => {
          const path = relative(root, resolve(a.resolveDir, a.path));
          if (!path.startsWith(`src${sep}`)) return undefined;
          return { path: pathToFileURL(join(root, 'dist', path.slice(4))).href, external: true };
        });
      },
    },
  ],
});
process.argv = [process.argv[0], resolve(file), ...args];
process.title = `likeness ${basename(file)}`;
await import(pathToFileURL(outfile).href);
