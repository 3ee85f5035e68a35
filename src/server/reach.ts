/** How others reach a studio: its address in their browsers, and who is at the other end when a proxy stands between. */
import { BlockList, isIP } from 'node:net';
import { LikenessError } from '../base/index.js';

/** What of {@link StudioOptions} says how a studio is reached. */
export interface ReachOptions {
  /** Address to listen on. */
  readonly host: string;
  /** Host name that browsers use, where it is not `host`. */
  readonly name?: string | undefined;
  readonly tls?: unknown;
  /** Address that browsers use where a proxy ends TLS in front of the studio: `https://studio.example.org`. */
  readonly publicUrl?: string | undefined;
  /** Addresses of such proxies, besides this machine. */
  readonly proxies?: readonly string[] | undefined;
}

const LOOPBACK = /^(127(\.\d+){3}|::1|localhost)$/;
/** An IPv4 address as a socket for both kinds writes it. */
const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** Whether an address to listen on, or one at the other end, is this machine. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/**
 * Scheme, host and port that browsers use.
 *
 * @param port that the studio listens on
 * @throws LikenessError `studio.public-url`
 */
export function originOf({ host, name, tls, publicUrl }: ReachOptions, port: number): string {
  if (publicUrl === undefined)
    return `${tls === undefined ? 'http' : 'https'}://${name ?? (host.includes(':') ? `[${host}]` : host)}:${port}`;
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : null;
  if (url === null || url.protocol !== 'https:' || `${url.origin}/` !== url.href || name !== undefined)
    throw new LikenessError('studio.public-url', `${publicUrl} is no address that browsers could use.`, {
      hint: 'Give it as --public-url https://studio.example.org, with nothing behind it, and leave --name out.',
    });
  return url.origin;
}

/**
 * Tells who is at the other end of a request: the address of the socket, or behind a proxy the last one that proxies which are
 * trusted wrote into `X-Forwarded-For`. What a client writes there itself stands further to the left and does not count.
 *
 * @throws LikenessError `studio.proxy`
 */
export function peersOf({
  publicUrl,
  proxies = [],
}: ReachOptions): (socket: string | undefined, forwarded: string | undefined) => string {
  const trusted = new BlockList();
  for (const proxy of proxies) {
    const kind = isIP(proxy);
    if (kind === 0)
      throw new LikenessError('studio.proxy', `${proxy} is no address of a proxy.`, {
        hint: 'Give it as a number: --proxy 10.0.0.5.',
      });
    trusted.addAddress(proxy, kind === 4 ? 'ipv4' : 'ipv6');
  }
  const plain = (address: string): string => address.trim().replace(MAPPED, '');
  const isProxy = (address: string): boolean =>
    isLoopback(address) || (isIP(address) !== 0 && trusted.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6'));
  return (socket, forwarded) => {
    let peer = plain(socket ?? '');
    if (publicUrl === undefined) return peer;
    for (const hop of (forwarded ?? '').slice(-1000).split(',').reverse()) {
      if (!isProxy(peer) || isIP(plain(hop)) === 0) break;
      peer = plain(hop);
    }
    return peer;
  };
}
