/** `likeness consent`: keys, records, signatures, withdrawal, the audit log. */
import { type Command, InvalidArgumentError } from 'commander';
import { LikenessError } from '../../base/index.js';
import type { RuleCheck, SigningKey, TermsLanguage, TermsReader } from '../../consent/index.js';
import { registerApprove } from '../consent-approve.js';
import { registerCapture } from '../consent-capture.js';
import { measurePerson, registerNew } from '../consent-new.js';
import { registerStatus } from '../consent-status.js';
import type { CommandContext } from '../context.js';
import { askPassphrase, needPassphrase } from '../passphrase.js';
import { addLanguageOption, languageOr } from '../terms-language.js';
import { refuseExisting, refusePage } from '../written.js';

const HELP = `
Nothing is made with a face without a record that its owner signed. A record says who allows what, for what, where and
until when; it is signed with the owner's key, and holds no picture or measurement of the face. docs/consent.md explains
every field and every rule.

The usual way:
  likeness consent keygen alex
  likeness consent new me.mp4 --name "Alex Morgan" --key alex --age adult --use film --project "Short film"
  likeness consent show alex.consent.json
  likeness consent sign alex.consent.json --key alex
  likeness consent check alex.consent.json --footage take1.mp4

With a live capture, so that the record rests on more than a picture:
  likeness consent challenge --out alex.challenge.json
  likeness consent capture alex-live.mp4 --challenge alex.challenge.json --material me.mp4 --out alex.capture.json
  likeness consent review alex.capture.json --key reviewer --accept
  likeness consent new me.mp4 --capture alex.capture.json --name ...
`;

const marks = (checks: readonly RuleCheck[]): string =>
  checks.map((c) => `  ${c.passed ? 'holds ' : 'FAILS '} ${c.rule}: ${c.found}`).join('\n');

/** What keeps a record from standing, in the language of the reader. */
const failures = (checks: readonly RuleCheck[], reader: TermsReader): string =>
  checks
    .filter(({ passed }) => !passed)
    .map((check) => `  ${check.rule}: ${reader.failed(check)}`)
    .join('\n');

/** Opens a key, asking for its passphrase where it has one. */
async function openKey(name: string): Promise<SigningKey> {
  const { listKeys, loadKey } = await import('../../consent/index.js');
  const locked = listKeys().find((k) => k.name === name)?.lockedBy === 'passphrase';
  return loadKey(name, locked ? await askPassphrase(`Passphrase of the key "${name}"`) : undefined);
}

function personNumber(value: string): number {
  const n = Number(value);
  if (!Number.isInteger(n) || n < 1) throw new InvalidArgumentError('A whole number from 1 is needed.');
  return n;
}

function registerKeys(consent: Command, context: CommandContext): void {
  consent
    .command('keygen')
    .description('make a signing key, or list the keys there are')
    .argument('[name]', 'what to call it')
    .option('--passphrase', 'lock it with a passphrase (asked for, or from LIKENESS_PASSPHRASE)')
    .option('--list', 'list the keys')
    .addHelpText(
      'after',
      `
Without --passphrase the private key is encrypted under a key file of this machine: whoever can read your files can use
it. With --passphrase they cannot.

Examples:
  likeness consent keygen alex --passphrase
  likeness consent keygen --list
`,
    )
    .action(async (name: string | undefined, options: { passphrase?: boolean; list?: boolean }) => {
      const { createKey, listKeys } = await import('../../consent/index.js');
      if (name === undefined || options.list === true) {
        const keys = listKeys();
        context.result(keys, () =>
          keys.length === 0
            ? 'There are no keys yet: likeness consent keygen <name>'
            : keys.map((k) => `${k.name}  ${k.did}  locked by ${k.lockedBy}  ${k.created}`).join('\n'),
        );
        return;
      }
      const passphrase = options.passphrase === true ? await needPassphrase('New passphrase', true) : undefined;
      const key = await createKey(name, passphrase);
      const lockedBy = passphrase === undefined ? 'machine' : 'passphrase';
      context.result(
        { name, did: key.did, lockedBy },
        `${name}: ${key.did}\nIts private half is locked by ${lockedBy === 'machine' ? 'the key file of this machine' : 'your passphrase'}. Keep a copy of the Likeness folder.`,
      );
    });
}

