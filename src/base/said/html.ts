/** A report in another language: a page that the studio made, text by text. */
import type { Said } from './translate.js';

const TAG = /<(?:style|script|code)\b[\s\S]*?<\/(?:style|script|code)>|<[^>]*>/gi;
const SPOKEN = /\b(alt|title|aria-label|content)="([^"]*)"/g;

const plain = (html: string): string =>
  html.replace(/&#(\d+);|&(amp|lt|gt|quot);/g, (_, code: string | undefined, name: string) =>
    code === undefined ? ({ amp: '&', lt: '<', gt: '>', quot: '"' }[name] ?? '') : String.fromCodePoint(Number(code)),
  );

const safe = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** What stands between tags; white space around it stays. */
function between(text: string, say: (text: string) => Said): string {
  const inner = text.trim();
  if (!/\p{L}{2}/u.test(inner)) return text;
  const known = plain(inner);
  // Signs in front of a verdict stand for themselves.
  const [, sign = '', words = ''] = /^([^\p{L}\p{N}("„«]*)([\s\S]*)$/u.exec(known) ?? [];
  const whole = say(known);
  const said = whole.whole || sign === '' ? whole.text : sign + say(words).text;
  return said === known ? text : text.replace(inner, () => safe(said));
}

function tag(text: string, say: (text: string) => Said, language: string): string {
  if (/^<html\b/i.test(text)) return text.replace(/\blang="[^"]*"/, `lang="${language}"`);
  // Pictures are inlined and long: only what is read aloud is looked for.
  if (!/^<(?:img|svg|section|div|table|ul|a|path|title)\b/i.test(text)) return text;
  return text.replace(SPOKEN, (whole, name: string, value: string) => {
    const said = say(plain(value)).text;
    return said === plain(value) ? whole : `${name}="${safe(said)}"`;
  });
}

/**
 * The page with its texts, and what is read aloud of its pictures, in another language. What no template fits stays as it
 * is; tags, styles and code are not touched.
 *
 * @param html of this program's own reports; it is taken apart at its tags, not parsed as a browser would
 * @param language of the document: `de`
 */
export function translateHtml(html: string, say: (text: string) => Said, language: string): string {
  let made = '';
  let at = 0;
  for (const match of html.matchAll(TAG)) {
    made += between(html.slice(at, match.index), say) + tag(match[0], say, language);
    at = match.index + match[0].length;
  }
  return made + between(html.slice(at), say);
}
