/** `likeness consent approve`: the subject agrees to one film or picture, where their record asks for that. */
import type { Command } from 'commander';
import { LikenessError, sha256File, writeAtomic } from '../base/index.js';
import type { SigningKey } from '../consent/index.js';
import type { CommandContext } from './context.js';

interface Options {
  readonly key?: string;
  readonly note?: string;
  readonly import?: string;
  readonly out?: string;
}

/** Adds `likeness consent approve`. */
export function registerApprove(
  consent: Command,
  context: CommandContext,
  openKey: (name: string) => Promise<SigningKey>,
): void {
  consent
    .command('approve')
    .description('approve one film or picture, where the record asks that of its subject (--approve-each)')
    .argument('<record>', 'a .consent.json file')
    .argument('[item]', 'the film or picture that is to be changed, as it is before')
    .option('--key <name>', 'key of the subject or their representative')
    .option('--note <text>', 'what they want to say of it')
    .option('--import <file>', 'an approval that was made on another machine')
    .option('--out <file>', 'also write the approval here, to hand it on')
    .addHelpText(
      'after',
      `
The subject looks at the file, and hears what is said in it, before a face in it is changed. The approval is good for that
file alone, to the last byte, for as many renders as the record allows, until the record ends or is withdrawn.

Examples:
  likeness consent approve alex.consent.json take1.mp4 --key alex --out take1.approval.json
  likeness consent approve alex.consent.json --import take1.approval.json
`,
    )
    .action(async (file: string, item: string | undefined, options: Options) => {
      const { approveItem, readApproval, readEnvelope, storeApproval } = await import('../consent/index.js');
      const envelope = readEnvelope(file);
      if ((options.import === undefined) === (item === undefined || options.key === undefined))
        throw new LikenessError('usage.approve', 'Give a film or picture and --key, or --import.', {
          hint: 'See "likeness consent approve --help".',
        });
      const approval =
        options.import !== undefined
          ? readApproval(options.import)
          : await approveItem(
              envelope,
              await openKey(options.key ?? ''),
              await sha256File(item ?? ''),
              options.note ?? null,
            );
      if (options.import !== undefined) await storeApproval(approval, envelope);
      if (options.out !== undefined) await writeAtomic(options.out, `${JSON.stringify(approval, null, 2)}\n`);
      context.result(
        approval,
        `${envelope.record.id} now covers the file with SHA-256 ${approval.statement.item}${item === undefined ? '' : ` (${item})`}.`,
      );
    });
}
