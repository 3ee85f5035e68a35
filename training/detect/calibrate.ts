/**
 * Fits what stands in models/judgement/calibration.json, and prints the figures of the verdict, from scores of nets that had
 * not seen the source of the file they scored (training/detect/scores/<detector>[-<fold>].json, written by the training scripts).
 *
 *   node scripts/run.mjs training/detect/calibrate.ts [--detectors] [--write]
 *
 * --detectors prints the figures of each detector as well (minutes: bootstrap intervals). Figures leave each source out once more: its files are judged by calibrations, weights and limits that were fitted
 * without them. What ships is fitted on all.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { groupBy, Random } from '../../src/base/index.js';
import { LEAST_DETAIL } from '../../src/detect/blend/looks.js';
import { detectors, type Hypothesis } from '../../src/detect/index.js';
import {
  auc,
  type Calibration,
  CLOSED,
  calibrationError,
  chooseLimits,
  type DetectorCalibration,
  detectorFigures,
  type FusedFile,
  fitCalibration,
  fuseVisual,
  fuseVoice,
  type Judged,
  type Limits,
  llrOf,
  verdictFigures,
} from '../../src/verdict/index.js';

const FOLDER = 'training/detect/scores';
const BOUNDS = { falseAlarms: 0.03, misses: 0.1 };

const rowSchema = z.object({
  id: z.string(),
  source: z.string(),
  class: z.enum(['real', 'fake']),
  generator: z.string().nullish(),
  level: z.enum(['clean', 'web', 'hard']),
  score: z.number(),
  group: z.string().optional(),
  detail: z.number().optional(),
});

interface Row {
  readonly detector: string;
  /** The net that gave the score: the file of its scores. */
  readonly net: string;
  readonly id: string;
  readonly source: string;
  readonly fake: boolean;
  readonly generator: string | null;
  readonly level: string;
  readonly group: string;
  readonly score: number;
  /** The detector looked and says nothing: the face holds too little detail. */
  readonly silent: boolean;
}

const known = new Map((await detectors()).map((d) => [d.id, d]));
/** A file holds the scores of one detector, or of one of its folds: `voice-hifigan.json`. */
const detectorOf = (name: string): string =>
  [...known.keys()].filter((id) => name === id || name.startsWith(`${id}-`)).sort((a, b) => b.length - a.length)[0] ??
  name;

/** Prompts of telephone programs and word lists come in many languages with a few files each: one source for all. */
const sourceOf = (source: string): string => (/^(words|asterisk|fillets)-/.test(source) ? 'prompts' : source);

/** Vocoders of one family are one generator: a version or a fine-tuned copy leaves what the others leave. As in voice/folds.py. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^bigvgan/, 'bigvgan'],
  [/^(hgan|hifigan|bighifigan|mrd_snake|univnet)/, 'hifigan'],
  [/^(mg|melgan|as_mg)/, 'melgan'],
  [/^(wg|waveglow)/, 'waveglow'],
  [/^(wn|wavenet)/, 'wavenet'],
  [/wavernn/, 'wavernn'],
];
const familyOf = (generator: string): string =>
  FAMILIES.find(([names]) => names.test(generator.toLowerCase()))?.[1] ?? generator;

const rows: Row[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) =>
    z
      .array(rowSchema)
      .parse(JSON.parse(readFileSync(join(FOLDER, name), 'utf8')))
      .map((r) => ({
        detector: detectorOf(basename(name, '.json')),
        net: basename(name, '.json'),
        id: r.id,
        source: sourceOf(r.source),
        fake: r.class === 'fake',
        generator: r.class === 'fake' ? familyOf(r.generator ?? r.source) : null,
        level: r.level,
        group: r.group ?? r.id,
        score: r.score,
        silent: (r.detail ?? LEAST_DETAIL) < LEAST_DETAIL,
      })),
  );
const ids = [...new Set(rows.map((r) => r.detector))].filter((id) => {
  if (known.get(id)?.role === 'weighed') return true;
  process.stderr.write(`${id} is no weighed detector; its scores are left out.\n`);
  return false;
});
const kindOf = (id: string): Hypothesis => known.get(id)?.speaksFor ?? 'swap';

/** Three levels of a file are one file: error rates and the bound on ratios count it once. */
function countFiles(fit: DetectorCalibration, own: readonly Row[]): DetectorCalibration {
  const distinct = (fake: boolean): number => new Set(own.filter((r) => r.fake === fake).map((r) => r.id)).size;
  const [real, fake] = [distinct(false), distinct(true)];
  return {
    ...fit,
    most: Math.min(fit.most, Math.log(Math.min(real, fake) + 1)),
    clears: Math.min(fit.clears, Math.log(Math.min(real, fake) + 1)),
    real: { ...fit.real, files: real },
    fake: { ...fit.fake, files: fake },
  };
}

