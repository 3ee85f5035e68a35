/** `likeness check`: everything the detectors find about one file, and the verdict on it. */
import { statSync } from 'node:fs';
import { fileError, type LongWork, sha256File } from '../base/index.js';
import { copyOf, type Material, openMaterial, shareNets, type Tools } from '../detect/index.js';
import { createFaceEngine } from '../faces/index.js';
import type { Calibration } from './calibration.js';
import { evidenceOf } from './evidence.js';
import { type Answer, askDetectors, cuesFrom } from './examine.js';
import { type Judgement, judge, turnedOn } from './judge.js';
import { type Lineup, readLineup } from './lineup.js';
import { type ReportPicture, reportPictures } from './pictures.js';
import { hasLaidText, strangeness } from './strange.js';
import type { CheckReport, Evidence, ReportedPerson, Verdict, VerdictLabel } from './types.js';
import { certainHeadline, headlineOf, reasonsOf, wouldChange } from './words.js';

/** What stays open while many files are checked. */
export interface Checker {
  /**
   * Checks one file. Nothing is fetched from a network and nothing is written.
   *
   * @throws LikenessError `media.*`, `file.*` for files that cannot be looked at; `AbortError` when stopped
   */
  check(path: string, work?: LongWork): Promise<CheckedFile>;
  close(): Promise<void>;
}

/** A report with the pictures that belong to it. */
export interface CheckedFile {
  readonly report: CheckReport;
  readonly pictures: readonly ReportPicture[];
}

const COPIES = ['web', 'hard'] as const;

interface Judged {
  readonly judgement: Judgement;
  readonly answers: readonly Answer[];
}

function question(
  material: Material,
  answers: readonly Answer[],
  strange: readonly string[],
  calibration: Calibration,
) {
  const { medium, people } = material;
  return { medium, people, strange, cues: cuesFrom(answers, calibration) };
}

/** Judges a copy: detectors that can be asked again are, the others keep their answer. Sizes are those of the original. */
async function judgeCopy(
  material: Material,
  level: (typeof COPIES)[number],
  first: Judged,
  strange: readonly string[],
  calibration: Calibration,
  signal: AbortSignal | undefined,
): Promise<VerdictLabel> {
  const copy = await copyOf(material, level);
  const again = first.answers.filter((a) => a.detector.copies).map((a) => a.detector);
  const answers = [...first.answers.filter((a) => !a.detector.copies), ...(await askDetectors(again, copy, signal))];
  return judge(question({ ...copy, people: material.people }, answers, strange, calibration), calibration).label;
}

function peopleOf(material: Material, judgement: Judgement): ReportedPerson[] {
  return material.people.map(({ id, width, stills }) => {
    const still = material.stills[stills[0] ?? -1];
    return {
      id,
      width: Math.round(width),
      box: still?.faces.find((f) => f.person === id)?.face.box ?? null,
      time: still?.time ?? 0,
      logLikelihoodRatio: judgement.people.get(id)?.llr ?? 0,
    };
  });
}

/** What was not looked at, and what should be known of what was. */
function remarksOn(material: Material): string[] {
  const { medium, info, stills, motion } = material;
  const remarks: string[] = [];
  const frames = info.video?.frameCount ?? 1;
  if (medium === 'picture' && frames > 1)
    remarks.push(
      `It is animated (${frames} pictures); only the first was looked at. Convert it to a video to check all.`,
    );
  if (motion.length > 1)
    remarks.push(`It is long: ${motion.length} stretches of four seconds, spread over it, were looked at.`);
  if (medium === 'video' && stills.length > 0 && stills.every((s) => s.faces.length === 0))
    remarks.push('No face was found in any of the frames that were kept.');
  if (hasLaidText(material))
    remarks.push(
      'Text is laid over the picture, as on a meme: somebody edited the file. No cue reads it, and it says nothing about the faces.',
    );
  return remarks;
}

