/**
 * The main figures: trains one pair on two clips of generated or consenting people, swaps both ways, and measures.
 *
 *   node scripts/run.mjs bench/swap.ts <name> <clip a> <clip b> <preset> <minutes> [--steps=N] [--threads=N] [--cold] [--only-measure]
 *
 * On a machine that others use, --steps says how long to train instead: so many as the minutes give on a quiet one.
 *
 * The clips must show generated people, drawn heads or a read-speech corpus. Keys, records and analyses lie in
 * .cache/bench-home, the project in .cache/bench/<name>-<preset>.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stopModels } from '../src/models/index.js';
import { figuresOf, measureSwap, sourcePrints, writeReport } from '../src/synth/report/index.js';
import { swapMedia, trainProject } from '../src/synth/swap/index.js';
import { benchHome, consentOf } from './people.js';

const [, , name = 'pair', clipA = '', clipB = '', preset = 'standard', minutes = '30', ...flags] = process.argv;
const work = resolve('.cache/bench', `${name}-${preset}`);
const numberOf = (flag: string): number => Number(flags.find((f) => f.startsWith(`--${flag}=`))?.split('=')[1] ?? 0);
const [steps, threads] = [numberOf('steps'), numberOf('threads')];
benchHome();
mkdirSync(work, { recursive: true });

let last = 0;
const onProgress = (e: { stage: string; done: number; total: number; note?: string }): void => {
  if (Date.now() - last < 20_000) return;
  last = Date.now();
  process.stderr.write(`${e.stage} ${e.done}/${e.total} ${e.note ?? ''}\n`);
};
const [consentA, consentB] = [await consentOf(clipA, work, `${name}-a`), await consentOf(clipB, work, `${name}-b`)];
const project = join(work, 'project');
if (!flags.includes('--only-measure')) {
  const trained = await trainProject({
    project,
    source: { path: clipA, consent: consentA },
    target: { path: clipB, consent: consentB },
    preset,
    minutes: Number(minutes),
    ...(steps > 0 ? { steps } : {}),
    ...(threads > 0 ? { threads } : {}),
    use: 'research',
    warm: !flags.includes('--cold'),
    onProgress,
  });
  process.stdout.write(`trained: ${JSON.stringify({ ...trained, warnings: trained.warnings.length })}\n`);
}
for (const reverse of [false, true]) {
  const [source, target] = reverse ? [clipB, clipA] : [clipA, clipB];
  const out = join(work, reverse ? 'b-on-a.mp4' : 'a-on-b.mp4');
  rmSync(out, { force: true });
  const swapped = await swapMedia({
    target,
    out,
    use: 'research',
    routes: [
      {
        engine: 'gan',
        project,
        reverse,
        sourceConsent: reverse ? consentB : consentA,
        targetConsent: reverse ? consentA : consentB,
      },
    ],
    onProgress,
  });
  const [routed] = swapped.routed;
  if (!routed) continue;
  const report = await measureSwap({
    original: target,
    output: out,
    source: await sourcePrints(source, { track: routed.sourceTrack.id }),
    track: routed.track,
    analysis: swapped.target,
    touched: swapped.stats.touched,
    facts: { settings: { preset, minutes }, steps: [], consents: [], label: swapped.label.sentences },
    onProgress,
  });
  await writeReport(join(work, reverse ? 'report-b-on-a' : 'report-a-on-b'), report);
  process.stdout.write(
    `\n${name} ${reverse ? 'b -> a' : 'a -> b'}, ${preset}: ${swapped.stats.frames} frames in ${swapped.stats.seconds.toFixed(1)} s\n`,
  );
  for (const f of figuresOf(report)) process.stdout.write(`  ${JSON.stringify(f)}\n`);
  writeFileSync(
    join(work, reverse ? 'b-on-a.json' : 'a-on-b.json'),
    JSON.stringify({ ...report, pictures: undefined, series: undefined }, null, 1),
  );
}
await stopModels();
