/** `likeness check`: is this picture, video or recording synthetic, and how do we know. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { fileError, writeAtomic } from '../../base/index.js';
import type { CheckReport, FolderCheck, VerdictLabel } from '../../verdict/index.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { addPageLanguage, type PageLanguage, pageIn } from '../page-language.js';
import { refusePage } from '../written.js';

const HELP = `
Looks for traces of synthesis and says what it found: synthetic, authentic or inconclusive, with the evidence, where and
when it was seen, and how often such evidence was wrong on files that the detectors were not trained on. Nothing leaves
this machine. docs/check.md explains what each detector can and cannot see.

Ends with exit code 0 where everything is authentic, 6 where something is synthetic, 7 where something is inconclusive and
nothing synthetic, 3 where nothing could be checked.

Examples:
  likeness check strange.mp4 --html strange.check.html
  likeness check downloads --json
`;

const exitOf: Readonly<Record<VerdictLabel, number>> = {
  authentic: EXIT.ok,
  synthetic: EXIT.finding,
  inconclusive: EXIT.inconclusive,
};

function textOf(report: CheckReport, verbose: boolean): string {
  const { verdict, evidence, silent } = report;
  const lines = [`${report.file}: ${verdict.headline}`, ...verdict.reasons.map((r) => `  ${r}`)];
  const weighed = evidence.filter((e) => e.role !== 'context');
  if (weighed.length > 0) lines.push('Evidence:');
  for (const e of weighed) {
    const says =
      e.strength === 'certain'
        ? 'known'
        : e.logLikelihoodRatio === null
          ? 'not weighed'
          : e.speaksFor === 'neither'
            ? 'says little either way'
            : `${e.strength}, for ${e.speaksFor}`;
    lines.push(`  ${e.title}${e.person === null ? '' : `, person ${e.person}`}: ${says}. ${e.claim}`);
    if (e.errorRate !== null) lines.push(`    ${e.errorRate.words}`);
    for (const limit of e.limits) lines.push(`    weaker here: ${limit}`);
  }
  const context = evidence.filter((e) => e.role === 'context');
  if (context.length > 0) lines.push('History of the file (context, not weighed):');
  for (const e of context) lines.push(`  ${e.claim}`);
  if (silent.length > 0 && verbose) lines.push('Said nothing:', ...silent.map((s) => `  ${s.title}: ${s.why}`));
  if (verdict.wouldChange.length > 0)
    lines.push('What would change this:', ...verdict.wouldChange.map((w) => `  ${w}`));
  return lines.join('\n');
}

function tableOf(checks: readonly FolderCheck[]): string {
  const wide = Math.min(48, Math.max(...checks.map((c) => c.name.length)));
  const rows = checks.map((c) => {
    const name = c.name.length > wide ? `...${c.name.slice(c.name.length - wide + 3)}` : c.name.padEnd(wide);
    if (c.error !== null) return `${name}  cannot be checked  ${c.error.message}`;
    const { label, headline, reasons } = c.report.verdict;
    return `${name}  ${label.padEnd(12)}  ${label === 'inconclusive' ? (reasons[0] ?? headline) : headline}`;
  });
  const count = (label: VerdictLabel): number =>
    checks.filter((c) => c.error === null && c.report.verdict.label === label).length;
  const failed = checks.filter((c) => c.error !== null).length;
  rows.push(
    `${checks.length} files: ${count('synthetic')} synthetic, ${count('authentic')} authentic, ${count('inconclusive')} inconclusive${failed > 0 ? `, ${failed} could not be checked` : ''}`,
  );
  return rows.join('\n');
}

function folderExit(checks: readonly FolderCheck[]): number {
  const labels = checks.flatMap((c) => (c.error === null ? [c.report.verdict.label] : []));
  if (labels.length === 0) return EXIT.input;
  if (labels.includes('synthetic')) return EXIT.finding;
  return labels.includes('inconclusive') ? EXIT.inconclusive : EXIT.ok;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw fileError(path, 'checking it', cause);
  }
}

/** Adds `likeness check`. */
export function register(program: Command, context: CommandContext): void {
  addPageLanguage(program.command('check'))
    .description('say whether a picture, video or recording is synthetic, with the evidence')
    .argument('<file|folder>', 'video, picture or sound, or a folder of them')
    .option('--html <file>', 'write a page with pictures, heat maps and timelines')
    .addHelpText('after', HELP)
    .action(async (path: string, options: { readonly html?: string; readonly language?: PageLanguage }) => {
      if (options.html !== undefined) refusePage(options.html);
      const { checkFile, checkFolder, checkFolderPage, checkPage } = await import('../../verdict/index.js');
      const work = { onProgress: context.progress, signal: context.signal };
      const wrote = options.html === undefined ? '' : `\n\n${resolve(options.html)}`;
      if (!isFolder(path)) {
        const checked = await checkFile(path, work);
        if (options.html !== undefined) await writeAtomic(options.html, pageIn(checkPage(checked), options.language));
        context.exitWith(exitOf[checked.report.verdict.label]);
        context.result(checked.report, () => `${textOf(checked.report, context.verbose)}${wrote}`);
        return;
      }
      const checks = await checkFolder(path, work);
      if (options.html !== undefined)
        await writeAtomic(options.html, pageIn(checkFolderPage(path, checks), options.language));
      context.exitWith(folderExit(checks));
      const files = checks.map((c) => (c.error === null ? { name: c.name, ...c.report } : c));
      context.result({ folder: path, files }, () => `${tableOf(checks)}${wrote}`);
    });
}
