// Runs the tests and ends with one plain line, `N passed, N failed`, that machines can read. Further arguments go to
// vitest: `npm test -- test/cli.test.ts -t help`.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { buildWeb } from './build-web.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache');
const report = join(cache, `vitest-${process.pid}.json`);
mkdirSync(cache, { recursive: true });

// Workers and commands run the build, not the sources; studios show the built pages.
try {
  await build();
  await buildWeb();
} catch (error) {
  console.log(`The sources do not build: ${error.message}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
}

const runner = spawn(
  process.execPath,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);
// The runner gets the same signal from the terminal; wait for it, so that the closing line is still printed.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => runner.kill(signal));
const status = await new Promise((resolve) => {
  runner.on('error', () => resolve(1));
  runner.on('exit', (code) => resolve(code ?? 1));
});

let passed = 0;
let failed = 0;
let skipped = 0;
try {
  for (const file of JSON.parse(readFileSync(report, 'utf8')).testResults) {
    for (const test of file.assertionResults)
      if (test.status === 'passed') passed++;
      else if (test.status === 'failed') failed++;
      else skipped++;
    // A file that does not load, or whose set-up throws, has no failed test of its own.
    if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')) {
      failed++;
      console.log(`${relative(root, file.name)} failed outside its tests: ${file.message}`);
    }
  }
} catch {
  console.log('The test run ended without a report.');
}
rmSync(report, { force: true });
// Errors that no test caught, and runs that broke off.
if (status !== 0 && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
