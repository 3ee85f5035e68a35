/**
 * Processor time of the blend net for each face, cut and mirrored look included.
 *
 *   node scripts/run.mjs bench/blend-net.ts
 */
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { blendLooks } from '../src/detect/blend/looks.js';
import { type Material, openMaterial, shareNets } from '../src/detect/index.js';
import { createFaceEngine } from '../src/faces/index.js';
import { writePicture } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';

const tools = shareNets(await createFaceEngine({ instances: 1 }));
const file = '.cache/bench-blend-net.png';
await writePicture(file, renderActor(createActor(3), restState(), { width: 800, height: 800 }).frame);
const material = await openMaterial(file, tools);
/** Processor milliseconds for so many stills. */
async function cost(stills: number): Promise<number> {
  const film: Material = { ...material, stills: Array.from({ length: stills }, () => material.stills).flat() };
  const { user, system } = process.cpuUsage();
  await blendLooks(film);
  const used = process.cpuUsage();
  return (used.user + used.system - user - system) / 1000;
}
await cost(1);
const rounds = 5;
for (const stills of [1, 8]) {
  const all: number[] = [];
  for (let i = 0; i < rounds; i++) all.push(await cost(stills));
  all.sort((a, b) => a - b);
  process.stdout.write(`${stills} faces: ${(all[rounds >> 1] ?? 0).toFixed(0)} ms of processor time\n`);
}
await tools.close();
stopModels();
