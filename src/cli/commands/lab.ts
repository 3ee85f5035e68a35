/** `likeness lab`: measuring detectors on labelled files. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { LikenessError, writeAtomic } from '../../base/index.js';
import type { CopyLevel } from '../../detect/index.js';
import type { CommandContext } from '../context.js';
import { addPageLanguage, type PageLanguage, pageIn } from '../page-language.js';
import { refusePage } from '../written.js';

interface Options {
  readonly html?: string;
  readonly language?: PageLanguage;
  readonly card?: string;
  readonly levels: string;
  readonly equalise?: boolean;
}

const HELP = `
A folder is read as <set>/real/... and <set>/fake/[generator/]..., a CSV by its columns path, label (real or fake), and where
known source, generator, group (identity, video or sentence: drawn together for the intervals).

A set is refused where files are there twice or where size, format or length alone tell real from fake, by more than chance:
figures on it would say nothing. --equalise measures such a set on re-encoded copies only. docs/lab.md explains every figure.

Examples:
  likeness lab bench faces --html bench.html
  likeness lab bench clips.csv --levels web,hard --card model-card.md --json
`;

const NAMES: Readonly<Record<string, CopyLevel>> = {
  original: 'original',
  clean: 'original',
  web: 'web',
  hard: 'hard',
};

function levelsOf(text: string): CopyLevel[] {
  return text.split(',').map((word) => {
    const level = NAMES[word.trim()];
    if (level === undefined)
      throw new LikenessError('usage.levels', `"${word}" is no level.`, { hint: 'Choose from clean, web, hard.' });
    return level;
  });
}

/** Adds `likeness lab`. */
export function register(program: Command, context: CommandContext): void {
  const lab = program.command('lab').description('measure detectors on labelled files');
  addPageLanguage(lab.command('bench'))
    .description('ROC, errors, calibration and coverage on a labelled folder or CSV')
    .argument('<folder|csv>', 'files sorted into real and fake, or a table of them')
    .option('--html <file>', 'write a page with the plots')
    .option('--card <file>', 'write a model card in Markdown')
    .option('--levels <list>', 'compression to measure at: clean, web, hard', 'clean,web,hard')
    .option('--equalise', 'measure a leaking set on re-encoded copies only')
    .addHelpText('after', HELP)
    .action(async (path: string, options: Options) => {
      if (options.html !== undefined) refusePage(options.html);
      const levels = levelsOf(options.levels);
      const { benchPage, benchSet, modelCardText } = await import('../../verdict/index.js');
      const { benchText } = await import('../bench-text.js');
      const report = await benchSet(path, {
        levels,
        equalise: options.equalise === true,
        onRemark: (remark) => context.note(remark),
        onProgress: context.progress,
        signal: context.signal,
      });
      const wrote: string[] = [];
      if (options.html !== undefined) {
        await writeAtomic(options.html, pageIn(benchPage(report), options.language));
        wrote.push(resolve(options.html));
      }
      if (options.card !== undefined) {
        await writeAtomic(options.card, modelCardText(report));
        wrote.push(resolve(options.card));
      }
      context.result(report, () => [benchText(report), ...wrote].join('\n'));
    });
  lab
    .command('add')
    .description('take in a detector of your own: an ONNX net with a card, calibrated on labelled files')
    .argument('<card.json>', 'says what the net takes and what its answer means; the net lies beside it')
    .requiredOption('--calibrate <folder|csv>', 'labelled files, as for bench; other ones than it was trained on')
    .option('--equalise', 'calibrate a leaking set on re-encoded copies only')
    .action(async (card: string, options: { readonly calibrate: string; readonly equalise?: boolean }) => {
      const { addDetector } = await import('../../verdict/index.js');
      const added = await addDetector(card, options.calibrate, {
        equalise: options.equalise === true,
        onProgress: context.progress,
        signal: context.signal,
      });
      for (const remark of added.remarks) context.note(remark);
      context.result(
        added,
        `${added.title} was calibrated on ${added.equalised ? 're-encoded copies of ' : ''}${added.real} genuine and ${added.fake} synthetic files (AUC on them ${added.auc.toFixed(3)}) and is asked by check from now on.\n${added.folder}`,
      );
    });
  lab
    .command('list')
    .description('the detectors that check asks')
    .action(async () => {
      const { readLineup } = await import('../../verdict/index.js');
      const { detectors, calibration } = await readLineup();
      const list = detectors.map((d) => ({
        id: d.id,
        title: d.title,
        role: d.role,
        calibrated: calibration.detectors[d.id] !== undefined,
        asks: d.asks,
        limits: d.limits,
      }));
      context.result(list, () =>
        list
          .map(
            (d) =>
              `${d.id}: ${d.title}${d.role === 'weighed' && !d.calibrated ? ' (not calibrated, not weighed)' : ''}. ${d.asks}`,
          )
          .join('\n'),
      );
    });
  lab
    .command('remove')
    .description('forget a detector that was added')
    .argument('<id>', 'as lab list shows it')
    .action(async (id: string) => {
      const { removeOwn } = await import('../../detect/index.js');
      await removeOwn(id);
      context.result({ removed: id }, `${id} is not asked any more.`);
    });
}
