/** Words of `likeness law` as acts and facts. Topics such as `elections` are facts that are so. */
import { LikenessError } from '../base/index.js';
import { ACTS, type Act, type Facts, mergeFacts } from '../law/index.js';

const ALIASES: Record<string, Act> = {
  download: 'possess',
  keep: 'possess',
  view: 'possess',
  training: 'train',
  'offer-tool': 'offerTool',
  offertool: 'offerTool',
  ad: 'advertise',
  removal: 'remove',
};

const TOPICS: Record<string, Facts> = {
  elections: { election: 'yes' },
  election: { election: 'yes' },
  intimate: { intimate: 'yes' },
  satire: { satire: 'yes' },
  dead: { deceased: 'yes' },
  minors: { minor: 'yes' },
  voice: { voice: 'yes' },
};

/** What is asked where only topics were named: everything a person may want to know. */
export const USUAL_ACTS: readonly Act[] = ['possess', 'make', 'publish', 'remove'];

/** What an activity word may be, for messages. */
export const ACTIVITY_WORDS = [...ACTS, ...Object.keys(ALIASES), ...Object.keys(TOPICS)];

/**
 * Acts and facts named by words such as `publish` and `elections`. Topics alone stand for the usual acts.
 *
 * @throws LikenessError `law.activity` for a word it does not know
 */
export function parseActivities(words: readonly string[]): { acts: Act[]; facts: Facts } {
  const acts: Act[] = [];
  let facts: Facts = {};
  for (const word of words.map((each) => each.trim().toLowerCase()).filter((each) => each !== '')) {
    const act = ACTS.find((each) => each.toLowerCase() === word) ?? ALIASES[word];
    const topic = TOPICS[word];
    if (act !== undefined) acts.push(act);
    else if (topic !== undefined) facts = mergeFacts(facts, topic);
    else
      throw new LikenessError('law.activity', `"${word.slice(0, 40)}" is no activity that the table knows.`, {
        hint: `Say one or several of: ${ACTIVITY_WORDS.join(', ')}.`,
      });
  }
  if (acts.length === 0) acts.push(...USUAL_ACTS);
  return { acts, facts };
}
