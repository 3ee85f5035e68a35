/**
 * How well the two embeddings tell people apart: every pair of ../shared/data/verification/lfw.
 *
 *   node scripts/run.mjs bench/verification.ts [--write]
 *
 * Prints points of the ROC curve, the area under it, the equal error rate and the thresholds at false accept rates of
 * 1 % and 0.1 %; `--write` also draws docs/verification.svg. The pictures are tight, mostly grey crops of 350 x 350; a
 * handful carry the wrong name, which is why the curves do not reach 1.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/base/index.js';
import { createFaceEngine, type Detection, type FaceEngine, type Identity } from '../src/faces/index.js';
import { type Frame, readPicture } from '../src/media/index.js';

const folder = join(packageRoot, '..', 'shared', 'data', 'verification', 'lfw');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Sample {
  readonly person: string;
  readonly identity: Identity;
}

/** The face nearest to the middle: the pictures are centred on the person they name. */
function central(found: readonly Detection[], frame: Frame): Detection | undefined {
  const far = ({ box }: Detection): number =>
    Math.hypot(box.x + (box.width - frame.width) / 2, box.y + (box.height - frame.height) / 2);
  return [...found].sort((a, b) => far(a) - far(b))[0];
}

async function sampleOf(engine: FaceEngine, file: string): Promise<Sample | null> {
  const frame = await readPicture(join(folder, file));
  const found = central(await engine.detect(frame, { small: false }), frame);
  if (!found) return null;
  const { points } = await engine.landmarks(frame, found);
  return { person: file.replace(/_\d+\.jpg$/, ''), identity: await engine.embed(frame, points) };
}

const dot = (a: Float32Array, b: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
};

/** Scores of pairs, ascending. */
interface Pairs {
  readonly same: Float64Array;
  readonly other: Float64Array;
}

function pairsOf(samples: readonly Sample[], kind: 'a' | 'b'): Pairs {
  const same: number[] = [];
  const other: number[] = [];
  for (const [i, x] of samples.entries())
    for (const y of samples.slice(i + 1))
      (x.person === y.person ? same : other).push(dot(x.identity[kind], y.identity[kind]));
  return { same: Float64Array.from(same).sort(), other: Float64Array.from(other).sort() };
}

/** Share of sorted scores at or above a threshold. */
function shareFrom(sorted: Float64Array, threshold: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < threshold) low = middle + 1;
    else high = middle;
  }
  return 1 - low / sorted.length;
}

/** The lowest threshold with at most this share of different people accepted. */
const thresholdAt = ({ other }: Pairs, rate: number): number =>
  other[Math.min(other.length - 1, Math.ceil(other.length * (1 - rate)))] as number;

function equalError(pairs: Pairs): { rate: number; threshold: number } {
  let best = { rate: 1, threshold: 0 };
  for (const threshold of pairs.same) {
    const rate = Math.max(1 - shareFrom(pairs.same, threshold), shareFrom(pairs.other, threshold));
    if (rate < best.rate) best = { rate, threshold };
  }
  return best;
}

const areaUnder = ({ same, other }: Pairs): number =>
  same.reduce((sum, score) => sum + 1 - shareFrom(other, score), 0) / same.length;

const RATES = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1];
const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;

function report(name: string, pairs: Pairs): void {
  const mean = (scores: Float64Array): string => (scores.reduce((a, b) => a + b, 0) / scores.length).toFixed(3);
  const equal = equalError(pairs);
  say(`\n${name}: ${pairs.same.length} pairs of one person, ${pairs.other.length} of two`);
  say(
    `  area under the curve ${areaUnder(pairs).toFixed(4)}, equal error ${percent(equal.rate, 2)} at ${equal.threshold.toFixed(3)}`,
  );
  say(`  mean score: same ${mean(pairs.same)}, different ${mean(pairs.other)}`);
  for (const rate of RATES.slice(0, -1)) {
    const threshold = thresholdAt(pairs, rate);
    const accepted = percent(shareFrom(pairs.same, threshold));
    say(
      `  false accepts ${percent(rate, 3).padStart(9)}: threshold ${threshold.toFixed(3)}, right accepts ${accepted}`,
    );
  }
}

