/**
 * How often harmless pictures and clips are taken for explicit ones.
 *
 *   node scripts/run.mjs bench/explicit.ts [most pictures of a folder, 5000]
 *
 * Takes what is in ../shared/data, and drawn heads. There is nothing explicit here to measure misses on, and none is
 * wanted.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { packageRoot } from '../src/base/index.js';
import {
  EXPLICIT_LIMITS,
  type ExplicitScore,
  explicitFrameScores,
  explicitScores,
  judgeExplicit,
} from '../src/consent/index.js';
import { type Frame, readPicture } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';

const MOST = Number(process.argv[2] ?? 5000);
const data = join(packageRoot, '..', 'shared', 'data');

/** Prints one row: how many are refused, and how scores lie. */
function row(name: string, files: readonly (readonly ExplicitScore[])[]): void {
  const worst = files.map((scores) => judgeExplicit(scores).worst.score).sort((x, y) => y - x);
  const refused = files.filter((scores) => judgeExplicit(scores).refused).length;
  const at = (share: number): string => (worst[Math.floor(share * (worst.length - 1))] ?? 0).toFixed(2);
  const above = [0.5, 0.8, 0.9, EXPLICIT_LIMITS.single]
    .map((limit) => `${limit}: ${worst.filter((score) => score >= limit).length}`)
    .join(', ');
  process.stdout.write(
    `${name} | ${files.length} | refused ${refused} (${((100 * refused) / files.length).toFixed(2)} %) | highest ${at(0)}, 1 % above ${at(0.01)} | ${above}\n`,
  );
}

for (const folder of ['faces/zoya/real', 'faces/facemask', 'verification/lfw']) {
  if (!existsSync(join(data, folder))) {
    process.stdout.write(`../shared/data/${folder} is not there\n`);
    continue;
  }
  const names = (readdirSync(join(data, folder), { recursive: true }) as string[])
    .filter((name) => /\.(jpe?g|png)$/i.test(name))
    .sort()
    .slice(0, MOST);
  async function* frames(): AsyncGenerator<Frame> {
    for (const name of names) yield await readPicture(join(data, folder, name));
  }
  const scores = await explicitFrameScores(frames());
  row(
    folder,
    scores.map((score) => [{ at: 0, score }]),
  );
}
const clips = existsSync(join(data, 'clips')) ? readdirSync(join(data, 'clips')) : [];
const films: ExplicitScore[][] = [];
for (const name of clips.filter((each) => /\.(mpg|mp4|mov)$/.test(each)))
  films.push(await explicitScores(join(data, 'clips', name)));
if (films.length > 0) {
  row('clips', films);
  row(
    'single looks at clips',
    films.flat().map((score) => [score]),
  );
}
async function* drawn(): AsyncGenerator<Frame> {
  for (let seed = 1; seed <= Math.min(60, MOST); seed++)
    yield renderActor(createActor(seed), restState({ background: { kind: 'room', seed } }), {
      width: 480,
      height: 270,
    }).frame;
}
row(
  'drawn heads',
  (await explicitFrameScores(drawn())).map((score) => [{ at: 0, score }]),
);
await stopModels();