/** Detectors all of whose folds ship and are averaged, so that what a fold's net calls nothing has to be one number for all. */
const AVERAGED = new Set(['synthesis-residual']);

/** The scores of what ships, of sources that no net saw: their offsets are taken off already. */
const SHIPPED = 'synthesis-residual-shipped';

/** By net: the mean over its genuine sources of the median score. What ships has it taken off (residual/export.py). */
function offsetsOf(from: readonly Row[]): Map<string, number> {
  const own = from.filter((r) => AVERAGED.has(r.detector) && !r.fake && r.net !== SHIPPED);
  const median = (list: readonly Row[]): number =>
    list.map((r) => r.score).sort((a, b) => a - b)[list.length >> 1] ?? 0;
  return new Map(
    [...groupBy(own, (r) => r.net)].map(([net, list]) => {
      const sources = [...groupBy(list, (r) => r.source).values()];
      return [net, sources.reduce((sum, one) => sum + median(one), 0) / sources.length];
    }),
  );
}

/** The rows as what ships would score them, by offsets from sources that may be known. */
function levelled(all: readonly Row[], known: readonly Row[]): Row[] {
  const offsets = offsetsOf(known);
  return all.map((r) => ({ ...r, score: r.score - (offsets.get(r.net) ?? 0) }));
}

/**
 * Calibrations from rows; every level counts. Sources with genuine files alone take part only for pictures: the voice net
 * hears rooms and microphones more than vocoders, and sources that have no twin would teach the fit just that.
 */
function calibrate(from: readonly Row[]): Record<string, DetectorCalibration> {
  const fits: Record<string, DetectorCalibration> = {};
  for (const id of ids) {
    const all = from.filter((r) => r.detector === id && !r.silent);
    const paired = new Set(all.filter((r) => r.fake).map((r) => r.source));
    const own = kindOf(id) === 'voice' ? all.filter((r) => paired.has(r.source)) : all;
    if (own.some((r) => r.fake) && own.some((r) => !r.fake)) fits[id] = countFiles(fitCalibration(own), own);
  }
  return fits;
}

/** Less than this AUC, as they are, within the sources that have both classes: shown, but not weighed. */
const LEAST_AUC = 0.65;

/** Mean AUC within sources at the level of the files as they are. */
function withinSources(id: string): number {
  const own = rows.filter((r) => r.detector === id && r.level === 'clean' && !r.silent);
  const each = [...groupBy(own, (r) => r.source).values()].flatMap((list) => {
    const one = auc(
      list.filter((r) => !r.fake).map((r) => r.score),
      list.filter((r) => r.fake).map((r) => r.score),
    );
    return Number.isNaN(one) || list.length < 10 ? [] : [one];
  });
  return each.reduce((sum, one) => sum + one, 0) / Math.max(1, each.length);
}
const useless = new Set(ids.filter((id) => withinSources(id) < LEAST_AUC));

/** Detectors that look at the same crop for the same thing are no independent witnesses: they share one vote. */
function weightsOf(fits: Readonly<Record<string, DetectorCalibration>>): Record<string, number> {
  const kinds = groupBy(
    Object.keys(fits).filter((id) => (fits[id]?.slope ?? 0) > 0),
    kindOf,
  );
  return Object.fromEntries(
    Object.keys(fits).map((id) => {
      const peers = kinds.get(kindOf(id))?.length ?? 1;
      return [id, useless.has(id) ? 0 : Number((1 / Math.sqrt(peers)).toFixed(3))];
    }),
  );
}

type Part = 'visual' | 'voice';
interface Case extends FusedFile {
  readonly group: string;
}

/** What one file shows for one kind of synthesis at one level: rows of all detectors of the kind. */
const groupsOf = (from: readonly Row[], kinds: readonly Hypothesis[]): Row[][] => [
  ...groupBy(
    from.filter((r) => kinds.includes(kindOf(r.detector))),
    (r) => `${r.id} ${r.level}`,
  ).values(),
];

