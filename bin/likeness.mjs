#!/usr/bin/env -S MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=4194304 MALLOC_TRIM_THRESHOLD_=33554432 node
// Entry of the command line: builds from source when needed, then hands over to the compiled program. Started as a program, it
// has the C library give back what frames took (src/base/process.ts); the library reads that once, as the process begins.
import { existsSync } from 'node:fs';

if (existsSync(new URL('../src/cli/main.ts', import.meta.url))) {
  const { build } = await import('../scripts/build.mjs');
  try {
    await build();
  } catch (error) {
    // Somebody else's checkout: what they built is used.
    const notOurs = ['EACCES', 'EPERM', 'EROFS'].includes(error.code);
    if (!notOurs || !existsSync(new URL('../dist/cli/main.js', import.meta.url))) throw error;
  }
  if (['studio', 'start'].includes(process.argv[2]) && !process.argv.includes('--help')) {
    const { buildWeb } = await import('../scripts/build-web.mjs');
    try {
      await buildWeb((text) => process.stderr.write(`${text}\n`));
    } catch (error) {
      // The API works without its pages, and older pages are better than none.
      process.stderr.write(`${error.message}\nThe studio goes on with the pages it has.\n`);
    }
  }
}
const { main } = await import('../dist/cli/main.js');
process.exitCode = await main(process.argv.slice(2));
