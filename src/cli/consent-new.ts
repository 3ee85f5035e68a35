/** `likeness consent new`: a record from a picture or video of the person who consents. */
import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { LikenessError, sha256File } from '../base/index.js';
import type { NewRecord, Operation, Role, TermsLanguage } from '../consent/index.js';
import type { AnalyzedTrack, Identity } from '../faces/index.js';
import { addTermOptions, digestOfFile, type TermOptions, termsOf } from './consent-terms.js';
import type { CommandContext } from './context.js';
import { addLanguageOption, languageOr } from './terms-language.js';

interface Options extends TermOptions {
  readonly name: string;
  readonly key: string;
  readonly age: 'adult' | 'minor';
  readonly guardianKey?: string;
  readonly guardianName?: string;
  readonly as: readonly Role[];
  readonly operation: readonly Operation[];
  readonly use: readonly string[];
  readonly prohibit: readonly string[];
  readonly territory: readonly string[];
  readonly medium: readonly ('video' | 'picture' | 'audio')[];
  readonly project: string;
  readonly language: readonly string[];
  readonly showLanguage?: TermsLanguage;
  readonly channel: readonly string[];
  readonly count?: number;
  readonly capture?: string;
  readonly statusList: readonly string[];
  readonly estateKey?: string;
  readonly estateName?: string;
  readonly licenseeKey?: string;
  readonly licenseeName?: string;
  readonly from?: Date;
  readonly days: number;
  readonly supersedes?: string;
  readonly person?: number;
  readonly out?: string;
}

const HELP = `
Needs: a clear picture or video of the person, and their key (likeness consent keygen).
Makes: an unsigned record. Its subject reads it (likeness consent show) and signs it (likeness consent sign).
       The face is measured here; the record gets a salted hash of the measurements, the measurements themselves stay
       encrypted in the vault of this machine.

Examples:
  likeness consent new me.mp4 --name "Alex Morgan" --key alex --age adult --use film --project "Short film"
  likeness consent new group.mp4 --person 2 --name "Alex Morgan" --key alex --age adult --use training.internal \\
      --territory DE --as source --days 90 --project "Safety clips" --out alex.consent.json
  likeness consent new me.mp4 --name "Alex Morgan" --key alex --age adult --use film --project "Short film" \\
      --licensee-key studio --pay fee --pay-note "500 EUR at the premiere" --governing-law Germany \\
      --contract contract.pdf --approve-each --notice-hours 48
`;

const one =
  <T extends string>(allowed: readonly T[]) =>
  (value: string): T => {
    const found = allowed.find((a) => a === value);
    if (found === undefined) throw new InvalidArgumentError(`Choose from: ${allowed.join(', ')}.`);
    return found;
  };

const several =
  <T extends string>(allowed: readonly T[] | null) =>
  (value: string): T[] =>
    value
      .split(',')
      .map((v) => v.trim())
      .filter((v) => v !== '')
      .map((v) => (allowed === null ? (v as T) : one(allowed)(v)));

function wholeNumber(value: string): number {
  const n = Number(value);
  if (!Number.isInteger(n) || n < 1) throw new InvalidArgumentError('A whole number from 1 is needed.');
  return n;
}

