/**
 * An OpenID Connect provider for tests: real HTTP, codes, PKCE, and id tokens signed with RS256. What it says can be bent, as a
 * broken or hostile one would. It asks nobody for a password: whoever comes is `person`.
 */
import { createHash, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

interface Asked {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirect: string;
}

/** See the head of this file. */
export class OidcProvider {
  readonly clientId = 'likeness-studio';
  readonly secret = 'a-secret-of-the-provider';
  /** Who signs in next. */
  person: Record<string, unknown> = {};
  /** What is put into the next id tokens in place of what is right. */
  bend: Record<string, unknown> = {};
  /** The next id tokens are signed with a key that nobody knows. */
  forged = false;
  /** The next id tokens are not signed. */
  unsigned = false;
  /** Whoever comes is sent back with this error. */
  denies: string | null = null;
  /** What is said of the person to whoever asks with the access token; null where nothing is. */
  userInfo: Record<string, unknown> | null = null;
  /** Addresses of the description in place of the right ones. */
  misleads: Record<string, string> = {};
  /** Requests to the token endpoint. */
  exchanges = 0;
  readonly #key = pair();
  readonly #other = pair();
  readonly #tokens = new Set<string>();
  readonly #codes = new Map<string, Asked>();
  #server: Server | null = null;
  issuer = '';

  async start(): Promise<void> {
    const server = createServer((request, answer) => {
      void this.#serve(request, answer).catch((thrown: unknown) => answer.writeHead(500).end(String(thrown)));
    });
    this.#server = server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const bound = server.address();
    this.issuer = `http://127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : 0}`;
  }

  /** The environment of a studio that trusts this provider. */
  get environment(): Record<string, string> {
    return {
      LIKENESS_OIDC_ISSUER: this.issuer,
      LIKENESS_OIDC_CLIENT_ID: this.clientId,
      LIKENESS_OIDC_SECRET: this.secret,
      LIKENESS_OIDC_NAME: 'Example ID',
      LIKENESS_OIDC_DOMAIN: 'house.example',
    };
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #token({ nonce }: Asked): string {
    const now = Math.floor(Date.now() / 1000);
    const header = this.unsigned ? { alg: 'none' } : { alg: 'RS256', kid: 'one', typ: 'JWT' };
    const claims = {
      iss: this.issuer,
      aud: this.clientId,
      iat: now,
      exp: now + 300,
      nonce,
      ...this.person,
      ...this.bend,
    };
    const text = `${base64(header)}.${base64(claims)}`;
    if (this.unsigned) return `${text}.`;
    const { privateKey } = this.forged ? this.#other : this.#key;
    return `${text}.${createSign('sha256').update(text).sign(privateKey).toString('base64url')}`;
  }

  async #serve(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer);
    const json = (status: number, value: unknown): void => {
      answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (url.pathname === '/.well-known/openid-configuration')
      return json(200, {
        issuer: this.issuer,
        authorization_endpoint: `${this.issuer}/authorize`,
        token_endpoint: `${this.issuer}/token`,
        jwks_uri: `${this.issuer}/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        userinfo_endpoint: `${this.issuer}/userinfo`,
        ...this.misleads,
      });
    if (url.pathname === '/keys')
      return json(200, {
        keys: [{ ...this.#key.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }],
      });
    if (url.pathname === '/userinfo') {
      const known = this.#tokens.has((request.headers.authorization ?? '').replace('Bearer ', ''));
      return known && this.userInfo !== null ? json(200, this.userInfo) : json(401, { error: 'invalid_token' });
    }
    if (url.pathname === '/authorize') return this.#authorize(url.searchParams, answer);
    if (url.pathname === '/token' && request.method === 'POST') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      this.exchanges++;
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const basic = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString();
      const asked = this.#codes.get(form.get('code') ?? '');
      this.#codes.delete(form.get('code') ?? '');
      const challenge = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      if (decodeURIComponent(basic) !== `${this.clientId}:${this.secret}`)
        return json(401, { error: 'invalid_client' });
      if (asked === undefined || asked.challenge !== challenge || asked.redirect !== form.get('redirect_uri'))
        return json(400, { error: 'invalid_grant' });
      const token = randomUUID();
      this.#tokens.add(token);
      return json(200, {
        access_token: token,
        token_type: 'Bearer',
        expires_in: 300,
        id_token: this.#token(asked),
      });
    }
    answer.writeHead(404).end();
  }

  #authorize(query: URLSearchParams, answer: ServerResponse): void {
    const redirect = query.get('redirect_uri') ?? '';
    const back = new URL(redirect);
    back.searchParams.set('state', query.get('state') ?? '');
    if (this.denies !== null) back.searchParams.set('error', this.denies);
    else {
      if (query.get('code_challenge_method') !== 'S256' || query.get('client_id') !== this.clientId)
        throw new Error('no PKCE, or another client');
      const code = randomUUID();
      this.#codes.set(code, {
        nonce: query.get('nonce') ?? '',
        challenge: query.get('code_challenge') ?? '',
        redirect,
      });
      back.searchParams.set('code', code);
    }
    answer.writeHead(302, { location: back.href }).end();
  }
}