function verdictOf(
  judgement: Judgement,
  certain: Evidence | undefined,
  strange: readonly string[],
  copies: CheckReport['copies'],
  material: Material,
): Verdict {
  if (certain !== undefined) {
    const label = certain.speaksFor === 'authentic' ? 'authentic' : 'synthetic';
    return {
      label,
      kind: null,
      headline: certainHeadline(label),
      reasons: [certain.claim],
      wouldChange: ['Proof that the label or watermark was put on by somebody else than who made the file.'],
    };
  }
  const turned = turnedOn(
    judgement.label,
    copies.map((c) => c.label),
  );
  const flips = copies.filter((_, i) => turned.includes(i)).map((c) => c.level);
  const label = flips.length > 0 ? 'inconclusive' : judgement.label;
  return {
    label,
    kind: label === 'synthetic' ? judgement.kind : null,
    headline: headlineOf(label, judgement),
    reasons: [...reasonsOf(judgement, strange, flips), ...remarksOn(material)],
    wouldChange: wouldChange(label, judgement, flips, material.medium),
  };
}

async function checkOne(
  path: string,
  tools: Tools,
  { detectors, calibration }: Lineup,
  work: LongWork,
): Promise<CheckedFile> {
  const started = performance.now();
  const step = (note: string, done: number): void =>
    work.onProgress?.({ stage: 'checking', done, total: 5, unit: 'steps', note });
  const material = await openMaterial(path, tools, work);
  step('looking for traces', 1);
  const list = detectors.filter((d) => d.media.includes(material.medium));
  // Nets are threads of their own: pixels are read meanwhile.
  const [answers, strange, sha256] = await Promise.all([
    askDetectors(list, material, work.signal),
    strangeness(material),
    sha256File(path),
  ]);
  const judgement = judge(question(material, answers, strange, calibration), calibration);
  const evidence = answers.flatMap((a) => evidenceOf(a, material, calibration));
  evidence.sort((a, b) => rank(b) - rank(a));
  const certain = evidence.find((e) => e.strength === 'certain');
  // Only a verdict that was weighed has something to survive.
  const weighed = judgement.label !== 'inconclusive' && certain === undefined;
  if (weighed) step('trying it on re-encoded copies', 2);
  const copies = await Promise.all(
    (weighed ? COPIES : []).map(async (level) => {
      const label = await judgeCopy(material, level, { judgement, answers }, strange, calibration, work.signal);
      return { level, label };
    }),
  );
  step('writing the report', 4);
  const { info } = material;
  const report: CheckReport = {
    version: 1,
    file: path,
    sha256,
    bytes: info.bytes,
    medium: material.medium,
    container: info.container,
    size: info.video === null ? null : { width: info.video.width, height: info.video.height },
    duration: info.duration,
    verdict: verdictOf(judgement, certain, strange, copies, material),
    people: peopleOf(material, judgement),
    evidence,
    silent: answers.flatMap((a) =>
      a.silent === null ? [] : [{ detector: a.detector.id, title: a.detector.title, why: a.silent }],
    ),
    copies,
    checkedAt: new Date().toISOString(),
    seconds: Math.round(performance.now() - started) / 1000,
  };
  const pictures = await reportPictures(material, evidence);
  step('done', 5);
  return { report, pictures };
}

/** Order of a report: what is certain, then by strength, context last. */
function rank(e: Evidence): number {
  if (e.strength === 'certain') return 1000;
  return e.logLikelihoodRatio === null ? -1 : Math.abs(e.logLikelihoodRatio);
}

/**
 * Opens everything that checking needs; close it when done.
 *
 * @throws LikenessError `verdict.calibration`, or of the models room
 * @example
 * const checker = await openChecker();
 * const { report } = await checker.check('clip.mp4');
 * console.log(report.verdict.headline);
 * await checker.close();
 */
export async function openChecker(): Promise<Checker> {
  const lineup = await readLineup();
  const tools = shareNets(await createFaceEngine());
  return {
    check: (path, work = {}) => {
      try {
        statSync(path);
      } catch (cause) {
        throw fileError(path, 'checking it', cause);
      }
      return checkOne(path, tools, lineup, work);
    },
    close: tools.close,
  };
}

/** Checks one file, opening and closing everything around it. */
export async function checkFile(path: string, work: LongWork = {}): Promise<CheckedFile> {
  const checker = await openChecker();
  try {
    return await checker.check(path, work);
  } finally {
    await checker.close();
  }
}
