/**
 * Score and time of the synthesis residual for each of some pictures.
 *
 *   node scripts/run.mjs bench/detect-residual.ts <picture>...
 *
 * Prints one line each: score, milliseconds for cutting and net (median of five, faces already found), file.
 */
import { synthesisResidualDetector as detector } from '../src/detect/detectors/synthesis-residual.js';
import { openMaterial, shareNets } from '../src/detect/index.js';
import { createFaceEngine } from '../src/faces/index.js';
import { stopModels } from '../src/models/index.js';

const tools = shareNets(await createFaceEngine());
for (const path of process.argv.slice(2)) {
  const material = await openMaterial(path, tools);
  const times: number[] = [];
  let said = await detector.examine(material);
  for (let run = 0; run < 5; run++) {
    const start = performance.now();
    said = await detector.examine(material);
    times.push(performance.now() - start);
  }
  const median = times.sort((a, b) => a - b)[2] ?? Number.NaN;
  const score = said.findings[0]?.score;
  process.stdout.write(`${score?.toFixed(3) ?? said.silent}  ${median.toFixed(0)} ms  ${path}\n`);
}
await tools.close();
stopModels();
