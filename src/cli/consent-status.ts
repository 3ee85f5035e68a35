/** `likeness consent status`: lists that say which records are withdrawn or suspended, for others to read. */
import { type Command, InvalidArgumentError } from 'commander';
import { LikenessError, writeAtomic } from '../base/index.js';
import type { SigningKey, StatusList, StatusPurpose } from '../consent/index.js';
import type { CommandContext } from './context.js';

const HELP = `
A status list holds one bit for each of 131,072 records, signed by whoever gave the records out (W3C Bitstring Status List,
2025-05-15). Publish the file at its address. A record that names a list stands only where a fresh copy of it is at hand.

Examples:
  likeness consent status new https://studio.example/status/1 --key studio --out 1.json
  likeness consent new me.mp4 ... --status-list https://studio.example/status/1
  likeness consent status update https://studio.example/status/1 --key studio --out 1.json
  likeness consent status import 1.json
`;

function purpose(value: string): StatusPurpose {
  if (value !== 'revocation' && value !== 'suspension')
    throw new InvalidArgumentError('Choose from: revocation, suspension.');
  return value;
}

/**
 * Adds the commands.
 *
 * @param openKey opens a key by its name, asking for its passphrase
 */
export function registerStatus(
  consent: Command,
  context: CommandContext,
  openKey: (name: string) => Promise<SigningKey>,
): void {
  const status = consent
    .command('status')
    .description('lists that tell others which records are withdrawn or suspended')
    .addHelpText('after', HELP);
  const say = async (list: StatusList, out: string | undefined): Promise<void> => {
    if (out !== undefined) await writeAtomic(out, `${JSON.stringify(list, null, 2)}\n`);
    context.result(
      list,
      `${list.id}: ${list.credentialSubject.statusPurpose}, good until ${list.validUntil}${out === undefined ? '' : `\nwrote ${out}`}`,
    );
  };
  status
    .command('new')
    .description('start a list of your own')
    .argument('<url>', 'where it will be published')
    .requiredOption('--key <name>', 'your key')
    .option('--purpose <purpose>', 'revocation or suspension', purpose, 'revocation')
    .option('--out <file>', 'also write it here, to publish it')
    .action(async (url: string, options: { key: string; purpose: StatusPurpose; out?: string }) => {
      const { createStatusList } = await import('../consent/index.js');
      await say(await createStatusList(url, options.purpose, await openKey(options.key)), options.out);
    });
  status
    .command('update')
    .description('sign a new version: all withdrawals known here, and a suspension set or lifted')
    .argument('<url>', 'which list')
    .requiredOption('--key <name>', 'your key')
    .option('--suspend <record>', 'a .consent.json file')
    .option('--lift <record>', 'a .consent.json file')
    .option('--out <file>', 'also write it here, to publish it')
    .action(async (url: string, options: { key: string; suspend?: string; lift?: string; out?: string }) => {
      const { readEnvelope, updateStatusList } = await import('../consent/index.js');
      if (options.suspend !== undefined && options.lift !== undefined)
        throw new LikenessError('usage.status', 'Suspend one record, or lift one suspension, at a time.');
      const file = options.suspend ?? options.lift;
      const change =
        file === undefined ? null : { envelope: readEnvelope(file), suspended: options.suspend !== undefined };
      await say(await updateStatusList(url, await openKey(options.key), change), options.out);
    });
  status
    .command('import')
    .description('take in a list that was published by somebody else')
    .argument('<file>', 'the list, as fetched from its address')
    .action(async (file: string) => {
      const { importStatusList } = await import('../consent/index.js');
      await say(await importStatusList(file), undefined);
    });
}
