/** `likeness verify`: what made a file, from what, with whose consent, and what changed since. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { fileError, writeAtomic } from '../../base/index.js';
import type { FolderFinding, VerifiedFile, VerifyReport } from '../../label/index.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { addPageLanguage, type PageLanguage, pageIn } from '../page-language.js';
import { refusePage } from '../written.js';

interface Options {
  readonly html?: string;
  readonly language?: PageLanguage;
  readonly labelOnly?: boolean;
}

const HELP = `
Says what made a file, from what, with whose consent and whether that still stands, and what changed since it was
labelled. Reads C2PA labels of any maker against the public trust lists of C2PA, which come with Likeness, and those you
import (likeness label trust); finds the watermark of Likeness in copies that were cut, scaled, mirrored or encoded again;
and asks the manifest store of this machine about files that lost their label. Nothing is sent or fetched. docs/verify.md
explains every verdict.

Ends with exit code 0 where no label is broken, also where none was found; with 6 where a label does not hold or consent
it rests on does not stand any more; with 3 where nothing could be verified.

Examples:
  likeness verify clip.mp4
  likeness verify clip.mp4 --html clip.verify.html
  likeness verify downloads --json
`;

const SHORT = {
  intact: 'label holds',
  broken: 'LABEL BROKEN',
  known: 'known here, label gone',
  marked: 'watermark, not confirmed',
  none: 'nothing found',
} as const;

const verdictOf = (report: VerifyReport): string =>
  `${SHORT[report.verdict]}${report.withdrawn ? ', CONSENT WITHDRAWN' : ''}`;

function textOf({ report }: VerifiedFile, verbose: boolean): string {
  const codes = report.statuses.map(
    (s) => `  ${s.kind === 'success' ? 'ok  ' : s.kind === 'failure' ? 'FAIL' : 'note'} ${s.code}: ${s.words}`,
  );
  const list = verbose || report.verdict === 'broken' ? codes : [];
  return [`${report.file} (${report.container})`, ...report.sentences.map((s) => `  ${s}`), ...list].join('\n');
}

function tableOf(findings: readonly FolderFinding[]): string {
  const wide = Math.min(48, Math.max(...findings.map((f) => f.name.length)));
  const rows = findings.map((f) => {
    const name = f.name.length > wide ? `...${f.name.slice(f.name.length - wide + 3)}` : f.name.padEnd(wide);
    if (f.error !== null) return `${name}  ERROR  ${f.error.message}`;
    const by = f.report.label.signedBy ?? f.report.store?.label?.signedBy ?? null;
    return `${name}  ${verdictOf(f.report)}${by === null ? '' : `  (${by})`}`;
  });
  return rows.join('\n');
}

/** Adds `likeness verify`. */
export function register(program: Command, context: CommandContext): void {
  addPageLanguage(program.command('verify'))
    .description('say what made a file, from what, with whose consent, and what changed since')
    .argument('<file|folder>', 'video, picture or sound, or a folder of them')
    .option('--html <file>', 'write a page with pictures, the tree of parents and all status codes')
    .option('--label-only', 'read labels and the store alone: no look at the pictures, much faster')
    .addHelpText('after', HELP)
    .action(async (path: string, options: Options) => {
      const { folderPage, verifyFile, verifyFolder, verifyPage } = await import('../../label/index.js');
      const look = { labelOnly: options.labelOnly === true };
      let folder: boolean;
      try {
        folder = statSync(path).isDirectory();
      } catch (cause) {
        throw fileError(path, 'verifying it', cause);
      }
      if (options.html !== undefined) refusePage(options.html);
      const wrote = options.html === undefined ? '' : `\n\n${resolve(options.html)}`;
      if (!folder) {
        const verified = await verifyFile(path, look);
        if (options.html !== undefined) await writeAtomic(options.html, pageIn(verifyPage(verified), options.language));
        const { report } = verified;
        if (report.verdict === 'broken' || report.withdrawn) context.exitWith(EXIT.finding);
        context.result(report, () => `${textOf(verified, context.verbose)}${wrote}`);
        return;
      }
      const findings = await verifyFolder(path, { ...look, onProgress: context.progress, signal: context.signal });
      if (options.html !== undefined)
        await writeAtomic(options.html, pageIn(folderPage(path, findings), options.language));
      const good = findings.flatMap((f) => (f.error === null ? [f.report] : []));
      if (good.some((r) => r.verdict === 'broken' || r.withdrawn)) context.exitWith(EXIT.finding);
      else if (good.length === 0) context.exitWith(EXIT.input);
      const value = findings.map((f) => (f.error === null ? { name: f.name, ...f.report } : f));
      context.result({ folder: path, files: value }, () => `${tableOf(findings)}${wrote}`);
    });
}
