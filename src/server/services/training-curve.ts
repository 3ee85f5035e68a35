/** The loss curve of a training that runs or ran, from the log it writes. */
import { type InputOf, type Snapshots, trainingPath } from '../../jobs/index.js';

/** One line of the log: the step, seconds of training, and named losses. */
export type CurvePoint = Readonly<Record<string, number | null>>;

/** Points beyond this are thinned out evenly. */
const POINTS = 600;

/** The curve so far; empty where training has not begun. */
export async function trainingCurve(input: InputOf<'train'>, snapshots: Snapshots): Promise<CurvePoint[]> {
  const log = await snapshots.pick(trainingPath(input.target, input.route), 'training.csv');
  const [head = '', ...lines] = (log?.toString('utf8') ?? '').trim().split('\n');
  const names = head.split(',');
  const points = lines.map((line) => {
    const values = line.split(',');
    return Object.fromEntries(
      names.map((name, i) => {
        const value = values[i] ?? '';
        return [name, value === '' ? null : Number(value)];
      }),
    );
  });
  const step = Math.ceil(points.length / POINTS);
  return step <= 1 ? points : points.filter((_, i) => i % step === 0 || i === points.length - 1);
}
