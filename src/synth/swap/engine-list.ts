/** Finds the engines: every file of `engines/` exports one. A doubled or broken one stops the program at once. */
import { LikenessError, loadOnePerFile } from '../../base/index.js';
import { defineSwapEngine } from './engine.js';
import type { SwapEngine } from './types.js';

let known: Promise<readonly SwapEngine[]> | null = null;

/** All engines, in alphabetical order of their files. */
export function swapEngines(): Promise<readonly SwapEngine[]> {
  known ??= loadOnePerFile<SwapEngine>(new URL('./engines/', import.meta.url), {
    noun: 'swap engine',
    code: 'swap.engine',
    mark: 'prepare',
    define: defineSwapEngine,
  });
  return known;
}

/**
 * The engine of a name.
 * @throws LikenessError `usage.engine`
 */
export async function swapEngine(id: string): Promise<SwapEngine> {
  const engines = await swapEngines();
  const engine = engines.find((e) => e.id === id);
  if (!engine)
    throw new LikenessError('usage.engine', `There is no swap engine "${id}".`, {
      hint: `Choose one of ${engines.map((e) => e.id).join(', ')}.`,
    });
  return engine;
}
