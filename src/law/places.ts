/** Places: ISO 3166 codes, what lies within what, and names to show. */
import { LikenessError } from '../base/index.js';

/** Codes of the member states of the European Union: its law is theirs, whether or not the table has rows of their own. */
export const EU_MEMBERS: readonly string[] =
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' ');

const US_STATES = (
  'AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA ' +
  'RI SC SD TN TX UT VT VA WA WV WI WY DC'
).split(' ');

const STATE_NAMES: Record<string, string> = {
  'US-CA': 'California',
  'US-IL': 'Illinois',
  'US-MN': 'Minnesota',
  'US-NY': 'New York',
  'US-TN': 'Tennessee',
  'US-TX': 'Texas',
};

const REGIONS = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

/** Stands for every place of the table. */
export const WORLDWIDE = 'worldwide';

/** The place of the rules that this program makes for itself; they hold everywhere and are not law. */
export const HOUSE = 'HOUSE';

/** A place's name in English: `California`, `Germany`. */
export function placeName(place: string): string {
  if (place === HOUSE) return 'Rules of Likeness (not law)';
  if (place === 'EU') return 'European Union';
  return STATE_NAMES[place] ?? (place.includes('-') ? place : (REGIONS.of(place) ?? place));
}

/**
 * A place as written by a person, as its code: `us-ca` gives `US-CA`.
 *
 * @throws LikenessError `law.place`
 */
export function parsePlace(text: string): string {
  const place = text.trim().toUpperCase();
  const wrong = (why: string, hint: string): LikenessError =>
    new LikenessError('law.place', `"${text.slice(0, 40)}" is no place: ${why}.`, { hint });
  if (place === WORLDWIDE.toUpperCase()) return WORLDWIDE;
  if (place === 'UK') throw wrong('the code of the United Kingdom is GB', 'Write GB.');
  const [country = '', part, ...rest] = place.split('-');
  const use = 'Write ISO 3166 codes such as DE, GB, US or US-CA, EU, or worldwide.';
  if (!/^[A-Z]{2}$/.test(country) || rest.length > 0) throw wrong('it is not an ISO 3166 code', use);
  if (country === 'ZZ' || REGIONS.of(country) === undefined) throw wrong(`no country has the code ${country}`, use);
  if (part === undefined) return country;
  if (!/^[A-Z0-9]{1,3}$/.test(part)) throw wrong('what stands after the dash is no part of a country', use);
  if (country === 'US' && !US_STATES.includes(part)) throw wrong(`the United States have no state ${part}`, use);
  return place;
}

/** Whether `inner` is `outer` or lies in it. */
export function liesIn(inner: string, outer: string): boolean {
  if (inner === outer || outer === WORLDWIDE) return true;
  if (outer === 'EU') return EU_MEMBERS.includes(inner.slice(0, 2));
  return inner.startsWith(`${outer}-`);
}

/**
 * Whether the law of `of` matters to something shown in `asked`: its own law, that of the whole it is part of, and, since
 * what is shown in a whole is shown in all its parts, that of its parts.
 */
export function concerns(of: string, asked: string): boolean {
  return liesIn(asked, of) || liesIn(of, asked);
}
