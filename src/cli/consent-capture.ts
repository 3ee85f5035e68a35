/** `likeness consent challenge, capture, review, sweep`: filming somebody who consents. */
import { type Command, InvalidArgumentError } from 'commander';
import { LikenessError } from '../base/index.js';
import type { CaptureCheck, SigningKey } from '../consent/index.js';
import type { CommandContext } from './context.js';

function days(value: string): number {
  const n = Number(value);
  if (!Number.isInteger(n) || n < 1 || n > 36_500) throw new InvalidArgumentError('A whole number of days is needed.');
  return n;
}

const MARKS = { passed: 'holds ', failed: 'FAILS ', review: 'REVIEW' } as const;

const line = ({ name, outcome, score, threshold, better, found }: CaptureCheck): string =>
  `  ${MARKS[outcome]} ${name}${score === null ? '' : ` ${score} (${better === 'high' ? 'at least' : 'at most'} ${threshold})`}: ${found}`;

/**
 * Adds the commands.
 *
 * @param openKey opens a key by its name, asking for its passphrase
 */
export function registerCapture(
  consent: Command,
  context: CommandContext,
  openKey: (name: string) => Promise<SigningKey>,
): void {
  consent
    .command('challenge')
    .description('what somebody is to say and do in front of the camera; good for ten minutes and one capture')
    .option('--out <file>', 'where it goes', 'challenge.json')
    .addHelpText(
      'after',
      `
The person says the three words, then makes the five moves in the order given, each for about a second and back to the
camera in between, in one take. Film them with sound, their face large and evenly lit.

Example:
  likeness consent challenge --out alex.challenge.json
`,
    )
    .action(async (options: { out: string }) => {
      const { issueChallenge, MOVE_WORDS, writeChallenge } = await import('../consent/index.js');
      const challenge = await issueChallenge();
      await writeChallenge(options.out, challenge);
      context.result({ file: options.out, ...challenge }, () =>
        [
          `Say: "${challenge.words.join(', ')}"`,
          ...challenge.moves.map((move, i) => `${i + 1}. ${MOVE_WORDS[move]}`),
          `wrote ${options.out}, good until ${challenge.expiresAt}. Next: likeness consent capture <recording> --challenge ${options.out} --material <picture or clip>`,
        ].join('\n'),
      );
    });

  consent
    .command('capture')
    .description('check a recording against its challenge')
    .argument('<recording>', 'video of the person answering the challenge')
    .requiredOption('--challenge <file>', 'made by "consent challenge"')
    .requiredOption('--material <file>', 'the picture or clip of the person that the record will be about')
    .option('--mirrored', 'the camera shows people as in a mirror')
    .option('--retain <days>', 'days the recording is kept, encrypted', days, 365)
    .option('--out <file>', 'where the report goes', 'capture.json')
    .addHelpText(
      'after',
      `
Each check has a score and a threshold; docs/consent.md has their measured error rates. That the three words were said
no net here can tell: the capture stays pending until somebody has looked (likeness consent review).
Ends with exit code 4 where a check fails. A challenge is good for one capture, whatever comes of it.

Example:
  likeness consent capture alex-live.mp4 --challenge alex.challenge.json --material me.mp4 --out alex.capture.json
`,
    )
    .action(
      async (
        recording: string,
        options: { challenge: string; material: string; mirrored?: boolean; retain: number; out: string },
      ) => {
        const { captureConsent, onlyPerson, readChallenge, writeCapture } = await import('../consent/index.js');
        const challenge = await readChallenge(options.challenge);
        const work = { onProgress: context.progress, signal: context.signal };
        const report = await captureConsent({
          ...work,
          recording,
          challenge,
          material: { path: options.material, faces: await onlyPerson(options.material, work) },
          mirrored: options.mirrored === true,
          retentionDays: options.retain,
        });
        const lines = report.checks.map(line).join('\n');
        const failed = report.checks.filter((check) => check.outcome === 'failed');
        const [first] = failed;
        if (first !== undefined)
          throw new LikenessError(
            'consent.capture.refused',
            `${recording} does not answer the challenge: ${failed.map((check) => `${check.name} (${check.found})`).join('; ')}.`,
            { hint: 'Ask for a new challenge and record again; see "likeness consent challenge --help".' },
          );
        await writeCapture(options.out, report);
        context.result(
          { file: options.out, report },
          () =>
            `${lines}\nReview: pending. The recording is kept, encrypted, until ${report.retentionUntil}.\nwrote ${options.out}. Next: likeness consent review ${options.out} --extract look.mp4`,
        );
      },
    );

  consent
    .command('review')
    .description('say, as a person who looked, whether a capture is as it should be')
    .argument('<capture>', 'report of "consent capture"')
    .option('--extract <file>', 'write the recording here, to look at it')
    .option('--key <name>', 'your key; not that of the person filmed')
    .option('--accept', 'the three words are said, by the person seen')
    .option('--refuse', 'they are not')
    .option('--note <text>', 'what you saw', '')
    .addHelpText(
      'after',
      '\nExamples:\n  likeness consent review alex.capture.json --extract look.mp4\n  likeness consent review alex.capture.json --key reviewer --accept\n',
    )
    .action(
      async (
        file: string,
        options: { extract?: string; key?: string; accept?: boolean; refuse?: boolean; note: string },
      ) => {
        const { captureDigest, extractEvidence, readCapture, signReview } = await import('../consent/index.js');
        const report = readCapture(file);
        const open = report.checks.filter((check) => check.outcome === 'review').map((check) => check.asks);
        if (options.extract !== undefined) {
          await extractEvidence(report.challenge.id, options.extract);
          context.result(
            { file: options.extract, words: report.challenge.words, open },
            `wrote ${options.extract}. Look whether: ${open.join('; ')}. The words are "${report.challenge.words.join(', ')}". Delete the file afterwards.`,
          );
          return;
        }
        if (options.key === undefined || (options.accept === true) === (options.refuse === true))
          throw new LikenessError('usage.review', 'Give --key and either --accept or --refuse.', {
            hint: 'See "likeness consent review --help".',
          });
        const review = await signReview(
          captureDigest(report),
          options.accept === true,
          await openKey(options.key),
          options.note,
        );
        context.result(
          { file, review },
          `${file}: ${review.accepted ? 'accepted' : 'refused'} by ${review.by}. A record made with --capture ${file} says so.`,
        );
      },
    );

  consent
    .command('sweep')
    .description(
      'delete recordings whose day has come and trained pairs whose records have ended; commands do so as well',
    )
    .addHelpText('after', '\nExample:\n  likeness consent sweep\n')
    .action(async () => {
      const { listEvidence, sweepEvidence } = await import('../consent/index.js');
      const { sweepPairs } = await import('../synth/swap/index.js');
      const deleted = await sweepEvidence();
      const left = listEvidence();
      const pairs = (await sweepPairs()).deleted.map(({ path }) => path);
      context.result({ deleted, left, pairs }, () =>
        [
          `${deleted.length} recordings deleted, ${left.length} kept; ${pairs.length} trained pairs deleted.`,
          ...pairs.map((path) => `  ${path}`),
          ...left.map(({ id, until }) => `  ${id}  until ${until}`),
        ].join('\n'),
      );
    });
}
