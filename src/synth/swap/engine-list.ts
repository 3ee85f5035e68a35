/** Finds the engines: every file of `engines/` exports one. A doubled or broken one stops the program at once. */
import { readdirSync } from 'node:fs';
import { LikenessError } from '../../base/index.js';
import { defineSwapEngine } from './engine.js';
import type { SwapEngine } from './types.js';

let known: Promise<readonly SwapEngine[]> | null = null;

async function load(): Promise<readonly SwapEngine[]> {
  const folder = new URL('./engines/', import.meta.url);
  const engines: SwapEngine[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!/^[a-z][a-z0-9-]*\.(js|ts)$/.test(file) || file.endsWith('.d.ts')) continue;
    const exports = Object.values((await import(new URL(file, folder).href)) as Record<string, unknown>);
    const [engine, second] = exports.filter((e) => typeof e === 'object' && e !== null && 'prepare' in e);
    if (engine === undefined || second !== undefined)
      throw new LikenessError(
        'swap.engine',
        `engines/${file} must export exactly one engine, made by defineSwapEngine().`,
      );
    const checked = defineSwapEngine(engine as SwapEngine);
    if (engines.some((e) => e.id === checked.id))
      throw new LikenessError(
        'swap.engine',
        `Two swap engines are called "${checked.id}"; the second is engines/${file}.`,
      );
    engines.push(checked);
  }
  return engines;
}

/** All engines, in alphabetical order of their files. */
export function swapEngines(): Promise<readonly SwapEngine[]> {
  known ??= load();
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
