/**
 * Strict JSON for files that are signed: what two readers could understand in two ways is refused. `JSON.parse` takes
 * the last of two fields with one name, other readers the first, so that one signature would stand for two records.
 */
import { LikenessError, messageOf } from '../base/index.js';

/** Deeper nesting than this is no record of ours. */
const MAX_DEPTH = 64;

/** Where a string that starts at `from` ends (the index behind its closing quote). The text is known to be JSON. */
function stringEnd(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** What is ambiguous in a text that is known to be JSON, or `null`. */
function ambiguity(text: string): string | null {
  // One set of field names for each open object, null for each open array.
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '{' || sign === '[') {
      open.push(sign === '{' ? new Set() : null);
      if (open.length > MAX_DEPTH) return `it is nested more than ${MAX_DEPTH} deep`;
    } else if (sign === '}' || sign === ']') open.pop();
    else if (sign === '"') {
      const end = stringEnd(text, at);
      const names = open.at(-1);
      if (names && /^\s*:/.test(text.slice(end, end + 64))) {
        const name = JSON.parse(text.slice(at, end)) as string;
        if (names.has(name)) return `it has the field "${name.slice(0, 60)}" twice`;
        if (name === '__proto__') return 'it has a field called "__proto__"';
        names.add(name);
      }
      at = end - 1;
    }
  }
  return null;
}

/**
 * Reads JSON that comes from outside.
 *
 * @param where named in messages, usually the path
 * @throws LikenessError `consent.structure` for what is no JSON, has a field twice, or could reach a prototype
 */
export function parseJson(text: string, where: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new LikenessError('consent.structure', `${where} is not JSON: ${messageOf(cause)}.`, {
      hint: 'Name a file that Likeness wrote.',
      cause,
    });
  }
  const why = ambiguity(text);
  if (why !== null)
    throw new LikenessError('consent.structure', `${where} is refused: ${why}.`, {
      hint: 'A file that can be read in two ways cannot be signed. Use it as Likeness wrote it.',
    });
  return value;
}
