/**
 * Whether the borders of stretches can be seen: a clip rendered in one stretch, and in many that each begin anew, both without
 * loss. Compares the pictures round every border with those of the render in one piece, beside what changes there anyway
 * from one frame to the next.
 *
 *   node scripts/run.mjs bench/stretches.ts <source> <target> [seconds of a stretch 2]
 *
 * Clips of generated or drawn people alone.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Frame, openVideo, releaseFrame } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { swapMedia } from '../src/synth/swap/index.js';
import { benchHome, consentOf } from './people.js';

const [source = '', target = '', seconds = '2'] = process.argv.slice(2);
const work = resolve('.cache/bench/stretches');
mkdirSync(work, { recursive: true });
benchHome();

const sourceConsent = await consentOf(source, work, `stretch-${basename(source)}`);
const targetConsent = await consentOf(target, work, `stretch-${basename(target)}`);

async function swap(
  name: string,
  stretchSeconds: number,
): Promise<{ path: string; touched: ReadonlyMap<number, unknown> }> {
  const path = join(work, name);
  const { stats } = await swapMedia({
    target,
    out: path,
    overwrite: true,
    use: 'research',
    quality: { crf: 0 },
    stretchSeconds,
    routes: [{ engine: 'mesh', source, sourceConsent, targetConsent }],
  });
  return { path, touched: stats.touched };
}

/** Mean and largest difference of luma inside of a box. */
function difference(
  a: Frame,
  b: Frame,
  box: { x: number; y: number; width: number; height: number },
): [number, number] {
  let sum = 0;
  let most = 0;
  let n = 0;
  for (let y = Math.max(0, Math.floor(box.y)); y < Math.min(a.height, box.y + box.height); y++)
    for (let x = Math.max(0, Math.floor(box.x)); x < Math.min(a.width, box.x + box.width); x++) {
      const d = Math.abs((a.pixels[y * a.width + x] as number) - (b.pixels[y * a.width + x] as number));
      sum += d;
      most = Math.max(most, d);
      n++;
    }
  return [n > 0 ? sum / n : 0, most];
}

const whole = await swap('whole.mp4', 1e6);
const parts = await swap('parts.mp4', Number(seconds));
const [one, many] = [await openVideo(whole.path), await openVideo(parts.path)];
const rate = one.info.video?.frameRate ?? 25;
const border = Math.max(1, Math.round(Number(seconds) / 2)) * Math.round(2 * rate);
const others = many.frames();
let index = 0;
let before: Frame | null = null;
const rows: string[] = [];
let worst = 0;
let usual = 0;
let count = 0;
for await (const frame of one.frames()) {
  const other = await others.next();
  if (other.done === true) throw new Error('the film in parts is shorter');
  const boxes = (whole.touched.get(index) ?? []) as { x: number; y: number; width: number; height: number }[];
  const box = boxes[0];
  if (box !== undefined && index >= border) {
    const [mean, most] = difference(frame, other.value, box);
    const [moves] = before === null ? [0] : difference(frame, before, box);
    usual += moves;
    count++;
    worst = Math.max(worst, mean);
    if (index % border < 6 || index % border === border - 1)
      rows.push(`${index}: ${mean.toFixed(3)} (largest ${most}); frame to frame ${moves.toFixed(2)}`);
  }
  releaseFrame(other.value);
  before = frame;
  index++;
}
await others.return();
process.stdout.write(
  `luma inside of the touched box, parts against one piece, levels of 255:\n${rows.join('\n')}\n` +
    `worst frame ${worst.toFixed(3)}; frame to frame, mean ${(usual / Math.max(1, count)).toFixed(2)}\n`,
);
one.close();
many.close();
rmSync(whole.path, { force: true });
rmSync(parts.path, { force: true });
await stopModels();
