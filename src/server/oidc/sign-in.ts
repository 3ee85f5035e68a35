/**
 * Signing in with a provider: who comes in, and as whom. People are known by the provider's id for them, not by an address,
 * which its owner may change here and there. Somebody who is in the studio already connects the two while signed in.
 */
import { randomBytes } from 'node:crypto';
import { sha256 } from '../../base/index.js';
import { plainName } from '../../consent/index.js';
import type { StudioAuth, StudioUser } from '../auth.js';
import { HttpProblem } from '../problem.js';
import type { People } from '../services/people.js';
import type { Begun, Claimed, Provider } from './provider.js';

/** Milliseconds that somebody has at the provider. */
const LONGEST = 10 * 60_000;
/** Sign-ins under way at once; the oldest is forgotten first. */
const MOST = 1000;

interface Waiting extends Begun {
  /** Id of a person who connects, null for somebody who signs in. */
  readonly connect: string | null;
  readonly until: number;
}

/** How a sign-in ended. */
export interface SignedIn {
  readonly user: StudioUser;
  /** `connected`: the person was signed in already. */
  readonly how: 'known' | 'invited' | 'domain' | 'connected';
}

const refuse = (code: string, message: string, hint: string): HttpProblem =>
  new HttpProblem(403, code, message, { hint });

/** See the head of this file. */
export class ProviderSignIn {
  readonly provider: Provider;
  readonly #auth: StudioAuth;
  readonly #people: People;
  /** By the hash of what the browser keeps in a cookie. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(provider: Provider, auth: StudioAuth, people: People) {
    this.provider = provider;
    this.#auth = auth;
    this.#people = people;
  }

  get #id(): string {
    return `oidc:${this.provider.settings.issuer.href}`;
  }

  /**
   * Begins.
   *
   * @param connect somebody who is signed in and wants to come in by the provider from now on
   * @returns where the browser goes, and what it keeps
   */
  async begin(connect: StudioUser | null): Promise<{ readonly address: string; readonly ticket: string }> {
    const { address, begun } = await this.provider.begin();
    const ticket = randomBytes(32).toString('base64url');
    for (const [key, { until }] of this.#waiting)
      if (until < Date.now() || this.#waiting.size >= MOST) this.#waiting.delete(key);
    this.#waiting.set(sha256(ticket), { ...begun, connect: connect?.id ?? null, until: Date.now() + LONGEST });
    return { address, ticket };
  }

  /**
   * Ends: once for each begin, and in the browser that began.
   *
   * @param query of the address that the browser came back to, with its `?`
   * @throws HttpProblem `oidc.*`
   */
  async end(query: string, ticket: string | undefined): Promise<SignedIn> {
    const key = sha256(ticket ?? '');
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    const state = new URLSearchParams(query).get('state');
    if (waiting === undefined || waiting.until < Date.now() || state !== waiting.state)
      throw refuse(
        'oidc.state',
        'This sign-in was not begun in this browser, or too long ago.',
        'Begin again on the page of the studio.',
      );
    const claimed = await this.provider.end(query, waiting);
    return waiting.connect === null ? this.#enter(claimed) : this.#connect(claimed, waiting.connect);
  }

  async #connect({ subject }: Claimed, id: string): Promise<SignedIn> {
    const user = await this.#auth.needUser(id);
    const known = await this.#auth.byAccount(this.#id, subject);
    if (known !== null && known.id !== id)
      throw refuse('oidc.taken', 'This account is that of somebody else here.', 'Use another account.');
    if (known === null) await this.#auth.linkAccount(id, this.#id, subject);
    return { user, how: 'connected' };
  }

  async #enter({ subject, email, name }: Claimed): Promise<SignedIn> {
    const known = await this.#auth.byAccount(this.#id, subject);
    if (known !== null) return { user: known, how: 'known' };
    if ((await this.#auth.owner()) === null)
      throw refuse('oidc.setup', 'Nobody owns this studio yet.', 'Open the link that the command printed.');
    if (email === null)
      throw refuse(
        'oidc.email',
        'The provider does not vouch for your e-mail address.',
        'Confirm it there, or sign in with a password.',
      );
    // An address in the studio is what somebody typed: it opens nothing by itself.
    if ((await this.#auth.byEmail(email)) !== null)
      throw refuse(
        'oidc.exists',
        'Somebody with this address is here already.',
        'Sign in with your password, then connect the account in Settings.',
      );
    const person = { email, name: plainName(name ?? '') || (email.split('@')[0] ?? email) };
    const invited = await this.#people.acceptFor(person);
    const { domain } = this.provider.settings;
    const own = domain !== null && email.endsWith(`@${domain}`);
    if (invited === null && !own)
      throw refuse('oidc.uninvited', 'Nobody has invited this address.', 'Ask the owner of the studio to invite it.');
    const user = invited ?? (await this.#auth.createUser({ ...person, role: 'subject' }));
    await this.#auth.linkAccount(user.id, this.#id, subject);
    return { user, how: invited === null ? 'domain' : 'invited' };
  }
}
