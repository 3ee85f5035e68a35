/**
 * Sentences of the studio in another language. They come finished and in English (errors, evidence, stages, answers about the
 * law); here each is recognised by its template, `{0} holds no bytes.`, and said by the translation of that template.
 * `scripts/said.mjs` lists the templates from the source; `test/said.test.ts` shows that none lacks a translation.
 */

/** Template to translation. `{0}` is kept as it was filled in; `{0~}` holds words of the studio, which are translated, too. */
export type SaidWords = Readonly<Record<string, string>>;

/** What became of a text. */
export interface Said {
  readonly text: string;
  /** Whether no part of it was left in English. */
  readonly whole: boolean;
}

interface Template {
  readonly words: string;
  /** What stands in front of, between and behind the places. */
  readonly literals: readonly string[];
  /** A word that every text of this template has, in small letters; empty where none is sure. */
  readonly key: string;
  /** Which place each thing that is filled in is for. */
  readonly places: readonly string[];
  /** Which of them are kept as they were filled in. */
  readonly kept: readonly number[];
  /** Which hold words of the studio in the middle of a sentence, so that none can end in them. */
  readonly inner: readonly number[];
  /** Whether it is so short, and begins so, that only what is known throughout counts as this. */
  readonly isLoose: boolean;
  /** Whether it begins with a place: a name in front of the whole is no part of what is filled in. */
  readonly isOpen: boolean;
  /** Letters that are not filled in: of two templates that fit the one with more is meant. */
  readonly weight: number;
}

interface Found extends Said {
  readonly weight: number;
}

const NOTHING: Found = { text: '', whole: true, weight: 0 };
const PLACE = /\{(\d+)\}/;
const SENTENCES = /(?<=[.!?])\s+(?=\S)/;
const PARTS = /(?<=[;,:])\s+|\s+(?=\()|(?<=\))\s+|(?<!^)\s+(?:and|or)\s+/;
const A_WORD = /[A-Za-z]{2}/;
/** What is no word of a language: an id, a path, a file name, a number. */
const NO_WORDS = /^\S*[\d:/\\._]\S*$|^[^a-z]*$/;
/** A name in front of a clause: `clip one.mp4: it holds no bytes`. */
const NAMED = /^([^:]{1,80}):\s+(\S[\s\S]*)$/;
/** What may end a sentence: a full stop or colon, and a code of the standard of labels in front of it. */
const STOP = /(?: \[[\w.-]+\])?[.:]?$/;
/** A program and its version, in brackets. */
const VERSION = /^\([^()]*\d[^()]*\)$/;
/** Templates with fewer letters fit nearly anything, so that more is asked of what is filled in. */
const FEW = 8;

/** Longer texts are no sentences of the studio; they would take long. */
const LONGEST = 2000;
/** Looks that one text may take. Sentences of the studio take some hundred; what others wrote must not hold a page up. */
const MOST_LOOKS = 4000;
/** In texts of more sentences than this each is read by itself. */
const MOST_SENTENCES = 16;
/** More parts than this are a list of something else. */
const MOST_PARTS = 16;
/** So many of them may be one template's, as where a list stands in brackets. */
const MOST_TOGETHER = 6;

