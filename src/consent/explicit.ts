/**
 * Whether pictures are sexually explicit, by the net `explicit` (nsfwjs). Likeness makes no such thing for anybody: what
 * goes into a job and what comes out of it is looked at, twice a second. The rule is a pure function of scores; the
 * thresholds come from what harmless pictures score (docs/consent.md), for there is nothing explicit to measure on.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  assertUnchanged,
  type FileWitness,
  fileError,
  type LongWork,
  likenessHome,
  writeAtomic,
} from '../base/index.js';
import { lockBytes, unlockBytes } from '../faces/index.js';
import { type Frame, openVideo, probe, readPicture, releaseFrame, sampleAffine } from '../media/index.js';
import { type ModelSession, modelCard, openModel } from '../models/index.js';
import { appendAudit } from './audit.js';
import { ConsentRefusedError } from './rules.js';

/** What refuses. Scores are shares, 0..1, of the classes "porn" and "hentai". */
export const EXPLICIT_LIMITS = {
  /** One look at or above this refuses. */
  single: 0.9,
  /** The mean of `run` looks in a row (2.5 seconds of film) at or above this refuses. */
  mean: 0.75,
  run: 5,
} as const;

/** Seconds between two looks at a film. */
export const EXPLICIT_STEP = 0.5;

/** One look at one frame. */
export interface ExplicitScore {
  /** Seconds from the start; 0 for pictures. */
  readonly at: number;
  readonly score: number;
}

/** What {@link judgeExplicit} says. */
export interface ExplicitVerdict {
  readonly refused: boolean;
  /** The highest single score, and when. */
  readonly worst: ExplicitScore;
  /** Why, as a clause; empty where it is not refused. */
  readonly why: string;
}

const NOTHING: ExplicitScore = { at: 0, score: 0 };

/** The rule. A score that is not a number counts as 1: what cannot be judged does not pass. */
export function judgeExplicit(given: readonly ExplicitScore[]): ExplicitVerdict {
  const scores = given.map(({ at, score }) => ({ at, score: Number.isFinite(score) ? score : 1 }));
  const worst = scores.reduce((most, one) => (one.score > most.score ? one : most), scores[0] ?? NOTHING);
  const second = (at: number): string => `at ${at.toFixed(1)} s`;
  const { single, mean, run } = EXPLICIT_LIMITS;
  if (worst.score >= single)
    return {
      refused: true,
      worst,
      why: `it looks sexually explicit ${second(worst.at)} (${worst.score.toFixed(2)}, the limit is ${single})`,
    };
  for (let i = 0; i + run <= scores.length; i++) {
    const part = scores.slice(i, i + run);
    const level = part.reduce((sum, one) => sum + one.score, 0) / run;
    if (level >= mean)
      return {
        refused: true,
        worst,
        why: `it looks sexually explicit from ${(part[0] ?? NOTHING).at.toFixed(1)} s on (${level.toFixed(2)} over ${run * EXPLICIT_STEP} s, the limit is ${mean})`,
      };
  }
  return { refused: false, worst, why: '' };
}

const SIDE = 224;
const PORN = 3;
const HENTAI = 1;

/** Part of a frame, in shares of it. */
interface View {
  readonly from: number;
  readonly size: number;
  readonly mirrored: boolean;
}
const WHOLE: View = { from: 0, size: 1, mirrored: false };
/** Mirrored, and from further away: what is high in all three is not an accident of one. */
const SECOND_LOOKS: readonly View[] = [
  { from: 0, size: 1, mirrored: true },
  { from: -0.25, size: 1.5, mirrored: false },
];

async function look(net: ModelSession, frame: Frame, view: View): Promise<number> {
  const data = new Float32Array(SIDE * SIDE * 3);
  const sx = (frame.width * view.size) / SIDE;
  const sy = (frame.height * view.size) / SIDE;
  const x = frame.width * view.from;
  const y = frame.height * view.from + sy / 2 - 0.5;
  const across = view.mirrored
    ? ([-sx, 0, x + frame.width * view.size - sx / 2 - 0.5] as const)
    : ([sx, 0, x + sx / 2 - 0.5] as const);
  sampleAffine(frame, [...across, 0, sy, y], SIDE, SIDE, data, { layout: 'interleaved', scale: 1 / 255 });
  const { classes } = await net.run({ image: { dtype: 'float32', dims: [1, SIDE, SIDE, 3], data } });
  return Number(classes?.data[PORN]) + Number(classes?.data[HENTAI]);
}

/** Whether the first look is worth a second. */
const DOUBTFUL = 0.5;

/** 0..1 for one frame. A low first look stands; else the mean of three looks. */
async function scoreOf(net: ModelSession, frame: Frame): Promise<number> {
  const first = await look(net, frame, WHOLE);
  if (first < DOUBTFUL) return first;
  const others = await Promise.all(SECOND_LOOKS.map((view) => look(net, frame, view)));
  return (first + others.reduce((sum, score) => sum + score, 0)) / (1 + others.length);
}

/** Writes a refusal down. */
export type TellRefusal = (
  facts: Readonly<Record<'rule' | 'party', string>> & { readonly score: number },
) => Promise<unknown>;

const inAudit: TellRefusal = (facts) => appendAudit('refusal', facts);

/** Looks at frames while they are made, twice a second, and stops the work at what is refused. */
export class ExplicitWatch {
  readonly #what: string;
  readonly #tell: TellRefusal;
  #net: Promise<ModelSession> | null = null;
  #scores: ExplicitScore[] = [];
  #next = Number.NEGATIVE_INFINITY;
  #seen: ExplicitScore[] = [];

