/** Runs a command line inside of the test's own process. */
import { main } from '../src/cli/main.js';

/** What a command answered. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `likeness <argv>`. */
export async function likeness(...argv: string[]): Promise<Said> {
  const said = { out: '', err: '' };
  const code = await main(argv, {
    stdout: (text) => {
      said.out += text;
    },
    stderr: (text) => {
      said.err += text;
    },
    live: false,
    columns: 80,
    ownsProcess: false,
  });
  return { code, ...said };
}
