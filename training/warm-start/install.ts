/**
 * Step 3 of the warm start: puts the weights under models/ with their card, and the log and preview beside the scripts.
 *
 *   node scripts/run.mjs training/warm-start/install.ts <preset> [work folder]
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot, sha256 } from '../../src/base/index.js';
import { presetOf } from '../../src/synth/swap/project.js';
import { readWeights } from '../../src/synth/swap/warm-start.js';

const [, , presetId = 'standard', work = `.cache/warm-${presetId}`] = process.argv;
const preset = presetOf(presetId);
const bytes = readFileSync(join(work, `warm-${preset.id}.bin`));
const { weights } = readWeights(bytes, work);
const parameters = [...weights.values()].reduce((sum, t) => sum + t.data.length, 0);
const rows = readFileSync(join(work, 'training.csv'), 'utf8').trim().split('\n').slice(1);
const last = rows.at(-1)?.split(',') ?? [];
const here = join(packageRoot, 'training', 'warm-start');
const card = {
  id: `warm-${preset.id}`,
  title: `First weights of a ${preset.id} pair (${preset.size} px)`,
  task: 'warm start of face swap training: encoder and a general decoder',
  licence: 'Apache-2.0',
  source: { script: 'training/warm-start/collect.ts, train.ts, install.ts' },
  year: 2026,
  vendor: 'Likeness',
  trainedOn:
    '2,701 generated pictures of people who do not exist (thispersondoesnotexist, StyleGAN, StyleGAN2), some of which look like children; none of the pictures ships',
  preset: preset.id,
  parameters,
  steps: Number(last[0]),
  batch: preset.batch,
  seed: 20261122,
  validationLoss: Number(last[4]),
  storage: '16-bit floats',
  sha256: sha256(bytes),
  bytes: bytes.length,
  knownFailures: [
    'By itself it draws a blurred likeness of whoever is put in; it is a start, not a swap.',
    'Nearly all pictures are frontal, lit from the front, and many smile: profiles, hard light and shut eyes gain least.',
  ],
};
copyFileSync(join(work, `warm-${preset.id}.bin`), join(packageRoot, 'models', 'warm-start', `${preset.id}.bin`));
writeFileSync(join(packageRoot, 'models', 'warm-start', `${preset.id}.json`), `${JSON.stringify(card, null, 2)}\n`);
copyFileSync(join(work, 'training.csv'), join(here, `${preset.id}.csv`));
copyFileSync(join(work, 'preview.png'), join(here, `${preset.id}.png`));
process.stdout.write(`${JSON.stringify(card, null, 2)}\n`);
