/** Signing in elsewhere: which OpenID Connect provider, as the environment says. */
import { LikenessError } from '../../base/index.js';
import { secretVariable } from '../../jobs/index.js';

/** A provider, and how this studio is known to it. */
export interface ProviderSettings {
  readonly issuer: URL;
  readonly clientId: string;
  /** Undefined for a client without one. */
  readonly secret: string | undefined;
  /** What people call it. */
  readonly name: string;
  /** People with an address of this domain come in uninvited, as `subject`. */
  readonly domain: string | null;
}

const wrong = (message: string, hint: string): LikenessError => new LikenessError('oidc.settings', message, { hint });

const isLoopback = ({ hostname }: URL): boolean => /^(127(\.\d+){3}|\[::1\]|localhost)$/.test(hostname);

/**
 * Whether the studio may ask an address of the provider: by TLS, and in the clear only on this machine, where the provider
 * itself is on it. What a provider names cannot lead the studio elsewhere.
 */
export function mayAsk(issuer: URL, url: URL): boolean {
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && issuer.protocol === 'http:' && isLoopback(url);
}

/**
 * The provider that the environment names, or null.
 *
 * @throws LikenessError `oidc.settings`, `file.*` for a secret that cannot be read
 */
export function providerSettings(): ProviderSettings | null {
  const text = (name: string): string => process.env[name]?.trim() ?? '';
  const given = text('LIKENESS_OIDC_ISSUER');
  if (given === '') return null;
  const issuer = URL.canParse(given) ? new URL(given) : null;
  if (issuer === null || issuer.search !== '' || issuer.hash !== '' || issuer.username !== '')
    throw wrong('LIKENESS_OIDC_ISSUER is no address.', 'Give the issuer as the provider does: https://id.example.org');
  if (issuer.protocol !== 'https:' && !(issuer.protocol === 'http:' && isLoopback(issuer)))
    throw wrong('LIKENESS_OIDC_ISSUER is not https.', 'Only a provider on this machine may be asked in the clear.');
  const clientId = text('LIKENESS_OIDC_CLIENT_ID');
  if (clientId === '')
    throw wrong('LIKENESS_OIDC_ISSUER is set, but LIKENESS_OIDC_CLIENT_ID is not.', 'The provider gives both.');
  const domain = text('LIKENESS_OIDC_DOMAIN').toLowerCase().replace(/^@/, '');
  if (domain !== '' && !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain))
    throw wrong('LIKENESS_OIDC_DOMAIN is no domain.', 'Give one domain, such as example.org, or leave it out.');
  return {
    issuer,
    clientId,
    secret: secretVariable('LIKENESS_OIDC_SECRET'),
    name: (text('LIKENESS_OIDC_NAME') || issuer.host).slice(0, 60),
    domain: domain === '' ? null : domain,
  };
}