function registerRecords(consent: Command, context: CommandContext): void {
  addLanguageOption(consent.command('sign'), '--language')
    .description('sign a record with the key of its subject, their representative or the licensee')
    .argument('<record>', 'a .consent.json file; the signature is added to it')
    .requiredOption('--key <name>', 'name of the key')
    .option('--word', 'also make a word that withdraws the record, for the subject or their representative')
    .addHelpText(
      'after',
      `
The record is read out first. In which language, and the SHA-256 of that text, stand in the audit log beside the signature.

With --word a word is shown, once. Whoever knows it can withdraw the record, once, without the key: keep it apart from
this machine. Only its hash is stored, in the signature.

Examples:
  likeness consent sign alex.consent.json --key alex
  likeness consent sign alex.consent.json --key alex --language de
  likeness consent sign alex.consent.json --key alex --word
`,
    )
    .action(async (file: string, options: { key: string; word?: boolean; language?: TermsLanguage }) => {
      const { newRevocationToken, readEnvelope, shownTerms, signedSentence, signRecord, writeEnvelope } = await import(
        '../../consent/index.js'
      );
      const word = options.word === true ? newRevocationToken() : null;
      const envelope = readEnvelope(file);
      const shown = shownTerms(envelope, languageOr(options.language));
      // Before the key is opened: whoever has to type a passphrase has read what it is for.
      context.note(shown.text);
      const signed = await signRecord(envelope, await openKey(options.key), word, shown);
      await writeEnvelope(file, signed);
      context.result(
        { file, id: signed.record.id, signatures: signed.signatures, ...(word === null ? {} : { word: word.token }) },
        () =>
          `${signedSentence(signed, shown.language)}\nwrote ${file}${word === null ? '' : `\nThe word that withdraws it without the key. Keep it in a safe place; it is not shown again:\n  ${word.token}\nTo withdraw: likeness consent revoke ${file} --word <word>`}`,
      );
    });

  addLanguageOption(consent.command('show'), '--language')
    .description('say in plain language what a record allows')
    .argument('<record>', 'a .consent.json file')
    .option('--html <file>', 'also write it as a page to print, with a QR code of its digest and status address')
    .addHelpText(
      'after',
      '\nExamples:\n  likeness consent show alex.consent.json\n  likeness consent show alex.consent.json --language de --html alex.html\n',
    )
    .action(async (file: string, options: { html?: string; language?: TermsLanguage }) => {
      const { consentPage, describeRecord, readEnvelope, TermsReader, verifyRecord } = await import(
        '../../consent/index.js'
      );
      if (options.html !== undefined) refusePage(options.html);
      const language = languageOr(options.language);
      const reader = new TermsReader(language);
      const envelope = readEnvelope(file);
      const verification = await verifyRecord(envelope);
      if (options.html !== undefined) {
        const { writeAtomic } = await import('../../base/index.js');
        await writeAtomic(options.html, consentPage(envelope, verification, new Date(), language));
        context.note(`wrote ${options.html}`);
      }
      context.result(
        { envelope, verification },
        () =>
          `${describeRecord(envelope, language)}\n${verification.stands ? reader.words.stands : `${reader.words.fails}\n${failures(verification.checks, reader)}`}`,
      );
    });

  consent
    .command('check')
    .description('check signatures, term and withdrawal, and footage against the face of the record')
    .argument('<record>', 'a .consent.json file')
    .option('--footage <file>', 'video or picture that should show its subject')
    .option('--person <n>', 'which person, where the footage shows several', personNumber)
    .addHelpText(
      'after',
      '\nEnds with exit code 4 where the record does not stand, or shows somebody else.\n\nExamples:\n  likeness consent check alex.consent.json\n  likeness consent check alex.consent.json --footage take1.mp4\n',
    )
    .action(async (file: string, options: { footage?: string; person?: number }) => {
      const { ConsentRefusedError, matchFaces, openTemplate, readEnvelope, verifyRecord } = await import(
        '../../consent/index.js'
      );
      const { record, ...rest } = readEnvelope(file);
      const { checks: found } = await verifyRecord({ record, ...rest });
      const checks: RuleCheck[] = [...found];
      let match = null;
      if (options.footage !== undefined) {
        const references = [];
        for (const entry of record.likeness) if (entry.kind === 'face') references.push(...(await openTemplate(entry)));
        match = matchFaces(references, await measurePerson(options.footage, options.person, context));
        checks.push({
          rule: 'consent.face.source',
          passed: match.matches,
          found: match.matches
            ? `${Math.round(match.agree * 100)} % of ${match.samples} measured faces are the subject's`
            : match.why,
          todo: 'Use footage of the person who signed, and check which person is meant (--person).',
        });
      }
      const failures = checks.filter((c) => !c.passed);
      const [first] = failures;
      if (first !== undefined) throw new ConsentRefusedError(first, record.id, 'subject', failures);
      context.result({ file, stands: true, checks, match }, `${marks(checks)}\n${file} stands.`);
    });

  consent
    .command('revoke')
    .description('withdraw a record, or take in a withdrawal that was made elsewhere')
    .argument('<record>', 'a .consent.json file')
    .option('--key <name>', 'key of the subject or their representative')
    .option('--reason <text>', 'why, if you want to say')
    .option('--word <word>', 'the word, or link, that was shown when the record was signed')
    .option('--import <file>', 'a withdrawal that was made on another machine')
    .option('--out <file>', 'also write the withdrawal here, to hand it on')
    .addHelpText(
      'after',
      '\nIt works at once, also on renders that are running. It cannot be taken back; make a new record in its place.\n\nExamples:\n  likeness consent revoke alex.consent.json --key alex --out alex.revocation.json\n  likeness consent revoke alex.consent.json --word <word>\n  likeness consent revoke alex.consent.json --import alex.revocation.json\n',
    )
    .action(async (file: string, options: RevokeOptions) => {
      const { readEnvelope, readRevocation, revoke, revokeWithToken, storeRevocation } = await import(
        '../../consent/index.js'
      );
      const envelope = readEnvelope(file);
      if ([options.key, options.word, options.import].filter((way) => way !== undefined).length !== 1)
        throw new LikenessError('usage.revoke', 'Give one of --key, --word and --import.', {
          hint: 'See "likeness consent revoke --help".',
        });
      if (options.out !== undefined) refuseExisting(options.out);
      const reason = options.reason ?? null;
      const revocation =
        options.import !== undefined
          ? readRevocation(options.import)
          : options.word !== undefined
            ? await revokeWithToken(envelope, options.word, reason)
            : await revoke(envelope, await openKey(options.key ?? ''), reason);
      if (options.import !== undefined) await storeRevocation(revocation, envelope);
      if (options.out !== undefined) {
        const { writeAtomic } = await import('../../base/index.js');
        await writeAtomic(options.out, `${JSON.stringify(revocation, null, 2)}\n`);
      }
      context.result(
        revocation,
        `${envelope.record.id} is withdrawn as of ${revocation.statement.revokedAt}. Nothing new is made under it on this machine.`,
      );
    });
}

