/**
 * What the face check of a live capture does to real people: every pair of ../shared/data/verification/lfw, one picture
 * against one, and one against all others of the same person.
 *
 *   node scripts/run.mjs bench/capture-faces.ts
 *
 * The pictures are years and cameras apart and some carry the wrong name, so that this is the worst that material can be;
 * a recording also has many faces to take the typical one of, where here is one.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/base/index.js';
import { CAPTURE_THRESHOLDS, SURE_FACE } from '../src/consent/capture/checks.js';
import { matchFaces } from '../src/consent/index.js';
import { createFaceEngine, type Identity } from '../src/faces/index.js';
import { readPicture } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';

const folder = join(packageRoot, '..', 'shared', 'data', 'verification', 'lfw');
const people = new Map<string, Identity[]>();
if (existsSync(folder)) {
  const engine = await createFaceEngine();
  const named = new Map<string, string[]>();
  for (const file of readdirSync(folder).filter((each) => each.endsWith('.jpg'))) {
    const name = file.replace(/_\d+\.jpg$/, '');
    named.set(name, [...(named.get(name) ?? []), file]);
  }
  for (const [name, files] of named) {
    if (files.length < 2) continue;
    const faces: Identity[] = [];
    for (const file of files) {
      const frame = await readPicture(join(folder, file));
      // The pictures are centred on the person they name.
      const far = ({ box }: { box: { x: number; y: number; width: number; height: number } }): number =>
        Math.hypot(box.x + (box.width - frame.width) / 2, box.y + (box.height - frame.height) / 2);
      const [found] = [...(await engine.detect(frame, { small: false }))].sort((a, b) => far(a) - far(b));
      if (found !== undefined) faces.push(await engine.embed(frame, (await engine.landmarks(frame, found)).points));
    }
    people.set(name, faces);
  }
  await engine.close();
  await stopModels();
} else process.stdout.write('../shared/data is not there: nothing to measure\n');

const typical = (material: readonly Identity[], face: Identity): number => {
  const { medianA, medianB } = matchFaces(material, [face]);
  return (medianA + medianB) / 2;
};
const say = (what: string, scores: readonly number[]): void => {
  const above = (threshold: number): string => {
    const n = scores.filter((score) => score >= threshold).length;
    return `${n} (${((100 * n) / scores.length).toFixed(1)} %) at ${threshold}`;
  };
  // The first is there to see what a lower threshold would do.
  process.stdout.write(
    `${what}: of ${scores.length}, ${[0.65, CAPTURE_THRESHOLDS.face, SURE_FACE].map(above).join(', ')}; highest ${scores.reduce((a, b) => Math.max(a, b), -1).toFixed(2)}\n`,
  );
};
const all = [...people.values()];
const others = all.map((faces, i) =>
  all.slice(i + 1).flatMap((more) => more.flatMap((b) => faces.map((a) => [a, b] as const))),
);
if (all.length > 0) {
  say(
    'one person, one picture against one',
    all.flatMap((faces) => faces.flatMap((a, i) => faces.slice(i + 1).map((b) => typical([a], b)))),
  );
  say(
    'one person, one picture against two',
    all
      .filter((faces) => faces.length > 2)
      .flatMap((faces) =>
        faces.map((a) =>
          typical(
            faces.filter((b) => b !== a),
            a,
          ),
        ),
      ),
  );
  say(
    'two people',
    others.flatMap((pairs) => pairs.map(([a, b]) => typical([a], b))),
  );
}
