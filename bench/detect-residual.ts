/**
 * Score and time of the synthesis residual for each of some pictures.
 *
 *   node scripts/run.mjs bench/detect-residual.ts <picture>...
 *
 * Prints one line each: score, milliseconds for cutting and net (median of five, faces already found), the same as a
 * multiple of one run of the net `explicit` in between (a yardstick for busy machines), file.
 */
import { synthesisResidualDetector as detector } from '../src/detect/detectors/synthesis-residual.js';
import { openMaterial, shareNets } from '../src/detect/index.js';
import { createFaceEngine } from '../src/faces/index.js';
import { stopModels } from '../src/models/index.js';

const tools = shareNets(await createFaceEngine());
const explicit = await tools.net('explicit');
for (const path of process.argv.slice(2)) {
  const material = await openMaterial(path, tools);
  const times: number[] = [];
  const yard: number[] = [];
  let said = await detector.examine(material);
  for (let run = 0; run < 5; run++) {
    const start = performance.now();
    said = await detector.examine(material);
    const between = performance.now();
    const data = new Float32Array(3 * 224 * 224);
    await explicit.run({ image: { dtype: 'float32', dims: [1, 224, 224, 3], data } });
    times.push(between - start);
    yard.push(performance.now() - between);
  }
  const score = said.findings[0]?.score;
  const [median, unit] = [times, yard].map((list) => list.sort((x, y) => x - y)[2] ?? Number.NaN) as [number, number];
  const cost = `${median.toFixed(0)} ms (${(median / unit).toFixed(1)} x)`;
  process.stdout.write(`${score?.toFixed(3) ?? said.silent}  ${cost}  ${path}\n`);
}
await tools.close();
stopModels();