/**
 * Files with all that the product would know of them. The nets were scored on different files, so what a file lacks is
 * taken from another of the same source and level: cues for a swap from a face that was not swapped, cues for a generator
 * from one of the same making. Where a source has none, LFW stands in, the only one with both. Seeded, so repeatable.
 */
function paired(from: readonly Row[]): Row[][] {
  const random = new Random(7);
  const pick = (list: readonly Row[][]): Row[] => list[random.int(list.length)] ?? [];
  const swap = groupBy(groupsOf(from, ['swap']), (g) => `${g[0]?.source} ${g[0]?.level} ${g[0]?.fake}`);
  const made = groupBy(groupsOf(from, ['generated']), (g) => `${g[0]?.source} ${g[0]?.level} ${g[0]?.fake}`);
  const unswapped = (r: Row): Row[][] =>
    swap.get(`${r.source} ${r.level} false`) ??
    swap.get(`lfw ${r.level} false`) ??
    swap.get(`grid ${r.level} false`) ??
    [];
  const sameMaking = (r: Row): Row[][] =>
    made.get(`${r.source} ${r.level} ${['zoya', 'hard_sg2', 'tpdne', 'echomimic'].includes(r.source)}`) ??
    made.get(`lfw ${r.level} false`) ??
    [];
  const whole: Row[][] = [];
  for (const list of made.values())
    for (const g of list) whole.push([...g, ...(g[0] === undefined ? [] : pick(unswapped(g[0])))]);
  for (const list of swap.values())
    for (const g of list) if (g[0]?.fake === true) whole.push([...g, ...pick(sameMaking(g[0]))]);
  return whole;
}

/** One case for each file and level, fused by the given calibrations. */
function fuse(from: readonly Row[], fits: Readonly<Record<string, DetectorCalibration>>, part: Part): Case[] {
  const weights = weightsOf(fits);
  const cases: Case[] = [];
  for (const own of part === 'visual' ? paired(from) : groupsOf(from, ['voice'])) {
    const cues = own.flatMap((r) => {
      const fit = fits[r.detector];
      const hypothesis = kindOf(r.detector);
      return fit === undefined || r.silent
        ? []
        : [{ detector: r.detector, hypothesis, person: null, llr: llrOf(fit, r.score) }];
    });
    const fused = part === 'visual' ? fuseVisual(cues, weights) : fuseVoice(cues, weights);
    const [first] = own;
    if (fused === null || first === undefined) continue;
    // As in the product: who was not looked at for both ways of making a face is not cleared.
    const clearable = part === 'voice' || fused.looked.length === 2;
    cases.push({ ...first, llr: fused.llr, clearable });
  }
  return cases;
}

const labelOf = ({ llr, clearable }: Case, limits: Limits): Judged['label'] =>
  llr >= limits.synthetic ? 'synthetic' : llr <= limits.authentic && clearable ? 'authentic' : 'inconclusive';

/** Judges every source by what was fitted without it. */
function leaveSourceOut(part: Part): (Judged & { readonly level: string })[] {
  const judged: (Judged & { readonly level: string })[] = [];
  const heard = rows.filter((r) => (kindOf(r.detector) === 'voice') === (part === 'voice'));
  for (const source of new Set(heard.map((r) => r.source))) {
    const known = heard.filter((r) => r.source !== source);
    const seen = levelled(heard, known);
    const others = seen.filter((r) => r.source !== source);
    const fits = calibrate(others);
    const own = fuse(seen, fits, part).filter((c) => c.source === source);
    if (own.length === 0) continue;
    const limits = chooseLimits(fuse(others, fits, part), BOUNDS);
    for (const c of own) judged.push({ ...c, score: c.llr, label: labelOf(c, limits) });
  }
  return judged;
}

/** Share of wrong ones from which verdicts of a side are not given at all. */
const MISLEADS = 0.25;

/**
 * Closes a side of whose verdicts on sources left out, at all levels together, more than one in four are wrong: limits that
 * hold where they were fitted may not hold elsewhere.
 */
function closeSides(chosen: Limits, judged: readonly Judged[]): Limits {
  const misleads = (label: Judged['label']): boolean => {
    const own = judged.filter((j) => j.label === label);
    return own.filter((j) => j.fake === (label === 'authentic')).length > MISLEADS * own.length;
  };
  return {
    synthetic: misleads('synthetic') ? CLOSED : chosen.synthetic,
    authentic: misleads('authentic') ? -CLOSED : chosen.authentic,
  };
}

