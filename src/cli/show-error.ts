/** How an error looks to whoever typed the command: one line what and where, one line what to do. */
import { fileError, LikenessError, messageOf } from '../base/index.js';
import { toJson } from './context.js';

/** A plain file-system error becomes one of ours; anything else stays what it is. */
export function asForeseen(thrown: unknown): unknown {
  if (thrown instanceof LikenessError || !(thrown instanceof Error)) return thrown;
  const { code, path, syscall } = thrown as NodeJS.ErrnoException;
  if (code === undefined || path === undefined || syscall === undefined) return thrown;
  return fileError(path, syscall === 'open' ? 'opening it' : syscall, thrown);
}

function causes(thrown: unknown): string[] {
  const lines: string[] = [];
  let cause = thrown instanceof Error ? thrown.cause : undefined;
  while (cause !== undefined && lines.length < 10) {
    lines.push(messageOf(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim();

/** The error as text for stderr, with a closing newline. */
export function errorText(thrown: unknown, options: { json: boolean; verbose: boolean; exitCode: number }): string {
  const foreseen = thrown instanceof LikenessError;
  const code = foreseen ? thrown.code : 'unexpected';
  const message = foreseen ? oneLine(thrown.message) : `Unexpected fault: ${oneLine(messageOf(thrown))}`;
  const hint = foreseen
    ? thrown.hint
    : 'This is a fault of Likeness. Run it again with --verbose and report what it says.';
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  if (options.json)
    return `${toJson({
      error: {
        code,
        message,
        hint: hint ?? null,
        exitCode: options.exitCode,
        ...(options.verbose ? { causes: causes(thrown), stack } : {}),
      },
    })}\n`;
  const lines = [`Error: ${message}`];
  if (hint !== undefined) lines.push(`Hint: ${oneLine(hint)}`);
  if (options.verbose) {
    lines.push(`Code: ${code}`, ...causes(thrown).map((cause) => `Cause: ${cause}`), stack);
  }
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}
