/** Runs the command line in a process of its own, with the Likeness home of the test. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../src/base/index.js';

/** What a command answered. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `likeness <words>`. */
export function cli(words: readonly string[]): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(packageRoot, 'bin', 'likeness.mjs'), ...words],
      { env: process.env },
      (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}
