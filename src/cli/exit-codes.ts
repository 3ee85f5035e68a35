/** What a command's exit code means, and which error leads to which. The README's table says the same. */
import { LikenessError } from '../base/index.js';

/** The exit codes of every command. A stop by signal ends with 128 and the signal's number: 130, 143. */
export const EXIT = {
  ok: 0,
  /** A fault of Likeness itself. */
  unexpected: 1,
  /** The command line was not understood. */
  usage: 2,
  /** The files or values given cannot be used. */
  input: 3,
  /** Consent was refused: record, term, scope, signature or person. */
  consent: 4,
  /** The input is fine but it cannot be done here and now: disk full, no permission, in use, damaged installation. */
  here: 5,
  /** What was looked at does not hold: a broken label, consent that was withdrawn. */
  finding: 6,
  /** A check that gives no verdict. */
  inconclusive: 7,
  interrupted: 130,
  terminated: 143,
} as const;

const HERE = new Set(['file.full', 'file.permission', 'file.failed']);
/** The law room also refuses plain bad input; only these two are refusals of a use. */
const LAW_REFUSALS = new Set(['law.blocked', 'law.question']);

/** The exit code for anything that a command threw; stops by signal are the caller's to know. */
export function exitCodeOf(thrown: unknown): number {
  if (!(thrown instanceof LikenessError)) return EXIT.unexpected;
  const [room = '', ...rest] = thrown.code.split('.');
  const reason = rest.join('.');
  if (room === 'usage') return EXIT.usage;
  if (room === 'consent' || LAW_REFUSALS.has(thrown.code)) return EXIT.consent;
  if (HERE.has(thrown.code) || room === 'models' || reason === 'busy' || reason === 'locked') return EXIT.here;
  return EXIT.input;
}
