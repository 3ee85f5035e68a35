/**
 * Step 7: puts the exported net under models/ with its card, and the log and settings of its training beside the scripts.
 *
 *   node scripts/run.mjs training/detect/blend/install.ts <blend.onnx> <run> [<run> ...]     the runs whose mean it is
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot, sha256 } from '../../../src/base/index.js';
import type { ModelCard } from '../../../src/models/index.js';

const [, , file = '', ...runs] = process.argv;
const work = '.cache/training/blend';
const here = join(packageRoot, 'training', 'detect', 'blend');
const bytes = readFileSync(file);
const card: ModelCard = {
  id: 'blend',
  title: 'Blend net: seams of changed faces, traces of swaps',
  task: 'whether a face was put in or changed, and where the seam is',
  licence: 'Apache-2.0',
  source: { script: 'training/detect/blend/train.py; trunk warm-started from nsfwjs 4.4.0 (MIT)' },
  year: 2026,
  vendor: 'Likeness',
  trainedOn:
    'self-blends of some 2,800 real faces (FFHQ and Unsplash portraits, web photos), and swaps made by the two engines of Likeness between generated faces and six readers of the GRID corpus, each beside its unswapped twin; none of the pictures ships',
  sha256: sha256(bytes),
  bytes: bytes.length,
  inputs: [
    {
      name: 'image',
      dtype: 'float32',
      dims: [-1, 3, 160, 160],
      means: 'RGB, 0..1, the upright square of 1.55 times the face mesh (src/detect/blend/face-crop.ts)',
    },
  ],
  outputs: [
    { name: 'seam', dtype: 'float32', dims: [-1, 1, 20, 20], means: 'logit of a seam in each cell' },
    { name: 'logits', dtype: 'float32', dims: [-1, 2], means: 'self-blend, own swap; calibrated elsewhere' },
  ],
  knownFailures: [
    'Strong compression, and faces under 96 px: what it looks for is gone.',
    'Make-up, retouching, stickers, hard shadows and things in front of the face can look like a seam.',
    'The second logit knows two engines and eight inserted people; how other engines look to it is not known.',
    'Errors by skin colour, age and gender were not measured: the sets carry no such labels.',
  ],
};
writeFileSync(join(packageRoot, 'models', 'blend.onnx'), bytes);
writeFileSync(join(packageRoot, 'models', 'blend.json'), `${JSON.stringify(card, null, 2)}\n`);
for (const run of runs) {
  copyFileSync(join(work, run, 'log.csv'), join(here, `${run}.csv`));
  copyFileSync(join(work, run, 'config.json'), join(here, `${run}.json`));
}
process.stdout.write(`${bytes.length} bytes, sha256 ${card.sha256}\n`);