  /**
   * @param what how messages call what is made: `result`
   * @param tell told of a refusal before it is thrown: the audit log, where this machine has the studio's
   */
  constructor(what: string, tell: TellRefusal = inAudit) {
    this.#what = what;
    this.#tell = tell;
  }

  /**
   * Shows it a frame; those between two looks cost nothing. Frames come in order of time.
   *
   * @throws ConsentRefusedError `consent.content`, with an entry in the audit log
   */
  async see(frame: Frame): Promise<void> {
    const at = frame.timestamp / 1e6;
    if (at < this.#next) return;
    this.#next = at + EXPLICIT_STEP;
    this.#net ??= openModel('explicit');
    const seen = { at, score: await scoreOf(await this.#net, frame) };
    this.#seen.push(seen);
    this.#scores = [...this.#scores, seen].slice(-EXPLICIT_LIMITS.run);
    await refuseWhere(judgeExplicit(this.#scores), `The ${this.#what}`, this.#what, this.#tell);
  }

  /** What comes next does not follow on what it was shown before. */
  turn(): void {
    this.#scores = [];
    this.#next = Number.NEGATIVE_INFINITY;
    this.#seen = [];
  }

  /** What it saw since this was asked for last: for {@link judge}, where a film is made in parts. */
  take(): ExplicitScore[] {
    const seen = this.#seen;
    this.#seen = [];
    return seen;
  }

  /**
   * Judges a whole film by what was seen of its parts: a run of doubtful looks may go over their borders.
   *
   * @throws ConsentRefusedError `consent.content`, with an entry in the audit log
   */
  async judge(scores: readonly ExplicitScore[]): Promise<void> {
    await refuseWhere(judgeExplicit(scores), `The ${this.#what}`, this.#what, this.#tell);
  }

  /** Frees the net. */
  async close(): Promise<void> {
    await (await this.#net)?.close();
    this.#net = null;
  }
}

async function refuseWhere(
  { refused, why, worst }: ExplicitVerdict,
  name: string,
  what: string,
  tell: TellRefusal = inAudit,
): Promise<void> {
  if (!refused) return;
  await tell({ rule: 'consent.content', party: what, score: worst.score });
  throw new ConsentRefusedError(
    {
      rule: 'consent.content',
      passed: false,
      found: `${name}: ${why}`,
      todo: 'There is no way around this rule. Tight portraits are mistaken now and then: use a wider shot.',
    },
    null,
    what,
  );
}

/** Scores of single frames, in order: for figures on many pictures. */
export async function explicitFrameScores(frames: AsyncIterable<Frame>): Promise<number[]> {
  const net = await openModel('explicit');
  try {
    const scores: number[] = [];
    for await (const frame of frames) scores.push(await scoreOf(net, frame));
    return scores;
  } finally {
    await net.close();
  }
}

/**
 * Looks at a file: a picture once, a film twice a second, sound not at all.
 *
 * @throws LikenessError of the media room where it cannot be read
 */
export async function explicitScores(path: string, work: LongWork = {}): Promise<ExplicitScore[]> {
  const info = await probe(path);
  if (info.kind === 'audio') return [];
  const net = await openModel('explicit');
  try {
    if (info.kind === 'picture') return [{ at: 0, score: await scoreOf(net, await readPicture(path)) }];
    const scores: ExplicitScore[] = [];
    const video = await openVideo(path);
    const total = info.video?.frameCount ?? 0;
    let frames = 0;
    let next = Number.NEGATIVE_INFINITY;
    try {
      for await (const frame of video.frames()) {
        work.signal?.throwIfAborted();
        const at = frame.timestamp / 1e6;
        if (at >= next) {
          scores.push({ at, score: await scoreOf(net, frame) });
          next = at + EXPLICIT_STEP;
        }
        releaseFrame(frame);
        frames++;
        work.onProgress?.({ stage: 'looking for explicit content', done: frames, total, unit: 'frames' });
      }
    } finally {
      video.close();
    }
    return scores;
  } finally {
    await net.close();
  }
}

/**
 * Refuses explicit files, with an entry in the audit log. A file that passed is known by its content the next time.
 *
 * @param file as it was before anybody looked at it
 * @param what how messages call the file: `source`, `target`, `result`
 * @throws ConsentRefusedError `consent.content`
 * @throws LikenessError `file.changed` where it changes meanwhile
 */
export async function refuseExplicit(file: FileWitness, what: string, work: LongWork = {}): Promise<void> {
  const { path, sha256: name } = file;
  const kept = join(likenessHome(), 'looked-at', name);
  const purpose = `likeness.explicit/1 ${name} ${JSON.stringify(EXPLICIT_LIMITS)} ${(await modelCard('explicit')).sha256}`;
  // What was looked at once and passed is not looked at again: a note of it that only this machine can write.
  const note = await readFile(kept).catch(() => null);
  if (note !== null && (await unlockBytes(note, purpose)) !== null) return;
  await refuseWhere(judgeExplicit(await explicitScores(path, work)), basename(path), what);
  // Another file that stood in its place for the look must not vouch for it.
  await assertUnchanged(file);
  await mkdir(dirname(kept), { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw fileError(dirname(kept), 'keeping a note of what was looked at', cause);
  });
  await writeAtomic(kept, await lockBytes(Buffer.from('passed'), purpose), 0o600);
}
