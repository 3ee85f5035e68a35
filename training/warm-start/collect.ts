/**
 * Step 1 of the warm start: cuts aligned crops out of pictures of people who do not exist.
 *
 *   node scripts/run.mjs training/warm-start/collect.ts ../shared/data/faces .cache/warm-start
 *
 * Writes the same flat files as a face set, plus `reference.json`. Pictures that look like children are not told apart
 * by any net that ships, so none is left out for that reason; the weights learn pose, light and expression only.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFaceEngine, fitHead } from '../../src/faces/index.js';
import { readPicture, sampleAffine } from '../../src/media/index.js';
import { stopModels } from '../../src/models/index.js';
import { placeCrop, pointsInCrop } from '../../src/synth/swap/alignment.js';
import { driveReference, measureDrive } from '../../src/synth/swap/drive.js';
import { FACE_SET_MARGIN } from '../../src/synth/swap/face-set.js';
import { faceMasks } from '../../src/synth/swap/masks.js';

const [, , data = '../shared/data/faces', out = '.cache/warm-start'] = process.argv;
const SIZE = 160;
const folders = ['tpdne/fake', 'zoya/fake', 'hard_sg2/fake'];
const files = folders.flatMap((f) =>
  readdirSync(join(data, f))
    .sort()
    .map((n) => join(data, f, n)),
);
mkdirSync(out, { recursive: true });
const engine = await createFaceEngine();
const rgb: Uint8Array[] = [];
const masks: Uint8Array[] = [];
const raws: Float32Array[] = [];
const names: string[] = [];
let skipped = 0;
for (const [i, file] of files.entries()) {
  const frame = await readPicture(file);
  const [face] = await engine.detect(frame, { small: false });
  if (!face || face.box.width < frame.width * 0.25) {
    skipped++;
    continue;
  }
  const { points, confidence } = await engine.landmarks(frame, face);
  const fit = fitHead(points);
  if (confidence < 0.6 || Math.abs(fit.pose.yaw) > 60) {
    skipped++;
    continue;
  }
  const placement = placeCrop(points, SIZE, FACE_SET_MARGIN);
  const crop = new Uint8Array(SIZE * SIZE * 3);
  sampleAffine(frame, placement, SIZE, SIZE, crop, { layout: 'interleaved' });
  const mask = new Uint8Array(SIZE * SIZE * 2);
  faceMasks(pointsInCrop(points, placement), SIZE, mask);
  rgb.push(crop);
  masks.push(mask);
  raws.push(measureDrive(points, fit, fit.pose));
  names.push(file.slice(data.length + 1));
  if (i % 200 === 0) process.stderr.write(`${i}/${files.length} pictures, ${skipped} skipped\n`);
}
writeFileSync(join(out, 'crops.rgb'), Buffer.concat(rgb));
writeFileSync(join(out, 'masks.bin'), Buffer.concat(masks));
const reference = driveReference(raws);
writeFileSync(
  join(out, 'reference.json'),
  JSON.stringify({
    size: SIZE,
    margin: FACE_SET_MARGIN,
    count: rgb.length,
    skipped,
    reference,
    names,
    drives: raws.map((r) => [...r]),
  }),
);
process.stderr.write(`${rgb.length} crops, ${skipped} skipped\n`);
await engine.close();
stopModels();