/** The curves as a picture, false accepts on a logarithmic axis. */
function drawn(curves: readonly { name: string; colour: string; pairs: Pairs }[]): string {
  const [left, top, width, height, floor] = [62, 46, 520, 300, 0.4];
  const x = (rate: number): number => left + (width * (Math.log10(rate) + 5)) / 5;
  const y = (share: number): number => top + height - (height * (Math.max(floor, share) - floor)) / (1 - floor);
  const text = (tx: number, ty: number, body: string, more = ''): string =>
    `<text x="${tx.toFixed(1)}" y="${ty.toFixed(1)}" ${more}>${body}</text>`;
  const line = (x1: number, y1: number, x2: number, y2: number): string =>
    `<path d="M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}" stroke="#d0d4da" fill="none"/>`;
  const grid = [
    ...[-5, -4, -3, -2, -1, 0].map((p) => line(x(10 ** p), top, x(10 ** p), top + height)),
    ...[0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].map((s) => line(left, y(s), left + width, y(s))),
    ...[-5, -4, -3, -2, -1, 0].map((p) =>
      text(
        x(10 ** p),
        top + height + 18,
        `${100 * 10 ** p} %`.replace('0.009999999999999998', '0.01'),
        'text-anchor="middle"',
      ),
    ),
    ...[0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].map((s) =>
      text(left - 8, y(s) + 4, `${Math.round(100 * s)} %`, 'text-anchor="end"'),
    ),
  ];
  const plots = curves.map(({ name, colour, pairs }, i) => {
    const steps = Array.from({ length: 101 }, (_, k) => 10 ** (-5 + k / 20));
    const path = steps.map(
      (rate) => `${x(rate).toFixed(1)} ${y(shareFrom(pairs.same, thresholdAt(pairs, rate))).toFixed(1)}`,
    );
    const equal = equalError(pairs);
    const label = `${name}, equal error ${percent(equal.rate)}`;
    return [
      `<path d="M${path.join('L')}" stroke="${colour}" stroke-width="2.5" fill="none"/>`,
      `<circle cx="${x(equal.rate).toFixed(1)}" cy="${y(1 - equal.rate).toFixed(1)}" r="4" fill="${colour}"/>`,
      `<rect x="${left + 262}" y="${top + height - 66 + 26 * i}" width="22" height="4" fill="${colour}"/>`,
      text(left + 292, top + height - 60 + 26 * i, label),
    ].join('\n');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 410" font-family="system-ui, sans-serif" font-size="12" fill="#333">`,
    '<rect width="620" height="410" fill="#fff"/>',
    text(
      left,
      26,
      'Pairs of one person accepted, by false accepts among pairs of two',
      'font-size="14" font-weight="600"',
    ),
    ...grid,
    ...plots,
    text(left + width / 2, top + height + 44, 'false accepts', 'text-anchor="middle"'),
    '</svg>\n',
  ].join('\n');
}

if (!existsSync(folder)) say('../shared/data/verification/lfw is missing: nothing to measure.');
else {
  const engine = await createFaceEngine();
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.jpg'))
    .sort();
  const samples: Sample[] = [];
  for (let i = 0; i < files.length; i += 4) {
    const four = await Promise.all(files.slice(i, i + 4).map((file) => sampleOf(engine, file)));
    samples.push(...four.filter((sample) => sample !== null));
    process.stderr.write(`\r${Math.min(i + 4, files.length)} of ${files.length} pictures`);
  }
  process.stderr.write('\n');
  await engine.close();
  say(
    `${files.length} pictures, a face found in ${samples.length}, ${new Set(samples.map((s) => s.person)).size} people`,
  );
  const curves = [
    { name: 'B, MobileFaceNet', colour: '#0b6e4f', pairs: pairsOf(samples, 'b') },
    { name: 'A, faceres', colour: '#c8553d', pairs: pairsOf(samples, 'a') },
  ];
  for (const { name, pairs } of curves) report(name, pairs);
  if (process.argv.includes('--write')) {
    const path = join(packageRoot, 'docs', 'verification.svg');
    writeFileSync(path, drawn(curves));
    say(`\nwritten: ${path}`);
  }
}
