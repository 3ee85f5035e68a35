/** Answers, the table and its sources as plain text. */
import { citation, deadlineWords, kindWords, plainAnswers } from './answers.js';
import { type Answer, type Hit, weakerLetter } from './ask.js';
import { placeName } from './places.js';
import type { Ruleset } from './ruleset.js';
import type { LawRow, Letter } from './schema.js';

const LETTER_WORDS: Record<Letter, string> = {
  P: 'P: primary text read',
  S: 'S: rests on a secondary source',
  U: 'U: unverified',
  H: 'rule of this program, not law',
};

/** What a row's letters mean, text and dates apart where they differ. */
export function letterWords(letters: LawRow['letters']): string {
  if (letters.text === letters.dates) return LETTER_WORDS[letters.text];
  const words = { P: 'read in the primary text', S: 'from a secondary source', U: 'unverified', H: 'own' };
  return `${weakerLetter(letters)}: text ${words[letters.text]}, dates ${words[letters.dates]}`;
}

function since(hit: Hit): string {
  if (hit.status === 'bill') return 'bill, not law';
  if (hit.status === 'voluntary') return `voluntary, since ${hit.from ?? 'an unknown day'}`;
  if (hit.status === 'house') return '';
  if (hit.from === null)
    return hit.status === 'enacted' ? 'passed; first day not found' : 'in force; first day not found';
  return `from ${hit.from}`;
}

function hitLines(hit: Hit): string[] {
  const facts = [
    since(hit),
    hit.deadline === null ? '' : deadlineWords(hit.deadline),
    hit.penalty === null ? '' : `penalty: ${hit.penalty}`,
  ].filter((part) => part !== '');
  const url = hit.source.url === null ? hit.source.title : `${hit.source.title}, ${hit.source.url}`;
  return [
    `  ${hit.place}  ${hit.text}${facts.length === 0 ? '' : ` [${facts.join('; ')}]`}`,
    ...(hit.kinds.length === 0 ? [] : [`      that is: ${hit.kinds.map(kindWords).join('; ')}`]),
    ...(hit.where === null ? [] : [`      where: ${hit.where}`]),
    ...(hit.dependsOn.length === 0 ? [] : [`      depends on: ${hit.dependsOn.join(', ')}`]),
    ...(hit.unless.length === 0 ? [] : [`      unless: ${hit.unless.join('; ')}`]),
    `      ${citation(hit)}. ${letterWords(hit.letters)}. ${url} (${hit.id}, looked at ${hit.verifiedOn})`,
  ];
}

function section(title: string, hits: readonly Hit[]): string[] {
  return hits.length === 0 ? [] : ['', title, ...hits.flatMap(hitLines)];
}

/** An answer for a person: the plain answers first, then every line with its source. */
export function renderAnswer(answer: Answer): string {
  const { asked, ruleset } = answer;
  const facts = Object.entries(asked.facts).map(([name, value]) => `${name}=${value}`);
  return [
    `${asked.acts.join(', ')} in ${asked.places.map((p) => `${placeName(p)} (${p})`).join(', ')} on ${asked.date}${facts.length === 0 ? '' : `; ${facts.join(', ')}`}`,
    '',
    ...plainAnswers(answer).map(({ question, text }) => `${question} ${text}`),
    ...section('BLOCKED', answer.blocked),
    ...section('MUST', answer.must),
    ...section('OPEN (never a pass: answer the questions first)', answer.open),
    ...(answer.questions.length === 0
      ? []
      : ['', 'QUESTIONS', ...answer.questions.map((q) => `  ${q.fact}: ${q.text} (decides ${q.decides.join(', ')})`)]),
    ...section('SHOULD', answer.should),
    ...section('IF IT SHOWS YOU', answer.rights),
    ...section('UPCOMING', answer.upcoming),
    ...(answer.stale.length === 0
      ? []
      : ['', 'STALE', ...answer.stale.map((s) => `  ${s.id}: last looked at on ${s.verifiedOn}, ${s.days} days ago`)]),
    ...(answer.notes.length === 0
      ? []
      : ['', 'NOTES', ...answer.notes.map((n) => `  ${n.place}  ${n.text} (${n.id})`)]),
    ...(answer.notCovered.length === 0 ? [] : ['', 'NOT IN THE TABLE', ...answer.notCovered.map(gapLine)]),
    '',
    `Ruleset ${ruleset.version}, ${ruleset.ageDays} days old. ${answer.disclaimer}`,
  ].join('\n');
}

function gapLine({ place, only }: Answer['notCovered'][number]): string {
  const own = `  ${placeName(place)} (${place}): the table does not hold its own law`;
  return only.length === 0 ? `${own}. Nothing above is about it.` : `${own}, only that of ${only.join(', ')}.`;
}

/** Where a row stands: `in force from 2025-01-01`. */
export function statusWords(row: LawRow): string {
  const words = {
    inForce: 'in force',
    enacted: 'passed',
    bill: 'bill',
    struck: 'struck down or enjoined',
    voluntary: 'voluntary',
    none: 'nothing found',
    house: 'always',
  }[row.status];
  const moved = row.transitional.map((each) => `; from ${each.from} where ${each.label}`).join('');
  const until = row.until === null ? '' : ` until ${row.until}`;
  return `${words}${row.from === null ? '' : ` from ${row.from}`}${until}${moved}`;
}

const cell = (text: string): string => text.replaceAll('|', '/');

/** The table as Markdown, a row a line. */
export function tableMarkdown({ rows }: Ruleset): string {
  return [
    '| place | instrument | what | status | text, dates | looked at |',
    '|---|---|---|---|---|---|',
    ...rows.map(
      (row) =>
        `| ${row.place} | ${cell(row.instrument)} | ${cell(row.what)} | ${statusWords(row)} | ${row.letters.text}, ${row.letters.dates} | ${row.verifiedOn} |`,
    ),
  ].join('\n');
}

/** Rows for a person, with their rules. */
export function renderRows(rows: readonly LawRow[]): string {
  return rows
    .map((row) =>
      [
        `${row.place}  ${row.instrument}`,
        `  ${row.what}`,
        `  ${statusWords(row)}. ${letterWords(row.letters)}. Looked at ${row.verifiedOn}.`,
        ...(row.note === undefined ? [] : [`  Note: ${row.note}`]),
        ...row.rules.map((rule) => `  - ${rule.effect} (${rule.acts.join(', ')}): ${rule.text} [${row.id}.${rule.id}]`),
      ].join('\n'),
    )
    .join('\n\n');
}

/** Where every row comes from. */
export function renderSources(rows: readonly LawRow[]): string {
  return rows
    .map((row) =>
      [
        `${row.id} (${row.place}): ${row.instrument}. ${letterWords(row.letters)}`,
        ...(row.read === undefined ? [] : [`  read: ${row.read}`]),
        ...row.sources.map((s) => `  ${s.title}${s.url === null ? '' : ` ${s.url}`}`),
      ].join('\n'),
    )
    .join('\n');
}
