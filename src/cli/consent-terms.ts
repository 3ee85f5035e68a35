/** The terms of a record that two people agree on beside its scope: pay, law, approval, and what follows a withdrawal. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { sha256File } from '../base/index.js';
import type { ConsentRecord, NewRecord } from '../consent/index.js';

const PAY = ['none', 'fee', 'share', 'other'] as const;
const AFTERWARDS = ['deleteModels', 'deleteModelsKeepPublished', 'keepPublished'] as const;
const AGE_BY = ['stated', 'document', 'reviewed'] as const;

/** What {@link addTermOptions} adds, as the command gets it. */
export interface TermOptions {
  readonly description?: string;
  readonly ageBy: (typeof AGE_BY)[number];
  readonly proof?: string;
  readonly licenseeContact?: string;
  readonly sublicensable?: boolean;
  readonly approveEach?: boolean;
  readonly insistOn: readonly ('visible' | 'watermark')[];
  readonly afterwards: (typeof AFTERWARDS)[number];
  readonly pay?: (typeof PAY)[number];
  readonly payNote?: string;
  readonly payFile?: string;
  readonly legalBasis: string;
  readonly governingLaw?: string;
  readonly contract?: string;
  readonly privacyNotice?: string;
  readonly noticeHours: number;
  readonly takeDown?: boolean;
  readonly statusAddress?: string;
  readonly recordLanguage: string;
}

function hours(value: string): number {
  const n = Number(value);
  if (!Number.isInteger(n) || n < 0) throw new InvalidArgumentError('A whole number of hours is needed, 0 for none.');
  return n;
}

function address(value: string): string {
  if (!URL.canParse(value))
    throw new InvalidArgumentError('An address such as https://studio.example/status is needed.');
  return value;
}

function labels(value: string): TermOptions['insistOn'] {
  return value.split(',').map((word) => {
    const label = word.trim();
    if (label !== 'visible' && label !== 'watermark')
      throw new InvalidArgumentError('Choose from: visible, watermark.');
    return label;
  });
}

/** Adds the options to `consent new`. */
export function addTermOptions(command: Command): Command {
  return command
    .option('--description <text>', 'what the project is about')
    .addOption(new Option('--age-by <how>', 'how the age is known').choices(AGE_BY).default('stated'))
    .option('--proof <file>', 'paper that shows who may sign for them; the record holds its SHA-256')
    .option('--licensee-contact <text>', 'how whoever may use it is reached')
    .option('--sublicensable', 'they may pass it on to others')
    .option('--approve-each', 'every single film and picture needs an approval first, see "consent approve"')
    .option('--insist-on <list>', 'marks to insist on beside the signed label: visible,watermark', labels, [])
    .addOption(
      new Option('--afterwards <what>', 'when the term is over')
        .choices(AFTERWARDS)
        .default('deleteModelsKeepPublished'),
    )
    .addOption(new Option('--pay <kind>', 'what is paid (nothing is said of it)').choices(PAY))
    .option('--pay-note <text>', 'how much and when, in words')
    .option('--pay-file <file>', 'paper with the amount, which stays with you; the record holds its SHA-256')
    .option('--legal-basis <text>', 'on what the use of the face rests in law', 'consent')
    .option('--governing-law <text>', 'whose law the agreement is under: Germany')
    .option('--contract <file>', 'contract that goes with it; the record holds its SHA-256')
    .option('--privacy-notice <file>', 'what the person was told of their data; the record holds its SHA-256')
    .option('--notice-hours <n>', 'hours of notice of a withdrawal, as agreed; it works at once all the same', hours, 0)
    .option('--take-down', 'after a withdrawal what was published is taken down too, where that can be done')
    .option('--status-address <url>', 'where others can ask whether it still stands', address)
    .option('--record-language <code>', 'language of the names and texts in the record', 'en');
}

/** The compensation of the options; `null` where they say nothing of it. */
async function payOf({ pay, payNote, payFile }: TermOptions): Promise<ConsentRecord['compensation']> {
  if (pay === undefined && payNote === undefined && payFile === undefined) return null;
  return { kind: pay ?? 'other', note: payNote ?? '', amountHash: await digestOfFile(payFile) };
}

/** `sha256:<hex>` of a paper, or `null` where there is none. */
export async function digestOfFile(file: string | undefined): Promise<string | null> {
  return file === undefined ? null : `sha256:${await sha256File(file)}`;
}

/** The part of a new record that the options describe, beside subject, licensee and scope. */
export async function termsOf(
  options: TermOptions,
): Promise<Pick<NewRecord, 'compensation' | 'legal' | 'revocation' | 'language'>> {
  return {
    compensation: await payOf(options),
    legal: {
      basis: options.legalBasis,
      governingLaw: options.governingLaw ?? null,
      contractHash: await digestOfFile(options.contract),
      noticeHash: await digestOfFile(options.privacyNotice),
    },
    revocation: {
      noticeHours: options.noticeHours,
      effect: options.takeDown === true ? 'stopNewGenerationAndUnpublishWhereFeasible' : 'stopNewGeneration',
      endpoint: options.statusAddress ?? null,
    },
    language: options.recordLanguage,
  };
}
