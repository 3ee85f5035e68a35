/** Whether a record's scope covers what is asked of it. Pure: no files, no clock. */
import type { ConsentRecord, Medium, Operation, Role } from './record.js';
import type { RuleCheck } from './rules.js';

/** What is to be done, as far as scope goes. */
export interface Purpose {
  readonly operations: readonly Operation[];
  /** Dotted words from general to special: `training.internal`. */
  readonly use: string;
  readonly medium: Medium;
  /** ISO 3166 code such as `DE` or `US-CA`, or `worldwide`; needed where the record is limited to places. */
  readonly territory?: string | undefined;
  /** Where it will be shown: `intranet`; needed where the record is limited to channels. */
  readonly channel?: string | undefined;
  /** BCP 47 tag of what is said, where an operation makes somebody say something. */
  readonly language?: string | undefined;
}

/** Uses that no record can allow. */
export const HOUSE_PROHIBITED_USES = ['sexual', 'deception'] as const;

/** The same uses by other names. */
const PROHIBITED_WORDS: Record<(typeof HOUSE_PROHIBITED_USES)[number], RegExp> = {
  sexual:
    /^(sex|sexy|sexual\w*|porn\w*|nsfw|nud(e|es|ity|ify)|undress\w*|erotic\w*|explicit|adult(content|film|video)s?|intimate)$/,
  deception:
    /^(decei\w+|decept\w+|fraud\w*|scams?|impersonat\w+|defam\w+|harass\w*|blackmail\w*|extort\w*|sextort\w*|disinformation|misinformation|fakenews|identitytheft|kyc\w*|livenessbypass)$/,
};

/** Whether `general` is `special` or stands above it: `training` covers `training.internal`. */
export function coversUse(general: string, special: string): boolean {
  return special === general || special.startsWith(`${general}.`);
}

function coversTerritory(allowed: readonly string[], asked: string): boolean {
  return allowed.some((a) => a === 'worldwide' || a === asked || asked.startsWith(`${a}-`));
}

function prohibitedCheck(record: ConsentRecord, use: string): RuleCheck {
  const rule = 'consent.prohibited';
  // A general use would take a prohibited special one with it, so the comparison goes both ways for what the house bans.
  const words = use.toLowerCase().split('.');
  const house = HOUSE_PROHIBITED_USES.find((banned) =>
    words.some((word) => word === banned || PROHIBITED_WORDS[banned].test(word)),
  );
  if (house !== undefined)
    return {
      rule,
      passed: false,
      found: `the use "${use}" is one that Likeness makes for nobody`,
      todo: 'There is no way around this rule.',
    };
  const banned = record.scope.prohibitedUses.find((p) => coversUse(p, use));
  return banned === undefined
    ? { rule, passed: true, found: 'not prohibited' }
    : {
        rule,
        passed: false,
        found: `the record prohibits "${banned}", and "${use}" is that`,
        todo: 'Choose another use, or leave it.',
      };
}

/** Operations after which somebody says something they did not say. */
const SPEAKING: ReadonlySet<Operation> = new Set(['lipSync', 'voiceClone', 'translateDub']);

function languageCheck({ scope }: ConsentRecord, { operations, language }: Purpose): RuleCheck {
  const rule = 'consent.scope.language';
  if (scope.languages.length === 0 || !operations.some((o) => SPEAKING.has(o)))
    return { rule, passed: true, found: 'no language is asked for' };
  // `en` covers `en-GB`, as in RFC 4647.
  const covered = scope.languages.some((l) => language === l || language?.startsWith(`${l}-`) === true);
  return covered
    ? { rule, passed: true, found: `allows ${language}` }
    : {
        rule,
        passed: false,
        found: `it is limited to ${scope.languages.join(', ')}, ${language === undefined ? 'and no language was named' : `not ${language}`}`,
        todo: language === undefined ? 'Say in which language it is.' : 'Ask the subject for a record that covers it.',
      };
}

/** Conditions of the record that are about how the result is shown. */
function conditionChecks(record: ConsentRecord, channel: string | undefined): RuleCheck[] {
  const { channels } = record.scope;
  const inChannel = channels.length === 0 || (channel !== undefined && channels.includes(channel));
  return [
    inChannel
      ? { rule: 'consent.scope.channel', passed: true, found: 'the channel is allowed' }
      : {
          rule: 'consent.scope.channel',
          passed: false,
          found: `it is limited to the channels ${channels.join(', ')}, ${channel === undefined ? 'and none was named' : `not ${channel}`}`,
          todo:
            channel === undefined
              ? 'Say where the result will be shown.'
              : 'Ask the subject for a record that covers it.',
        },
    // Whatever is made carries all three: manifest, watermark and visible label. There is no way to leave one out.
    { rule: 'consent.scope.label', passed: true, found: 'every label that a record can ask for is made' },
  ];
}

/** All scope rules for one side of the work. */
export function scopeChecks(record: ConsentRecord, role: Role, purpose: Purpose): RuleCheck[] {
  const { scope } = record;
  const { operations, use, medium, territory, channel } = purpose;
  const ask = 'Ask the subject for a record that covers it.';
  const missing = operations.filter((o) => !scope.operations.includes(o));
  const place = territory ?? 'worldwide';
  const inPlace = coversTerritory(scope.territories, place);
  return [
    prohibitedCheck(record, use),
    scope.roles.includes(role)
      ? { rule: 'consent.scope.role', passed: true, found: `allowed as ${role}` }
      : {
          rule: 'consent.scope.role',
          passed: false,
          found: `the record allows its subject to be ${scope.roles.join(' or ')}, not ${role}`,
          todo: ask,
        },
    missing.length === 0
      ? { rule: 'consent.scope.operation', passed: true, found: `allows ${operations.join(', ')}` }
      : {
          rule: 'consent.scope.operation',
          passed: false,
          found: `it allows ${scope.operations.join(', ')}, not ${missing.join(', ')}`,
          todo: ask,
        },
    scope.uses.some((u) => coversUse(u, use))
      ? { rule: 'consent.scope.use', passed: true, found: `allows the use ${use}` }
      : {
          rule: 'consent.scope.use',
          passed: false,
          found: `it allows the uses ${scope.uses.join(', ')}, not ${use}`,
          todo: ask,
        },
    scope.media.includes(medium)
      ? { rule: 'consent.scope.medium', passed: true, found: `allows ${medium}` }
      : {
          rule: 'consent.scope.medium',
          passed: false,
          found: `it allows ${scope.media.join(', ')}, not ${medium}`,
          todo: ask,
        },
    inPlace
      ? { rule: 'consent.scope.territory', passed: true, found: `allows ${place}` }
      : {
          rule: 'consent.scope.territory',
          passed: false,
          found: `it is limited to ${scope.territories.join(', ')}, ${territory === undefined ? 'and no territory was named' : `not ${territory}`}`,
          todo: territory === undefined ? 'Say where the result will be shown.' : ask,
        },
    languageCheck(record, purpose),
    ...conditionChecks(record, channel),
  ];
}