/** Whether a place between these stands for whole sentences: at the beginning or behind a full stop, and before a new one or the end. */
const isSentence = (before: string, after: string): boolean =>
  /(?:^|[.:!?]\s*)$/.test(before) && /^(?:$|\s+[\p{Lu}"])/u.test(after);

function templateOf(template: string, words: string): Template {
  const pieces = template.split(PLACE);
  const literals = pieces.filter((_, at) => at % 2 === 0);
  const places = pieces.filter((_, at) => at % 2 === 1);
  // Whole words alone: what is filled in may touch others.
  const sure = literals.join('\0').match(/(?<![\0\p{L}])\p{L}{3,}(?![\0\p{L}])/gu) ?? [];
  return {
    words,
    literals,
    key: sure.reduce((longest, each) => (each.length > longest.length ? each : longest), '').toLowerCase(),
    places,
    kept: places.flatMap((place, at) => (words.includes(`{${place}~}`) ? [] : [at])),
    inner: places.flatMap((place, at) =>
      words.includes(`{${place}~}`) && !isSentence(literals[at] ?? '', literals[at + 1] ?? '') ? [at] : [],
    ),
    isLoose: literals.join('').replace(/[^A-Za-z]/g, '').length < FEW,
    isOpen: literals[0] === '' && !words.startsWith('{0~}'),
    weight: literals.join('').length,
  };
}

/** What is filled in, place by place, each as short as can be; null where the text is not of this template. */
function filledIn({ literals }: Template, text: string): string[] | null {
  const [first = '', ...between] = literals;
  const last = between.pop() ?? '';
  const end = text.length - last.length;
  if (!text.startsWith(first) || !text.endsWith(last) || end < first.length) return null;
  const filled: string[] = [];
  let at = first.length;
  for (const literal of between) {
    const found = text.indexOf(literal, at);
    if (found < 0 || found + literal.length > end) return null;
    filled.push(text.slice(at, found));
    at = found + literal.length;
  }
  return [...filled, text.slice(at, end)];
}

const upperFirst = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);

/** What was read by more of the letters; of two alike the first. */
const heavier = (one: Found | null, other: Found | null): Found | null =>
  one === null || (other !== null && other.weight > one.weight) ? other : one;

/** Whether it says more than a name would. */
const isClause = (text: string): boolean => text.split(/\s+/).length > 5;

/** Translates by `words`. What no template fits stays as it is. */
export function translator(words: SaidWords): (text: string) => Said {
  const trimmed = Object.entries(words).map(([template, text]) => [template.trim(), text.trim()] as const);
  const exact = new Map(trimmed.filter(([template]) => !PLACE.test(template)));
  const templates = trimmed
    .filter(([template]) => PLACE.test(template))
    .map(([template, translation]) => templateOf(template, translation))
    .sort((a, b) => b.weight - a.weight);
  const rank = new Map(templates.map((template, at) => [template, at]));
  const byKey = new Map<string, Template[]>();
  for (const template of templates) byKey.set(template.key, [...(byKey.get(template.key) ?? []), template]);
  const known = new Map<string, Said>();
  /** What parts of the text that is being read may be of. */
  let pool: readonly Template[] = [];
  let looks = 0;
  let depth = 0;

  /** Templates that the text may be of, the one that says most first. */
  function candidates(text: string): Template[] {
    const keys = new Set(['', ...(text.toLowerCase().match(/\p{L}{3,}/gu) ?? [])]);
    return [...keys].flatMap((key) => byKey.get(key) ?? []).sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
  }

  function fill(template: Template, groups: readonly string[]): Found {
    let [whole, weight] = [true, template.weight];
    const text = template.words.replace(/\{(\d+)(~?)\}/g, (_, place: string, own: string) => {
      const filled = groups[template.places.indexOf(place)] ?? '';
      if (own === '') return filled;
      if (NO_WORDS.test(filled)) return filled;
      const inner = translate(filled);
      whole &&= inner.whole;
      if (inner.whole) weight += filled.length;
      return inner.text;
    });
    return { text, whole, weight };
  }

  /** By one template. */
  function asOne(text: string): Found | null {
    const same = exact.get(text);
    if (same !== undefined) return { text: same, whole: true, weight: text.length };
    if (++looks > MOST_LOOKS) return null;
    for (const template of pool) {
      const filled = filledIn(template, text);
      if (filled === null || (template.isOpen && NAMED.test(filled[0] ?? ''))) continue;
      if (template.inner.some((at) => SENTENCES.test(filled[at] ?? ''))) continue;
      const found = fill(template, filled);
      if (!template.isLoose || (found.whole && !template.kept.some((at) => isClause(filled[at] ?? '')))) return found;
    }
    return null;
  }

  /** By one template, that may have been made a sentence by a capital letter and a full stop, or a part of one without them. */
  function bent(text: string): Found | null {
    const plain = asOne(text);
    if (plain !== null) return plain;
    const stop = STOP.exec(text)?.[0] ?? '';
    const body = text.slice(0, text.length - stop.length);
    const tries: readonly (readonly [string, (found: string) => string])[] = [
      [body, (found) => found + stop],
      [lowerFirst(body), (found) => upperFirst(found) + stop],
      [upperFirst(body), (found) => found + stop],
      [`${body}.`, (found) => found.replace(/\.$/, '') + stop],
    ];
    for (const [attempt, mend] of tries) {
      const found = attempt === text ? null : asOne(attempt);
      if (found !== null) return { ...found, text: mend(found.text) };
    }
    return null;
  }

  /**
   * Parts of a sentence, one by one or several as one, when every one of them is known: a sentence half in each language helps
   * nobody.
   */
  function inParts(text: string): Found | null {
    const parts = text.split(PARTS);
    if (parts.length < 2 || parts.length > MOST_PARTS) return null;
    const between = separators(text, parts);
    const joint = (at: number): string => {
      const gap = between[at] ?? ' ';
      return gap.trim() === '' ? gap : gap.replace(gap.trim(), exact.get(gap.trim()) ?? gap.trim());
    };
    const best: (Found | null)[] = [];
    for (let from = parts.length - 1; from >= 0; from--) {
      let top: Found | null = null;
      let piece = '';
      for (let to = from + 1; to <= Math.min(parts.length, from + MOST_TOGETHER); to++) {
        piece += (to === from + 1 ? '' : (between[to - 2] ?? ' ')) + (parts[to - 1] ?? '');
        const head = part(piece);
        const rest = to === parts.length ? NOTHING : best[to];
        if (head === null || rest === null || rest === undefined) continue;
        const made = to === parts.length ? head.text : head.text + joint(to - 1) + rest.text;
        const found = { text: made, whole: true, weight: head.weight + rest.weight };
        if (top === null || found.weight > top.weight) top = found;
      }
      best[from] = top;
    }
    return best[0] ?? null;
  }

  /** One part, known throughout: in brackets, with a comma behind it, or as it is. */
  function part(text: string): Found | null {
    const [, open = '', body = '', close = ''] = /^(\(?)([\s\S]*?)(\)?[;,:]?)$/.exec(text) ?? [];
    if (!A_WORD.test(body) || NO_WORDS.test(body) || (VERSION.test(text) && text.split(' ').length < 5))
      return { text, whole: true, weight: 0 };
    for (const [attempt, before, after] of [
      [text, '', ''],
      [text.replace(/[;,:]$/, ''), '', close.replace(')', '')],
      [body, open, close],
    ] as const) {
      const found = bent(attempt);
      if (found?.whole === true) return { ...found, text: before + found.text + after };
    }
    return null;
  }

  /** Sentences behind a name, which stays where it is none of the studio's words: of a field, a file, a detector. */
  function named(text: string): Found | null {
    const [, name = '', rest = ''] = NAMED.exec(text) ?? [];
    if (rest === '') return null;
    const found = inSentences(rest);
    const known = asOne(name);
    const head =
      known?.whole === true ? known.text : /[\d./\\_]/.test(name) || name.split(' ').length < 4 ? name : null;
    return found.whole && head !== null ? { ...found, text: `${head}: ${found.text}` } : null;
  }

  /** The best way to read a text as sentences, each by a template that may span several. */
  function inSentences(text: string): Found {
    const sentences = text.split(SENTENCES);
    const between = separators(text, sentences);
    const join = (from: number, to: number): string =>
      sentences.slice(from, to).reduce((made, each, at) => made + (at === 0 ? '' : between[from + at - 1]) + each, '');
    const best: Found[] = [];
    for (let from = sentences.length - 1; from >= 0; from--) {
      let top: Found | null = null;
      for (let to = sentences.length > MOST_SENTENCES ? from + 1 : sentences.length; to > from; to--) {
        const piece = join(from, to);
        const read = heavier(bent(piece), to === from + 1 ? inParts(piece) : null);
        // A sentence that nothing fits stays as it is; several at once are never tried as one.
        const head = read ?? (to === from + 1 ? { text: piece, whole: !A_WORD.test(piece), weight: 0 } : null);
        if (head === null) continue;
        const rest = best[to];
        const found: Found = {
          text: rest === undefined ? head.text : head.text + (between[to - 1] ?? ' ') + rest.text,
          whole: head.whole && (rest?.whole ?? true),
          weight: head.weight + (rest?.weight ?? 0),
        };
        if (top === null || found.weight > top.weight) top = found;
      }
      best[from] = top ?? { text: join(from, sentences.length), whole: false, weight: 0 };
    }
    return best[0] ?? { text, whole: true, weight: 0 };
  }

  function read(text: string): Said {
    if (depth === 0) looks = 0;
    const before = pool;
    pool = candidates(text);
    depth++;
    const found = inSentences(text);
    const made = found.whole ? found : (named(text) ?? found);
    depth--;
    pool = before;
    return made;
  }

  function translate(text: string): Said {
    const before = known.get(text);
    if (before !== undefined) return before;
    const bare = text.trim();
    if (bare.length > LONGEST) return { text, whole: false };
    const { text: said, whole } = bare === '' ? NOTHING : read(bare);
    const made = { text: bare === '' ? text : text.replace(bare, () => said), whole };
    if (known.size > 2000) known.clear();
    known.set(text, made);
    return made;
  }

  return translate;
}

/** What stood between the pieces of a text that was split at white space. */
function separators(text: string, pieces: readonly string[]): string[] {
  const between: string[] = [];
  let at = 0;
  for (const [index, piece] of pieces.entries()) {
    const start = text.indexOf(piece, at);
    if (index > 0) between.push(text.slice(at, start));
    at = start + piece.length;
  }
  return between;
}