interface RevokeOptions {
  readonly key?: string;
  readonly word?: string;
  readonly reason?: string;
  readonly import?: string;
  readonly out?: string;
}

function registerVault(consent: Command, context: CommandContext): void {
  consent
    .command('export-template')
    .description('write the face template of a record to a file, locked with a passphrase, for another machine')
    .argument('<record>', 'a .consent.json file')
    .requiredOption('--out <file>', 'where it goes')
    .action(async (file: string, options: { out: string }) => {
      const { exportTemplate, readEnvelope } = await import('../../consent/index.js');
      const entry = readEnvelope(file).record.likeness.find((e) => e.kind === 'face');
      if (entry === undefined) throw new LikenessError('consent.template.missing', `${file} is not about a face.`);
      await exportTemplate(entry, options.out, await needPassphrase('Passphrase for the template', true));
      context.result(
        { file: options.out },
        `wrote ${options.out}. It is biometric data under a passphrase: hand it over as such.`,
      );
    });

  consent
    .command('import-template')
    .description('take a face template from another machine into the vault')
    .argument('<file>', 'made by export-template')
    .action(async (file: string) => {
      const { importTemplate } = await import('../../consent/index.js');
      const ref = await importTemplate(file, await needPassphrase('Passphrase of the template'));
      context.result({ ref }, `${ref} is in the vault.`);
    });

  consent
    .command('log')
    .description('show the audit log of this machine, after proving it unbroken')
    .option('--verify', 'only prove it unbroken')
    .option('--last <n>', 'how many entries to show', personNumber, 20)
    .addHelpText('after', '\nExamples:\n  likeness consent log --verify\n  likeness consent log --last 50\n')
    .action(async (options: { verify?: boolean; last: number }) => {
      const { auditLogPath, readAudit } = await import('../../consent/index.js');
      const entries = await readAudit();
      const proof = `${auditLogPath()}: ${entries.length} entries, unbroken.`;
      const shown = options.verify === true ? [] : entries.slice(-options.last);
      context.result(
        { unbroken: true, count: entries.length, last: entries.at(-1)?.hash ?? null, entries: shown },
        () =>
          [
            ...shown.map(
              (e) =>
                `${e.n}  ${e.at}  ${e.kind}  ${Object.entries(e.facts)
                  .map(([k, v]) => `${k}=${Array.isArray(v) ? v.join(',') : v}`)
                  .join('  ')}`,
            ),
            proof,
          ].join('\n'),
      );
    });
}

/** Adds `likeness consent`. */
export function register(program: Command, context: CommandContext): void {
  const consent = program
    .command('consent')
    .description('records of who allows what with their likeness')
    .addHelpText('after', HELP);
  registerKeys(consent, context);
  registerNew(consent, context);
  registerRecords(consent, context);
  registerApprove(consent, context, openKey);
  registerCapture(consent, context, openKey);
  registerStatus(consent, context, openKey);
  registerVault(consent, context);
}
