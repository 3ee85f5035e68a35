/** A studio behind a proxy that ends TLS: its address, its cookies, and who is at the other end. */
import { request as ask, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LikenessError } from '../src/base/index.js';
import { type RunningStudio, startStudio } from '../src/server/index.js';
import { originOf, peersOf } from '../src/server/reach.js';
import { StudioWorld } from './studio-world.js';

const PUBLIC = 'https://studio.example.org';
const PASSWORD = 'correct horse battery';
const world = new StudioWorld();
let studio: RunningStudio;
let proxy: Server;
let port = 0;

/** What a browser sends to the proxy, from an address of its own. */
interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The address that the proxy sees. */
  readonly from?: string;
  readonly host?: string;
}

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A request by way of the proxy. */
function browse(
  path: string,
  { method = 'GET', headers = {}, body, from = '203.0.113.7', host }: Sent = {},
): Promise<Got> {
  const bytes = body === undefined ? null : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = ask(
      {
        port,
        method,
        path,
        headers: {
          ...headers,
          'x-test-from': from,
          ...(host === undefined ? {} : { 'x-test-host': host }),
          ...(bytes === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes) }),
        },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      },
    );
    sent.on('error', reject);
    sent.end(bytes ?? undefined);
  });
}

/** As proxies do: keeps the name that was asked for, and adds whom it sees to `X-Forwarded-For`. */
function openProxy(target: number): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    const { 'x-test-from': from, 'x-test-host': host, ...headers } = incoming.headers;
    const before = headers['x-forwarded-for'];
    const passed = ask(
      {
        port: target,
        host: '127.0.0.1',
        method: incoming.method,
        path: incoming.url,
        headers: {
          ...headers,
          host: String(host ?? new URL(PUBLIC).host),
          'x-forwarded-for': [...(before === undefined ? [] : [String(before)]), String(from)].join(', '),
        },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

beforeAll(async () => {
  await world.open();
  await world.signIn();
  const me = { name: 'Ada Example', email: 'ada@example.org', password: PASSWORD };
  const answer = await world.send('PATCH', '/api/v1/session', me, world.owner);
  if (!answer.ok) throw new Error(await answer.text());
  await world.studio.close();
  studio = await startStudio({ port: 0, publicUrl: PUBLIC, writeLog: (line) => world.log.push(line) });
  world.studio = studio;
  const { port: own } = await listening();
  proxy = await openProxy(own);
  port = (proxy.address() as AddressInfo).port;
}, 180_000);

/** The studio says its public address alone; its port is the one that the log of its lock has. */
async function listening(): Promise<{ port: number }> {
  const line = world.log
    .map((each) => JSON.parse(each) as { message: string; port?: number })
    .findLast(({ message }) => message === 'studio opened');
  return { port: line?.port ?? 0 };
}

afterAll(async () => {
  proxy?.close();
  await world.close();
});

describe('a studio behind a proxy', () => {
  it('is known by its public address, in links and in its own words', async () => {
    expect(studio.origin).toBe(PUBLIC);
    expect(studio.startAddress()).toMatch(/^https:\/\/studio\.example\.org\/#link=/);
    expect((await browse('/')).text).toContain('<title>Likeness</title>');
    const { text } = await browse('/api/v1/openapi.json');
    expect((JSON.parse(text) as { servers: { url: string }[] }).servers).toEqual([{ url: PUBLIC }]);
  });

  it('signs in from its own page alone, with a cookie that goes over TLS alone', async () => {
    const body = { email: 'ada@example.org', password: PASSWORD };
    const sign = (origin: string): Promise<Got> =>
      browse('/api/v1/session', { method: 'POST', body, headers: { origin } });
    expect((await sign('https://evil.example')).status).toBe(403);
    expect((await sign(`http://127.0.0.1:${port}`)).status).toBe(403);
    const answer = await sign(PUBLIC);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers['strict-transport-security']).toContain('max-age');
    const cookies = answer.headers['set-cookie'] ?? [];
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) expect(cookie).toMatch(/; Secure/i);
    const cookie = [...cookies].map((each) => each.split(';')[0]).join('; ');
    const invited = await browse('/api/v1/invitations', {
      method: 'POST',
      body: { role: 'maker' },
      headers: { cookie, origin: PUBLIC },
    });
    expect(JSON.parse(invited.text)).toMatchObject({
      link: expect.stringMatching(/^https:\/\/studio\.example\.org\/#invitation=/),
    });
  });

  it('answers to no other name, but for signs of life', async () => {
    expect((await browse('/api/v1/session', { host: 'evil.example' })).status).toBe(421);
    expect((await browse('/', { host: '127.0.0.1:1' })).status).toBe(421);
    expect((await browse('/health', { host: '10.0.0.5:4848' })).status).toBe(200);
  });

  it('holds back whoever guesses, and nobody else; what they write about themselves does not help', async () => {
    const guess = (from: string, forwarded?: string): Promise<Got> =>
      browse('/api/v1/session', {
        method: 'POST',
        from,
        body: { email: 'ada@example.org', password: 'guessed wrong again' },
        headers: { origin: PUBLIC, ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }) },
      });
    const seen: number[] = [];
    for (let i = 0; i < 14; i++) seen.push((await guess('198.51.100.9', `192.0.2.${i}`)).status);
    expect(seen).toContain(429);
    expect((await guess('198.51.100.10')).status).not.toBe(429);
  });

  it('is not opened while nobody has a password, nor under an address that is none', async () => {
    await world.studio.close();
    const home = process.env['LIKENESS_HOME'];
    process.env['LIKENESS_HOME'] = world.at('empty');
    try {
      await expect(startStudio({ port: 0, publicUrl: PUBLIC, writeLog: () => undefined })).rejects.toMatchObject({
        code: 'studio.open',
      });
      await expect(
        startStudio({ port: 0, publicUrl: `${PUBLIC}/studio`, writeLog: () => undefined }),
      ).rejects.toMatchObject({ code: 'studio.public-url' });
    } finally {
      process.env['LIKENESS_HOME'] = home;
      world.studio = await startStudio({ port: 0, writeLog: () => undefined });
    }
  }, 180_000);
});

