/**
 * Mouth and sound on GRID: true pairs, the sound of every other clip, and true pairs moved by 100 to 400 ms.
 *
 *   node scripts/run.mjs bench/mouth-sound.ts ../shared/data/clips [training/detect/scores/mouth-sound.json]
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { detectors, type Examination, openMaterial, SOUND_RATE, shareNets } from '../src/detect/index.js';
import { createFaceEngine } from '../src/faces/index.js';
import { stopModels } from '../src/models/index.js';

const [, , folder = '../shared/data/clips', scores] = process.argv;
const tools = shareNets(await createFaceEngine());
const detector = (await detectors()).find(({ id }) => id === 'mouth-sound');
if (!detector) throw new Error('there is no mouth-sound detector');
const names = readdirSync(folder)
  .filter((name) => name.startsWith('grid_'))
  .sort();
const clips = [];
for (const name of names) {
  const material = await openMaterial(join(folder, name), tools);
  const sound = await material.sound();
  if (sound) clips.push({ name, material, sound });
}
const say = (e: Examination): string => e.silent ?? e.findings[0]?.claim ?? '';
const scoreOf = (e: Examination): number => e.findings[0]?.score ?? Number.NaN;
const own: number[] = [];
const foreign: number[] = [];
let [ownSaid, foreignSaid] = [0, 0];
const rows: object[] = [];
for (const a of clips)
  for (const b of clips) {
    const e = await detector.examine({ ...a.material, sound: async () => b.sound });
    (a === b ? own : foreign).push(scoreOf(e));
    const about = { id: `${a.name}+${b.name}`, source: 'grid', class: a === b ? 'real' : 'fake' };
    rows.push({ ...about, generator: a === b ? '-' : 'other sound', group: a.name, level: 'clean', score: scoreOf(e) });
    if (/follows the sound[,.]/.test(say(e)))
      if (a === b) ownSaid++;
      else foreignSaid++;
    if (a === b) console.log(`${a.name}: ${say(e)}`);
  }
if (scores) writeFileSync(scores, `${JSON.stringify(rows, null, 2)}\n`);
let wins = 0;
for (const x of own) for (const y of foreign) wins += y > x ? 1 : y === x ? 0.5 : 0;
console.log(
  `score tells own from foreign sound: AUC ${(wins / own.length / foreign.length).toFixed(3)} (${own.length} own, ${foreign.length} foreign)`,
);
console.log(`said to follow: ${ownSaid} of ${own.length} own, ${foreignSaid} of ${foreign.length} foreign`);
let [near, all] = [0, 0];
for (const { material, sound } of clips)
  for (const ms of [-400, -300, -200, -100, 100, 200, 300, 400]) {
    const by = Math.round((ms / 1000) * SOUND_RATE);
    const moved = sound.map((_, i) => sound[(i - by + sound.length) % sound.length] as number);
    const e = await detector.examine({ ...material, sound: async () => moved });
    const found = Number.parseFloat(String(e.findings[0]?.facts['delay of the sound']));
    all++;
    if (Math.abs(found - ms) <= 40) near++;
  }
console.log(`moved by 100 to 400 ms: delay found within 40 ms in ${near} of ${all}`);
await tools.close();
await stopModels();
