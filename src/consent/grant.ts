/**
 * The gate. `authorize()` is the only place where a `Grant` comes into being, and nothing that makes media runs without
 * one. A grant is a capability for exactly these footage files, operations and records, and it stops working the moment
 * a record's term ends or its subject withdraws.
 */
import { randomUUID } from 'node:crypto';
import { LikenessError } from '../base/index.js';
import type { Facts } from '../law/index.js';
import { appendAudit, decideInAudit, readAudit } from './audit.js';
import { countRenders, openSlots } from './count.js';
import { type GrantedLaw, lawGate } from './law-gate.js';
import { checkParty, freezeDeep, PARTY_WORDS, type Party, snapshot } from './party.js';
import type { ConsentEnvelope, Operation, Role } from './record.js';
import { rememberRecord } from './registry.js';
import { ConsentRefusedError, type ConsentRule } from './rules.js';
import type { Purpose } from './scope.js';
import { stillStands } from './verify.js';

/** What is to be done, with whom. */
export interface AuthorizationRequest extends Omit<Purpose, 'operations'> {
  readonly operation: Operation | readonly Operation[];
  /** Whose face will be shown. */
  readonly source: Party;
  /** Whose face gives way. Needed for everything but training on the source alone. */
  readonly replaced: Party | null;
  /** What is known beyond the records and the name of the use, where the law of the territory asks: `election: 'no'`. */
  readonly facts?: Facts | undefined;
  /**
   * Id of a piece of work that several processes share, each with a grant of its own: of a record that counts renders they
   * take one together, and seal one thing.
   */
  readonly work?: string | undefined;
}

/** One side of a grant: names and hashes, never biometrics. */
export interface GrantedParty {
  readonly recordId: string;
  /** `sha256:<hex>` of the record. */
  readonly recordDigest: string;
  readonly subject: string;
  readonly displayName: string;
  readonly footageSha256: string;
  /** Where others can ask whether the record still stands, if the record names a place. */
  readonly status: string | null;
  /** What the record says of labels. */
  readonly labelRequired: ConsentEnvelope['record']['scope']['labelRequired'];
}

/** What a grant says. */
export interface GrantTerms {
  readonly id: string;
  readonly issuedAt: string;
  /** The earliest end of the terms. */
  readonly expiresAt: string;
  readonly operations: readonly Operation[];
  readonly use: string;
  readonly medium: Purpose['medium'];
  readonly territory: string | null;
  readonly source: GrantedParty;
  readonly replaced: GrantedParty | null;
  /** What the law of the territory asks, labels above all. */
  readonly law: GrantedLaw;
}

/** What is about to be done under a grant. */
export interface Deed {
  readonly operation: Operation;
  /** SHA-256 (hex) of the source footage; left out where the deed does not read it. */
  readonly sourceSha256?: string | undefined;
  /** SHA-256 (hex) of the footage that is changed; left out where there is none. */
  readonly targetSha256?: string | undefined;
}

/** Known to this module alone; without it the constructor throws. */
const MINT = Symbol('mint');

interface Standing {
  readonly envelopes: readonly (readonly [Role, ConsentEnvelope])[];
  readonly now: () => Date;
  /** Set when the grant was given back. */
  released: boolean;
}

/** Set by the class itself, which alone can reach its constructor. */
let mintGrant: (terms: GrantTerms, standing: Standing) => Grant;

/** Leave to make something. Comes from {@link authorize} alone; a copy, a look-alike or a proxy is none. */
export class Grant {
  readonly #terms: GrantTerms;
  readonly #standing: Standing;

  /** Throws for everyone but `authorize()`. */
  private constructor(mint: symbol, terms: GrantTerms, standing: Standing) {
    if (mint !== MINT)
      throw new LikenessError('consent.grant.forged', 'A grant comes from authorize() alone.', {
        hint: 'Call authorize() with the consent records of both people.',
      });
    this.#terms = terms;
    this.#standing = standing;
    Object.freeze(this);
  }

  static {
    mintGrant = (terms, standing) => new Grant(MINT, terms, standing);
  }