describe('who is at the other end', () => {
  const behind = peersOf({ host: '127.0.0.1', publicUrl: PUBLIC, proxies: ['10.0.0.5'] });

  it.each([
    ['nobody in between', '203.0.113.7', undefined, '203.0.113.7'],
    ['a proxy on this machine', '127.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['a socket for both kinds of addresses', '::ffff:127.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['what the client wrote stands to the left', '127.0.0.1', '1.2.3.4, 203.0.113.7', '203.0.113.7'],
    ['two proxies', '127.0.0.1', '1.2.3.4, 203.0.113.7, 10.0.0.5', '203.0.113.7'],
    ['a proxy that nobody named', '10.0.0.6', '203.0.113.7', '10.0.0.6'],
    ['no address', '127.0.0.1', 'unknown', '127.0.0.1'],
    ['IPv6', '::1', '2001:db8::7', '2001:db8::7'],
  ])('%s', (_, socket, forwarded, peer) => {
    expect(behind(socket, forwarded)).toBe(peer);
  });

  it('is whoever holds the socket where there is no proxy, whatever is written', () => {
    expect(peersOf({ host: '127.0.0.1' })('127.0.0.1', '203.0.113.7')).toBe('127.0.0.1');
  });

  it('takes addresses alone for proxies, and https alone for the studio', () => {
    expect(() => peersOf({ host: '127.0.0.1', publicUrl: PUBLIC, proxies: ['proxy.example'] })).toThrow(LikenessError);
    for (const publicUrl of ['http://studio.example.org', 'studio.example.org', `${PUBLIC}/x`, `${PUBLIC}?a`])
      expect(() => originOf({ host: '127.0.0.1', publicUrl }, 1), publicUrl).toThrow(LikenessError);
    expect(originOf({ host: '::1' }, 4848)).toBe('http://[::1]:4848');
  });
});