function day(value: string): Date {
  const date = new Date(/^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00Z` : value);
  if (Number.isNaN(date.getTime())) throw new InvalidArgumentError('A day such as 2026-12-01 is needed.');
  return date;
}

/** The one person meant; several people need `--person`. */
export function pickTrack(tracks: readonly AnalyzedTrack[], person: number | undefined, file: string): AnalyzedTrack {
  if (tracks.length === 0)
    throw new LikenessError('faces.none', `No face was found in ${file}.`, {
      hint: 'Use footage in which the person looks towards the camera, larger and better lit.',
    });
  const ids = tracks.map((t) => t.id).join(', ');
  if (person === undefined) {
    const [only, ...others] = tracks;
    if (only !== undefined && others.length === 0) return only;
    throw new LikenessError('faces.several', `${file} shows ${tracks.length} people: ${ids}.`, {
      hint: `Say whom you mean with --person, and see who is who with "likeness analyze ${file} --sheet".`,
    });
  }
  const found = tracks.find((t) => t.id === person);
  if (found === undefined)
    throw new LikenessError('faces.unknown-track', `There is no person ${person} in ${file}; there are: ${ids}.`, {
      hint: 'Choose one of them with --person.',
    });
  return found;
}

/** The measured faces of a track, in order of time. */
export function measuredFaces(track: AnalyzedTrack): Identity[] {
  return track.faces.flatMap((face) => (face.identity === null ? [] : [face.identity]));
}

/** Analyses footage and gives the faces of the one person meant. */
export async function measurePerson(
  file: string,
  person: number | undefined,
  context: CommandContext,
): Promise<Identity[]> {
  const { analyzeFile } = await import('../faces/index.js');
  const analysis = await analyzeFile(file, { onProgress: context.progress, signal: context.signal });
  const track = pickTrack(analysis.tracks, person, file);
  const faces = measuredFaces(track);
  return faces.length === 0 ? [track.identity] : faces;
}

function subjectOf(options: Options, proof: string | null, keys: (name: string) => string): NewRecord['subject'] {
  const subject = {
    did: keys(options.key),
    displayName: options.name,
    adult: options.age === 'adult',
    ageAssurance: options.ageBy,
  };
  if (options.estateKey !== undefined) {
    if (options.guardianKey !== undefined)
      throw new LikenessError('usage.guardian', 'A person has a guardian or an estate, not both.');
    const name = options.estateName ?? options.estateKey;
    const estate = { did: keys(options.estateKey), name, relation: 'estate' as const, proof };
    return { ...subject, deceased: true, representative: estate };
  }
  if (options.guardianKey === undefined) {
    if (options.age === 'minor')
      throw new LikenessError('usage.guardian', 'A minor needs a guardian who signs for them.', {
        hint: 'Add --guardian-key and --guardian-name.',
      });
    if (proof !== null)
      throw new LikenessError('usage.proof', 'The paper of --proof shows who may sign for somebody, and nobody does.', {
        hint: 'Add --guardian-key or --estate-key.',
      });
    return subject;
  }
  return {
    ...subject,
    representative: {
      did: keys(options.guardianKey),
      name: options.guardianName ?? options.guardianKey,
      relation: options.age === 'minor' ? 'guardian' : 'attorney',
      proof,
    },
  };
}

/** Adds `likeness consent new`. */
export function registerNew(consent: Command, context: CommandContext): void {
  const command = consent
    .command('new')
    .description('make a record from a picture or video of the person who consents')
    .argument('<file>', 'picture or video of the person')
    .requiredOption('--name <name>', 'the name of the person')
    .requiredOption('--key <key>', 'their key: a name from "consent keygen", or a did:key')
    .requiredOption('--age <age>', 'adult or minor', one(['adult', 'minor'] as const))
    .option('--guardian-key <key>', 'key of whoever signs for a person who does not decide alone')
    .option('--guardian-name <name>', 'their name')
    .option('--estate-key <key>', 'key of the estate, for a person who is dead')
    .option('--estate-name <name>', 'its name')
    .option(
      '--as <sides>',
      'source (their face is shown), replaced (their face gives way), or both',
      several(['source', 'replaced'] as const),
      ['source', 'replaced'],
    )
    .option('--operation <list>', 'what may be done: train,faceSwap,...', several<Operation>(null), [
      'train',
      'faceSwap',
    ])
    .requiredOption('--use <list>', 'what for: film, training.internal, ...', several<string>(null))
    .option('--prohibit <list>', 'what never', several<string>(null), [
      'sexual',
      'deception',
      'political',
      'endorsement',
    ])
    .option('--territory <list>', 'where: DE,US-CA,... or worldwide', several<string>(null), ['worldwide'])
    .option('--medium <list>', 'video,picture', several(['video', 'picture', 'audio'] as const), ['video', 'picture'])
    .option('--language <list>', 'languages in which they may be made to speak: en,de (any)', several<string>(null), [])
    .option('--channel <list>', 'where it may be shown: intranet,... (any)', several<string>(null), [])
    .option('--count <n>', 'how many renders it is good for (any number)', wholeNumber)
    .option('--capture <file>', 'report of "consent capture" that the record rests on')
    .option(
      '--status-list <urls>',
      'status lists that the record stands in, see "consent status"',
      several<string>(null),
      [],
    )
    .requiredOption('--project <title>', 'the project it is for')
    .option('--licensee-key <key>', 'key of whoever may use it; they sign too (--key: the subject themselves)')
    .option('--licensee-name <name>', 'their name')
    .option('--from <day>', 'first day (today)', day)
    .option('--days <n>', 'how many days it lasts', wholeNumber, 365)
    .option('--supersedes <id>', 'id of the record that this one takes the place of')
    .option('--person <n>', 'which person, where the footage shows several', wholeNumber)
    .option('--out <file>', 'where the record goes (<key>.consent.json)')
    .addHelpText('after', HELP);
  addLanguageOption(addTermOptions(command), '--show-language').action(async (file: string, options: Options) => {
    const { createRecord, describeRecord, evidenceOf, listKeys, readCapture, reserveStatusEntry, writeEnvelope } =
      await import('../consent/index.js');
    const known = listKeys();
    const didOfKey = (name: string): string => {
      if (name.startsWith('did:key:')) return name;
      const key = known.find((k) => k.name === name);
      if (key === undefined)
        throw new LikenessError('consent.key.missing', `There is no key called "${name}".`, {
          hint: `Make it with "likeness consent keygen ${name}".`,
        });
      return key.did;
    };
    const out = options.out ?? `${options.key.startsWith('did:') ? 'record' : options.key}.consent.json`;
    if (existsSync(out))
      throw new LikenessError('file.exists', `${out} exists already.`, { hint: 'Choose another name with --out.' });
    const subject = subjectOf(options, await digestOfFile(options.proof), didOfKey);
    const terms = await termsOf(options);
    if (options.licenseeKey === undefined && (options.licenseeContact !== undefined || options.sublicensable === true))
      throw new LikenessError('usage.licensee', 'Nobody is named who could be reached, or could pass the record on.', {
        hint: 'Add --licensee-key.',
      });
    const licensee =
      options.licenseeKey === undefined
        ? {}
        : {
            licensee: {
              did: didOfKey(options.licenseeKey),
              name: options.licenseeName ?? options.licenseeKey,
              contact: options.licenseeContact ?? null,
              sublicensable: options.sublicensable === true,
            },
          };
    const referenceSha256 = await sha256File(file);
    const capture = options.capture === undefined ? null : readCapture(options.capture);
    if (capture !== null && capture.material !== referenceSha256)
      throw new LikenessError(
        'consent.capture.material',
        `${options.capture} compared its recording with another file than ${file}.`,
        { hint: 'Name the file that was given as --material.' },
      );
    const evidence = capture === null ? {} : { evidence: evidenceOf(capture) };
    const faces = await measurePerson(file, options.person, context);
    const from = options.from ?? new Date();
    const envelope = await createRecord({
      subject,
      faces,
      referenceSha256,
      ...evidence,
      ...licensee,
      project: { title: options.project, description: options.description ?? '' },
      scope: {
        roles: [...options.as],
        operations: [...options.operation],
        uses: [...options.use],
        prohibitedUses: [...options.prohibit],
        media: [...options.medium],
        territories: [...options.territory],
        languages: [...options.language],
        channels: [...options.channel],
        count: options.count ?? null,
        scriptApproval: options.approveEach === true ? 'perItem' : 'none',
        visibleLabel: options.insistOn.includes('visible'),
        watermark: options.insistOn.includes('watermark'),
      },
      ...terms,
      revocation: { ...terms.revocation, status: options.statusList.map((url) => reserveStatusEntry(url)) },
      term: { from, to: new Date(from.getTime() + options.days * 86_400_000), postTerm: options.afterwards },
      supersedes: options.supersedes ?? null,
    });
    await writeEnvelope(out, envelope);
    context.result(
      { file: out, id: envelope.record.id, digest: envelope.digest, faces: faces.length, envelope },
      () =>
        `${describeRecord(envelope, languageOr(options.showLanguage))}\nwrote ${out} (${faces.length} measured faces). Next: likeness consent sign ${out} --key ${options.estateKey ?? options.guardianKey ?? options.key}`,
    );
  });
}
