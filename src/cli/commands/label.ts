/** `likeness label`: who signs labels, who stamps their time, who is believed when labels are read. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { fileError } from '../../base/index.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { askPassphrase } from '../passphrase.js';

const HELP = `
Everything that is made gets a label by itself; these commands are for setting how. docs/labels.md explains.

  likeness label certificate show
  likeness label certificate new --owner "Harbour Films" --replace
  likeness label certificate import chain.pem --key key.pem
  likeness label timestamp set http://timestamp.example.org
  likeness label trust list
`;

function readPem(path: string, doing: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileError(path, doing, cause);
  }
}

function registerCertificate(label: Command, context: CommandContext): void {
  const certificate = label.command('certificate').description('the certificate that signs labels');
  const show = async (): Promise<void> => {
    const { signerInfo } = await import('../../label/index.js');
    const info = signerInfo();
    context.result(info, () =>
      info.kind === 'none'
        ? 'No label was made here yet. An authority of this machine is made with the first one, or now: likeness label certificate new'
        : [
            `${info.subject}, issued by ${info.issuer}`,
            `  ${info.kind === 'own' ? 'made on this machine' : 'brought from outside'}, ${info.algorithm}, valid from ${info.validFrom} to ${info.validTo}${info.expired ? ' (EXPIRED)' : ''}`,
            `  SHA-256 ${info.fingerprint}`,
          ].join('\n'),
    );
  };
  certificate.command('show').description('say which certificate signs').action(show);
  certificate
    .command('root')
    .description('print the root certificate (PEM), for others to import into their trust list')
    .action(async () => {
      const { signerInfo } = await import('../../label/index.js');
      const { root } = signerInfo();
      context.result({ root }, root ?? 'There is no root certificate here.');
    });
  certificate
    .command('new')
    .description('make a certificate authority of your own, and sign with it from now on')
    .option('--owner <name>', 'organisation to name in the certificates')
    .option('--replace', 'in place of the signer that is used now')
    .addHelpText(
      'after',
      '\nLabels made so far stay trusted on this machine.\n\nExample:\n  likeness label certificate new --owner "Harbour Films"\n',
    )
    .action(async (options: { owner?: string; replace?: boolean }) => {
      const { createSigner } = await import('../../label/index.js');
      await createSigner(options);
      await show();
    });
  certificate
    .command('import')
    .description('sign with a certificate and key that an authority issued to you')
    .argument('<chain>', 'PEM file: your certificate and those above it')
    .requiredOption('--key <file>', 'PEM file with the private key (PKCS#8); it is kept encrypted')
    .addHelpText(
      'after',
      `
The key must belong to a certificate of the chain; every certificate must be valid today, each issued by the next; the
signer's extended key usage must be e-mail protection, document signing or C2PA claim signing.

Example:
  likeness label certificate import chain.pem --key key.pem
`,
    )
    .action(async (chain: string, options: { key: string }) => {
      const { importSigner } = await import('../../label/index.js');
      const key = readPem(options.key, 'reading a private key');
      const passphrase = key.includes('ENCRYPTED') ? await askPassphrase(`Passphrase of ${options.key}`) : undefined;
      const files = { chain: readPem(chain, 'reading certificates'), chainName: chain, key, keyName: options.key };
      await importSigner(files, passphrase);
      await show();
    });
}

function registerTimestamp(label: Command, context: CommandContext): void {
  const timestamp = label.command('timestamp').description('the authority that says when a label was made');
  const show = async (): Promise<void> => {
    const { readTimestampSettings } = await import('../../label/index.js');
    const settings = readTimestampSettings();
    context.result({ timestamp: settings }, () =>
      settings === null
        ? 'No time-stamp authority is asked: the date of a label is that of this machine.'
        : `${settings.url}\n  ${settings.required ? 'Nothing is sealed without its stamp.' : 'Where it cannot be reached, labels are made without a stamp, and that is said.'}`,
    );
  };
  timestamp.command('show').description('say which authority is asked').action(show);
  timestamp
    .command('set')
    .description('ask this authority (RFC 3161) from now on; one stamp is asked for as a trial')
    .argument('<url>', 'its address')
    .option('--optional', 'where it cannot be reached, seal without a stamp and say so')
    .addHelpText(
      'after',
      '\nOnly a hash of the signature is sent.\n\nExample:\n  likeness label timestamp set http://timestamp.example.org\n',
    )
    .action(async (url: string, options: { optional?: boolean }) => {
      const { setTimestampAuthority } = await import('../../label/index.js');
      await setTimestampAuthority({ url, required: options.optional !== true });
      await show();
    });
  timestamp
    .command('off')
    .description('ask nobody')
    .action(async () => {
      const { setTimestampAuthority } = await import('../../label/index.js');
      await setTimestampAuthority(null);
      await show();
    });
}

function registerTrust(label: Command, context: CommandContext): void {
  const trust = label.command('trust').description('lists of signers that are believed');
  trust
    .command('list')
    .description('name the lists, with their days')
    .action(async () => {
      const { listSummary, listsOff, trustLists } = await import('../../label/index.js');
      const lists = trustLists().map((list) => listSummary(list));
      const off = listsOff();
      context.result({ lists, off }, () =>
        [
          ...lists.flatMap(({ name, sentences }) => [name, ...sentences.map((line) => `  ${line}`)]),
          ...off.flatMap((name) => [name, `  switched off; likeness label trust restore ${name} lets it count again`]),
        ].join('\n'),
      );
    });
  trust
    .command('import')
    .description('believe the signers under the certificates of a list')
    .argument('<file>', 'the list, as its publisher offers it: PEM, or JSON as in ETSI TS 119 602')
    .option('--name <name>', 'what to call it; by default the name of the file')
    .option('--usages <file>', 'key usages that its signers may have: one OID a line')
    .addHelpText(
      'after',
      `
Two lists come with Likeness: c2pa, the C2PA Trust List, and c2pa-time, its time-stamp authorities. Nothing is fetched: a
newer list is imported under the same name and takes its place. In JSON, only entries whose status is "trusted" count.
Import only what you would believe: a signer on any list here makes a label read "trusted".

Examples:
  likeness label trust import C2PA-TRUST-LIST.json --name c2pa
  likeness label trust import C2PA-TSA-TRUST-LIST.json --name c2pa-time
  likeness label trust import harbour.pem
`,
    )
    .action(async (file: string, options: { name?: string; usages?: string }) => {
      const { importTrustList, listSummary } = await import('../../label/index.js');
      const { remarks, ...taken } = await importTrustList(file, options);
      for (const remark of remarks) context.note(remark);
      const { name, sentences, ...list } = listSummary(taken);
      context.result({ name, ...list, remarks }, () => [name, ...sentences.map((line) => `  ${line}`)].join('\n'));
    });
  trust
    .command('remove')
    .description('forget a list, or switch off one that comes with Likeness')
    .argument('<name>', 'its name')
    .action(async (name: string) => {
      const { listsOff, removeTrustList } = await import('../../label/index.js');
      await removeTrustList(name);
      const back = listsOff().some((off) => off === name)
        ? `\nThe list that comes with Likeness counts again after: likeness label trust restore ${name}`
        : '';
      context.result({ removed: name }, `${name} is no longer trusted.${back}`);
    });
  trust
    .command('restore')
    .description('let a list that comes with Likeness count again, in place of one imported under its name')
    .argument('<name>', 'c2pa or c2pa-time')
    .action(async (name: string) => {
      const { listSummary, restoreTrustList } = await import('../../label/index.js');
      const { sentences, ...list } = listSummary(await restoreTrustList(name));
      context.result(list, () => [name, ...sentences.map((line) => `  ${line}`)].join('\n'));
    });
}

function registerStore(label: Command, context: CommandContext): void {
  label
    .command('store')
    .description('say what the manifest store holds, and whether all of it can be read')
    .action(async () => {
      const { settleStore, storePath, wholeStore } = await import('../../label/index.js');
      await settleStore();
      const { entries, damaged } = wholeStore();
      const list = entries.map(({ sealedAt, title, sha256, watermark }) => ({
        sealedAt,
        title,
        sha256,
        watermark: watermark?.payload ?? null,
      }));
      if (damaged.length > 0) context.exitWith(EXIT.finding);
      context.result({ path: storePath(), entries: list, damaged }, () =>
        [
          `${storePath()}: ${list.length} sealed files`,
          ...list.slice(-20).map((e) => `  ${e.sealedAt}  ${e.title}  ${e.sha256.slice(0, 16)}...`),
          ...damaged.map((path) => `  DAMAGED ${path}: remove it, or restore it from a backup`),
        ].join('\n'),
      );
    });
}

/** Adds `likeness label`. */
export function register(program: Command, context: CommandContext): void {
  const label = program
    .command('label')
    .description('set who signs labels, who stamps their time, and whose labels are believed')
    .addHelpText('after', HELP);
  registerCertificate(label, context);
  registerTimestamp(label, context);
  registerTrust(label, context);
  registerStore(label, context);
}
