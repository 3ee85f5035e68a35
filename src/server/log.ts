/**
 * The log: one JSON object a line. Values are written as given, so that callers must not give secrets, faces or bodies;
 * names that sound like a secret are left out all the same.
 */

/** How grave a line is. */
export type LogLevel = 'info' | 'warn' | 'error';

/** Flat facts of a line. */
export type LogFacts = Readonly<Record<string, string | number | boolean | null>>;

/** Writes a line. */
export type Log = (level: LogLevel, message: string, facts?: LogFacts) => void;

const SECRET = /token|password|secret|cookie|authorization|key/i;

/** A log that hands each line to `write`. */
export function createLog(write: (line: string) => void): Log {
  return (level, message, facts = {}) => {
    const kept = Object.fromEntries(Object.entries(facts).filter(([name]) => !SECRET.test(name)));
    write(`${JSON.stringify({ at: new Date().toISOString(), level, message, ...kept })}\n`);
  };
}
