/**
 * The conversation with an OpenID Connect provider: authorization code with PKCE, state and nonce, and an id token whose
 * signature is compared with the provider's keys. The protocol is openid-client's; this file is the only one that knows it.
 */
import * as client from 'openid-client';
import { messageOf } from '../../base/index.js';
import { HttpProblem } from '../problem.js';
import { mayAsk, type ProviderSettings } from './settings.js';

/** Seconds for an answer of the provider. */
const PATIENCE = 10;
/** Seconds by which clocks may differ. */
const TOLERANCE = 30;
/** Milliseconds after which the provider's description is asked for anew. */
const FRESH = 3_600_000;

/** What a sign-in that was begun must come back with. */
export interface Begun {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Who the provider says somebody is. */
export interface Claimed {
  /** The person, for this provider and for ever. */
  readonly subject: string;
  /** In small letters; null where the provider does not vouch for it. */
  readonly email: string | null;
  readonly name: string | null;
}

/** The refusals of the library by their codes; what is not here is a token or an answer that is not what it should be. */
const REFUSALS: Readonly<Record<string, readonly [code: string, message: string, hint: string]>> = {
  OAUTH_AUTHORIZATION_RESPONSE_ERROR: [
    'oidc.denied',
    'The provider did not let you in.',
    'Try again, and allow what it asks.',
  ],
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: [
    'oidc.expired',
    'What the provider said about you has ended already.',
    'Try again; if it stays so, one of the clocks is wrong.',
  ],
};

const unreachable = (cause: unknown): HttpProblem =>
  new HttpProblem(503, 'oidc.unreachable', 'The provider does not answer, or not as a provider should.', {
    hint: 'Sign in with your password, or try again later.',
    cause,
  });

/** See the head of this file. */
export class Provider {
  readonly settings: ProviderSettings;
  readonly #callback: string;
  #known: { readonly config: client.Configuration; readonly at: number } | null = null;

  /** @param callback address to which people come back, as the provider knows it */
  constructor(settings: ProviderSettings, callback: string) {
    this.settings = settings;
    this.#callback = callback;
  }

  async #config(): Promise<client.Configuration> {
    if (this.#known !== null && Date.now() - this.#known.at < FRESH) return this.#known.config;
    const { issuer, clientId, secret } = this.settings;
    const guarded: client.CustomFetch = (url, options) => {
      if (!mayAsk(issuer, new URL(url))) return Promise.reject(new Error('The provider names an address without TLS.'));
      return fetch(url, { ...(options as RequestInit), redirect: 'error' });
    };
    const execute = [client.enableNonRepudiationChecks];
    // On loopback alone, see settings; `guarded` holds what the provider names to the same.
    if (issuer.protocol === 'http:') execute.push(client.allowInsecureRequests);
    const metadata = { [client.clockTolerance]: TOLERANCE };
    const how = secret === undefined ? client.None() : client.ClientSecretPost(secret);
    const options = { execute, timeout: PATIENCE, [client.customFetch]: guarded };
    let config = await client.discovery(issuer, clientId, metadata, how, options);
    const ways = config.serverMetadata().token_endpoint_auth_methods_supported;
    // Where nothing is said, the standard means the header.
    if (secret !== undefined && ways?.includes('client_secret_post') !== true) {
      config = await client.discovery(issuer, clientId, metadata, client.ClientSecretBasic(secret), options);
    }
    this.#known = { config, at: Date.now() };
    return config;
  }

  /**
   * Begins a sign-in.
   *
   * @returns where to send the browser, and what to keep until it comes back
   * @throws HttpProblem `oidc.unreachable`
   */
  async begin(): Promise<{ readonly address: string; readonly begun: Begun }> {
    const config = await this.#config().catch((cause: unknown) => {
      throw unreachable(cause);
    });
    const begun = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
    };
    const address = client.buildAuthorizationUrl(config, {
      redirect_uri: this.#callback,
      scope: 'openid email profile',
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: 'S256',
    });
    if (!mayAsk(this.settings.issuer, address))
      throw unreachable(new Error('The provider names an address without TLS.'));
    return { address: address.href, begun };
  }

  /**
   * Ends a sign-in: exchanges the code, and checks the id token.
   *
   * @param query of the address that the browser came back to
   * @throws HttpProblem `oidc.denied`, `oidc.expired`, `oidc.token`, `oidc.unreachable`
   */
  async end(query: string, { state, nonce, verifier }: Begun): Promise<Claimed> {
    const config = await this.#config().catch((cause: unknown) => {
      throw unreachable(cause);
    });
    const tokens = await client
      .authorizationCodeGrant(config, new URL(`${this.#callback}${query}`), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      })
      .catch((cause: unknown) => {
        throw this.#refusal(cause);
      });
    const claims = tokens.claims();
    if (claims === undefined) throw this.#refusal(new Error('There is no id token.'));
    const {
      sub,
      email,
      email_verified: verified,
      name,
    } = claims['email'] === undefined ? await this.#userInfo(config, tokens.access_token, claims) : claims;
    return {
      subject: sub,
      email: typeof email === 'string' && verified === true ? email.toLowerCase().slice(0, 200) : null,
      name: typeof name === 'string' && name.trim() !== '' ? name.trim().slice(0, 120) : null,
    };
  }

  /**
   * The claims, with what the provider says of the person when it is asked: with a code, that is where address and name are to
   * be had (OpenID Connect Core 1.0, 5.4), though many put them into the id token as well. It counts for the person of the id
   * token alone.
   */
  async #userInfo(config: client.Configuration, token: string, claims: client.IDToken): Promise<client.IDToken> {
    if (config.serverMetadata().userinfo_endpoint === undefined) return claims;
    const said = await client.fetchUserInfo(config, token, claims.sub).catch((cause: unknown) => {
      throw this.#refusal(cause);
    });
    const { email, email_verified, name } = said;
    return { ...claims, email, email_verified, name: name ?? claims['name'] };
  }

  #refusal(cause: unknown): HttpProblem {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const [id, message, hint] = REFUSALS[code] ?? [
      'oidc.token',
      'What the provider said about you cannot be trusted: it is not for this studio, or not signed by the provider.',
      'Try again; if it stays so, the owner must mend the settings of the provider.',
    ];
    if (cause instanceof TypeError || /timeout/i.test(messageOf(cause))) return unreachable(cause);
    return new HttpProblem(403, id, message, { hint, cause });
  }
}