const share = (s: { hits: number; of: number; share: number; interval: readonly [number, number] }): string =>
  s.of === 0
    ? 'none'
    : `${s.hits}/${s.of} (${(100 * s.share).toFixed(1)} %, ${(100 * s.interval[0]).toFixed(1)} to ${(100 * s.interval[1]).toFixed(1)})`;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const even = levelled(rows, rows);
for (const id of process.argv.includes('--detectors') ? ids : []) {
  say(`\n${id}`);
  const own = even.filter((r) => r.detector === id && !r.silent);
  for (const [level, list] of groupBy(own, (r) => r.level)) {
    const f = detectorFigures(list);
    say(
      `  ${level}: AUC ${f.auc.toFixed(3)} (${f.aucInterval.map((v) => v.toFixed(3)).join(' to ')}), TPR at 1 % ${f.tprAt1.toFixed(2)}, at 5 % ${f.tprAt5.toFixed(2)}, EER ${f.eer.toFixed(3)}; ${f.generators.map((g) => `${g.generator} ${g.auc.toFixed(3)}`).join(', ')}`,
    );
    for (const [source, mine] of groupBy(list, (r) => r.source)) {
      const [real, fake] = [mine.filter((r) => !r.fake), mine.filter((r) => r.fake)];
      if (real.length > 0 && fake.length > 0)
        say(
          `    within ${source}: AUC ${auc(
            real.map((r) => r.score),
            fake.map((r) => r.score),
          ).toFixed(3)}`,
        );
    }
  }
  say(`  calibration error on sources left out: ${fitCalibration(own).ece?.toFixed(3) ?? 'too few sources'}`);
}

const limits: Record<Part, Limits> = {
  visual: { synthetic: 3, authentic: -3 },
  voice: { synthetic: 3, authentic: -3 },
};
const fits = calibrate(even);
for (const id of useless) say(`${id}: mean AUC within sources ${withinSources(id).toFixed(3)}, not weighed`);
for (const part of ['visual', 'voice'] as const) {
  const all = fuse(even, fits, part);
  if (all.length === 0) continue;
  const judged = leaveSourceOut(part);
  limits[part] = closeSides(chooseLimits(all, BOUNDS), judged);
  say(`\n${part}: limits ${JSON.stringify(limits[part])}; each source judged by what was fitted without it`);
  const shut = { synthetic: limits[part].synthetic === CLOSED, authentic: limits[part].authentic === -CLOSED };
  for (const side of ['synthetic', 'authentic'] as const)
    if (shut[side]) {
      const own = judged.filter((j) => j.label === side);
      const wrong = own.filter((j) => j.fake === (side === 'authentic')).length;
      say(`  ${side} is closed: of ${own.length} verdicts on sources left out, all levels, ${wrong} were wrong`);
    }
  const open = judged.map((j) =>
    j.label !== 'inconclusive' && shut[j.label] ? { ...j, label: 'inconclusive' as const } : j,
  );
  for (const [level, list] of groupBy(open, (j) => j.level)) {
    const f = verdictFigures(list);
    say(`  ${level}: given ${share(f.given)}, right ${share(f.accuracy)}`);
    for (const a of f.falseAlarms) say(`    false alarms ${a.source}: ${share(a)}; given ${share(a.given)}`);
    for (const m of f.misses) say(`    called authentic, ${m.generator}: ${share(m)}; given ${share(m.given)}`);
    for (const e of f.ecePerSource) say(`    calibration error ${e.source}: ${e.ece.toFixed(3)} (${e.files} files)`);
    const claims = list.map((j) => ({ fake: j.fake, probability: 1 / (1 + Math.exp(-j.score)) }));
    say(`    calibration error, all: ${calibrationError(claims).toFixed(3)}`);
  }
}

if (process.argv.includes('--write')) {
  const calibration: Calibration = {
    version: 1,
    fitted: 'training/detect/calibrate.ts on training/detect/scores',
    detectors: fits,
    weights: weightsOf(fits),
    ...limits,
  };
  const rounded = (_: string, value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toPrecision(6)) : value;
  writeFileSync('models/judgement/calibration.json', `${JSON.stringify(calibration, rounded)}\n`);
  writeFileSync(
    'training/detect/residual/offsets.json',
    `${JSON.stringify(Object.fromEntries(offsetsOf(rows)), rounded, 2)}\n`,
  );
  say('\nwritten to models/judgement/calibration.json');
}
