/**
 * Warm start against cold: steps to the same validation loss, on one pair, in one run.
 *
 *   node scripts/run.mjs bench/warm-start.ts <clip a> <clip b> [steps 600] [preset standard] [times 1,4]
 *
 * A training plans its step size over its whole length, so two of unlike length are not at the same place of it at the same
 * step. What is compared first is therefore whole trainings: a warm one, and cold ones that take so many times the steps.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stopModels } from '../src/models/index.js';
import { projectPaths, trainProject } from '../src/synth/swap/index.js';
import { benchHome, consentOf } from './people.js';

const [, , clipA = '', clipB = '', steps = '600', preset = 'standard', times = '1,4'] = process.argv;
if (preset !== 'draft' && preset !== 'standard' && preset !== 'fine') throw new Error(`there is no preset ${preset}`);
const work = resolve('.cache/bench/warm-start');
benchHome();
const [a, b] = [await consentOf(clipA, work, 'warm-a'), await consentOf(clipB, work, 'warm-b')];

/** Validation loss (both people) by step. */
async function course(warm: boolean, length: number): Promise<Map<number, number>> {
  const project = join(work, warm ? 'warm' : 'cold');
  rmSync(project, { recursive: true, force: true });
  await trainProject({
    project,
    source: { path: clipA, consent: a },
    target: { path: clipB, consent: b },
    preset,
    steps: length,
    use: 'research',
    warm,
  });
  const [head = '', ...rows] = readFileSync(projectPaths(project).log, 'utf8').trim().split('\n');
  const names = head.split(',');
  const at = (row: readonly string[], name: string): number => Number(row[names.indexOf(name)] ?? '');
  const out = new Map<number, number>();
  for (const line of rows) {
    const row = line.split(',');
    const loss = at(row, 'validation a') + at(row, 'validation b');
    if (loss > 0) out.set(Number(row[0]), loss);
  }
  return out;
}

const length = Number(steps);
const warm = await course(true, length);
const last = (losses: Map<number, number>): number => [...losses.values()].at(-1) ?? Number.NaN;
process.stdout.write(`warm, ${length} steps: ${last(warm).toFixed(4)} in the end\n`);
let cold = new Map<number, number>();
for (const factor of times.split(',').map(Number)) {
  const losses = await course(false, length * factor);
  process.stdout.write(`cold, ${length * factor} steps: ${last(losses).toFixed(4)} in the end\n`);
  if (factor === 1) cold = losses;
}
process.stdout.write('step   warm    cold\n');
for (const [step, loss] of warm)
  process.stdout.write(
    `${String(step).padStart(4)}  ${loss.toFixed(4)}  ${(cold.get(step) ?? Number.NaN).toFixed(4)}\n`,
  );
for (const [step, loss] of cold) {
  const reached = [...warm].find(([, w]) => w <= loss)?.[0];
  if (reached !== undefined)
    process.stdout.write(
      `cold at step ${step} (${loss.toFixed(4)}): warm is there by step ${reached}, ${(step / reached).toFixed(1)} times fewer\n`,
    );
}
await stopModels();
