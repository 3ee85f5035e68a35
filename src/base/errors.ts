/**
 * The one error type of the house. Every message says what is wrong and where; the hint says what to do about it.
 * Anything else that reaches the command line is a bug and is shown as such.
 */

/** Extra facts of a {@link LikenessError}. */
export interface ErrorDetails {
  /** What the reader can do about it, as one sentence. */
  readonly hint?: string;
  /** The error underneath, kept for `--verbose` and logs. */
  readonly cause?: unknown;
}

/**
 * An error that was foreseen: bad input, refused consent, missing file.
 *
 * @example
 * throw new LikenessError('media.empty', 'clip.mp4 holds no bytes.', { hint: 'Copy the file again.' });
 */
export class LikenessError extends Error {
  /** Stable dotted code, `room.reason`; scripts may rely on it. */
  readonly code: string;
  /** What to do, or `undefined` where nothing helps. */
  readonly hint: string | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'LikenessError';
    this.code = code;
    this.hint = details.hint;
  }
}

/** The message of anything thrown, for use inside another message. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** What a disk or a database without room says. */
const NO_ROOM = new Set(['file.full', 'ENOSPC', 'EDQUOT', '53100']);

/** True where something failed because a disk is full, however deep that lies: of the house, of Node.js, of PostgreSQL. */
export function isDiskFull(thrown: unknown): boolean {
  for (let at = thrown, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++)
    if (NO_ROOM.has(String((at as NodeJS.ErrnoException).code))) return true;
  return false;
}

/** True for a Node.js file-system error with the given code (`ENOENT`, `ENOSPC`, ...). */
export function hasErrno(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && (thrown as NodeJS.ErrnoException).code === code;
}