  /** Whether `thing` was made by `authorize()` in this process. */
  static is(thing: unknown): thing is Grant {
    return typeof thing === 'object' && thing !== null && #terms in thing;
  }

  /** What the grant says; frozen. */
  get terms(): GrantTerms {
    return this.#terms;
  }

  /** The terms, for logs and reports. A grant that was serialised is no grant any more. */
  toJSON(): GrantTerms {
    return this.#terms;
  }

  /**
   * Checks that this grant covers a deed, and that both records still stand: term, withdrawal. Reads two small files, so
   * call it before every segment.
   *
   * @throws ConsentRefusedError
   */
  assertCovers(deed: Deed): void {
    const { operations, source, replaced, issuedAt } = this.#terms;
    if (this.#standing.released)
      throw new LikenessError('consent.grant.released', 'This grant was given back.', {
        hint: 'Ask authorize() for a new one.',
      });
    const refuse = (rule: ConsentRule, role: Role, found: string, todo: string): never => {
      const party = role === 'source' ? source : replaced;
      throw new ConsentRefusedError({ rule, passed: false, found, todo }, party?.recordId ?? null, PARTY_WORDS[role]);
    };
    if (!operations.includes(deed.operation))
      refuse(
        'consent.scope.operation',
        'source',
        `this grant is for ${operations.join(', ')}, not ${deed.operation}`,
        'Ask authorize() for a grant that covers it.',
      );
    const todo = 'Ask authorize() for a grant for these files.';
    if (deed.sourceSha256 !== undefined && deed.sourceSha256 !== source.footageSha256)
      refuse('consent.footage', 'source', 'the source footage is not the file this grant was given for', todo);
    if (deed.targetSha256 !== undefined && deed.targetSha256 !== replaced?.footageSha256)
      refuse('consent.footage', 'replaced', 'the target footage is not the file this grant was given for', todo);
    const now = this.#standing.now();
    if (now.getTime() < Date.parse(issuedAt) - 5 * 60_000)
      refuse(
        'consent.clock',
        'source',
        `the clock says ${now.toISOString()}, before this grant was given`,
        'Set the clock of this machine.',
      );
    for (const [role, envelope] of this.#standing.envelopes) {
      const failures = stillStands(envelope, now).filter((c) => !c.passed);
      const [first] = failures;
      if (first !== undefined) throw new ConsentRefusedError(first, envelope.record.id, PARTY_WORDS[role], failures);
    }
  }

  /**
   * Gives the grant back where nothing came of it, so that it does not use up a render of a record that counts them.
   * A grant under which something was sealed stays used. The grant covers nothing afterwards.
   */
  async release(): Promise<void> {
    if (this.#standing.released) return;
    this.#standing.released = true;
    openSlots.delete(this.#terms.id);
    await appendAudit('release', { grant: this.#terms.id });
  }
}
// Nothing may put another method in a grant's place.
Object.freeze(Grant.prototype);
Object.freeze(Grant);

/** Facts of both sides for the audit log. */
function auditFacts(
  request: Purpose,
  parties: readonly (readonly [Role, Party])[],
): Record<string, string | string[] | null> {
  return {
    operations: [...request.operations],
    use: request.use,
    medium: request.medium,
    territory: request.territory ?? null,
    channel: request.channel ?? null,
    ...Object.fromEntries(
      parties.flatMap(([role, p]) => [
        [`${role}Record`, p.envelope.record.id],
        [`${role}Digest`, p.envelope.digest],
        [`${role}Footage`, p.footageSha256],
      ]),
    ),
  };
}

const grantedParty = ({ envelope: { record, digest }, footageSha256 }: Party): GrantedParty => ({
  recordId: record.id,
  recordDigest: digest,
  subject: record.subject.did,
  displayName: record.subject.displayName,
  footageSha256,
  status: record.revocation.status[0]?.statusListCredential ?? record.revocation.endpoint,
  labelRequired: record.scope.labelRequired,
});

/** {@link authorize} with the clock as a parameter. Not part of the room's interface. */
export async function authorizeWith(request: AuthorizationRequest, now: () => Date): Promise<Grant> {
  const operations: readonly Operation[] =
    typeof request.operation === 'string' ? [request.operation] : [...request.operation];
  if (operations.length === 0)
    throw new LikenessError('consent.request', 'No operation was named.', {
      hint: 'Name at least one, such as faceSwap.',
    });
  const { use, medium, territory, channel, language } = request;
  const purpose: Purpose = { operations, use, medium, territory, channel, language };
  const parties: (readonly [Role, Party])[] = [['source', snapshot(request.source, 'source')]];
  if (request.replaced !== null) parties.push(['replaced', snapshot(request.replaced, 'replaced')]);
  else if (operations.some((o) => o !== 'train'))
    throw new LikenessError('consent.request', 'A swap needs the consent of the person replaced as well.', {
      hint: 'Name their record: --target-consent.',
    });
  // A net is no item: what it is used for is asked about each time.
  const item = operations.every((o) => o === 'train') ? null : (parties[1]?.[1].footageSha256 ?? null);
  const at = now();
  const log = await readAudit();
  for (const [role, party] of parties) {
    const failures = (await checkParty(role, party, purpose, item, at, log)).filter((c) => !c.passed);
    const [first] = failures;
    if (first === undefined) continue;
    await appendAudit('refusal', {
      ...auditFacts(purpose, parties),
      rule: first.rule,
      party: role,
      failed: failures.map((f) => f.rule),
    });
    throw new ConsentRefusedError(first, party.envelope.record.id, PARTY_WORDS[role], failures);
  }
  const [[, source]] = parties as [readonly [Role, Party]];
  const { refusal, law } = lawGate(purpose, parties, request.facts ?? {}, at);
  if (refusal !== null) {
    await appendAudit('refusal', { ...auditFacts(purpose, parties), rule: refusal.rule, failed: [refusal.rule] });
    throw new ConsentRefusedError(refusal, source.envelope.record.id, `use in ${territory ?? 'no named place'}`);
  }
  const replaced = parties[1]?.[1] ?? null;
  const terms: GrantTerms = freezeDeep({
    id: `urn:uuid:${randomUUID()}`,
    issuedAt: at.toISOString(),
    expiresAt: parties
      .map(([, p]) => p.envelope.record.term.notAfter)
      .reduce((x, y) => (Date.parse(x) < Date.parse(y) ? x : y)),
    operations,
    use,
    medium,
    territory: territory ?? null,
    source: grantedParty(source),
    replaced: replaced === null ? null : grantedParty(replaced),
    law,
  });
  for (const [, party] of parties) await rememberRecord(party.envelope);
  const facts = { ...auditFacts(purpose, parties), ...(request.work === undefined ? {} : { work: request.work }) };
  const counted = parties.map(([role, p]) => ({ role, record: p.envelope.record }));
  try {
    // Nobody else can take a render between the count and the entry.
    await decideInAudit('grant', (entries) => ({
      grant: terms.id,
      expiresAt: terms.expiresAt,
      ...facts,
      ...countRenders(counted, facts, entries),
    }));
  } catch (cause) {
    if (cause instanceof ConsentRefusedError)
      await appendAudit('refusal', { ...facts, rule: cause.rule, party: cause.party, failed: [cause.rule] });
    throw cause;
  }
  openSlots.add(terms.id);
  return mintGrant(terms, {
    envelopes: parties.map(([role, p]) => [role, p.envelope] as const),
    now,
    released: false,
  });
}

/**
 * Asks for leave. Every rule of `CONSENT_RULES` must hold for both people; the outcome goes into the audit log either way.
 *
 * @throws ConsentRefusedError that names the rule, the record, what was found and what to do
 * @example
 * const grant = await authorize({ operation: 'faceSwap', use: 'film', medium: 'video', source, replaced });
 */
export async function authorize(request: AuthorizationRequest): Promise<Grant> {
  return authorizeWith(request, () => new Date());
}
