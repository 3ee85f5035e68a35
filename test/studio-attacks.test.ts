/** Hostile requests. Each says what must not happen; none may get through, and none may take the studio down. */
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, StudioWorld } from './studio-world.js';

const world = new StudioWorld();
let outside: Server;
/** Requests that reached a server elsewhere: there must be none. */
let reached = 0;
let elsewhere = '';
let maker: Caller;
let subject: Caller;
/** A file, a project and a job of the owner. */
const own = { media: '', project: '', job: '' };

beforeAll(async () => {
  outside = createServer((_, answer) => {
    reached++;
    answer.end('hello');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => outside.once('listening', resolve));
  elsewhere = `http://127.0.0.1:${(outside.address() as AddressInfo).port}/x.mp4`;
  await world.open();
  await world.signIn();
  maker = await world.invite('maker', 'maker@example.org');
  subject = await world.invite('subject', 'subject@example.org');
  const { id, answer } = await world.upload('mine.png', png(8, 8), world.owner);
  if (answer.status !== 204) throw new Error(await answer.text());
  own.media = id;
  const project = await world.post('/api/v1/projects', { name: 'Mine' }, world.owner);
  own.project = ((await project.json()) as { id: string }).id;
  const job = await world.post('/api/v1/jobs', { kind: 'verify', media: id }, world.owner);
  own.job = ((await job.json()) as { id: string }).id;
}, 180_000);

afterAll(async () => {
  outside.close();
  await world.close();
});

/** A chunk of a PNG; the checksum is computed. */
function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  let crc = 0xffffffff;
  for (const byte of body) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(~crc >>> 0, 8 + data.length);
  return out;
}

/** A grey PNG; `rows` says how many rows it really holds. */
function png(width: number, height: number, rows = height): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.alloc(rows * (width + 1)))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Packed before anything is asked: while it is, no connection is looked after. */
const BOMB = png(12_000, 9_000);

/** Bytes as they are on the wire; the whole answer as text. */
function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(world.studio.origin);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let got = '';
    socket.setTimeout(2000, () => socket.destroy());
    socket.on('data', (bytes) => {
      got += bytes.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(got));
  });
}

const host = (): string => new URL(world.studio.origin).host;
const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
const refused = (status: number): boolean => status >= 400 && status < 500;
const SECRETS = /root:|"dependencies"|BEGIN |likeness\.secret/;

/** What came of a request by a path as it stands. */
async function rawGet(path: string): Promise<{ status: number; text: string }> {
  const text = await raw(
    `GET ${path} HTTP/1.1\r\nHost: ${host()}\r\nCookie: ${world.owner.headers['cookie']}\r\nConnection: close\r\n\r\n`,
  );
  return { status: statusOf(text), text };
}

async function noWayOut(path: string): Promise<void> {
  const { status, text } = await rawGet(path);
  expect(text).not.toMatch(SECRETS);
  // The page itself is what every address without an ending gets; it is no file of the disk.
  expect(refused(status) || /text\/html/.test(text)).toBe(true);
}

/** An upload that must be refused. */
async function turnedAway(name: string, bytes: Uint8Array): Promise<void> {
  const { answer, id } = await world.upload(name, bytes, world.owner);
  expect(refused(answer.status)).toBe(true);
  expect(((await answer.json()) as { detail: string }).detail.length).toBeGreaterThan(10);
  if (id !== '') expect((await world.get(`/api/v1/media/${id}`, world.owner)).status).toBe(404);
}

async function refuse(answer: Response | Promise<Response>, ...statuses: number[]): Promise<void> {
  const { status } = await answer;
  if (statuses.length === 0) expect(refused(status), String(status)).toBe(true);
  else expect(statuses).toContain(status);
}

const id = (): string => own.media;
const ATTACKS: Readonly<Record<string, () => Promise<void>>> = {
  'path: dots in an address': () => noWayOut('/../../../../../etc/passwd'),
  'path: encoded dots': () => noWayOut('/%2e%2e/%2e%2e/%2e%2e/package.json'),
  'path: encoded slashes in a file of the page': () => noWayOut('/_app/..%2f..%2f..%2fpackage.json'),
  'path: backslashes': () => noWayOut('/..\\..\\..\\package.json'),
  'path: a zero byte': () => noWayOut('/package.json%00.html'),
  'path: dots written too long': () => noWayOut('/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd'),
  'path: dots in an id': async () => refuse(world.get('/api/v1/media/..%2f..%2fstudio.lock/file', world.owner)),
  'path: dots in the name of a file of a job': async () =>
    refuse(world.get(`/api/v1/jobs/${own.job}/files/..%2f..%2fsession.secret.json`, world.owner)),
  'path: dots in the name of an upload': async () => {
    const { answer, id: made } = await world.upload('../../../evil.png', png(4, 4), world.owner);
    expect(answer.status).toBe(204);
    const file = await world.get(`/api/v1/media/${made}/file?download=1`, world.owner);
    expect(file.headers.get('content-disposition')).not.toMatch(/\.\.\//);
  },
  'path: absolute form of another host': async () => {
    const text = await raw(
      `GET http://127.0.0.1:1/etc/passwd HTTP/1.1\r\nHost: ${host()}\r\nConnection: close\r\n\r\n`,
    );
    expect(text).not.toMatch(SECRETS);
  },

  'id: SQL in it': async () => refuse(world.get("/api/v1/jobs/'%20OR%201=1--", world.owner)),
  'id: SQL in a filter': async () => refuse(world.get("/api/v1/jobs?state=done'--", world.owner)),
  'id: the file of somebody else': async () => refuse(world.get(`/api/v1/media/${id()}/file`, subject), 404),
  'id: the job of somebody else': async () => refuse(world.get(`/api/v1/jobs/${own.job}`, subject), 404),
  'id: cancelling a job of somebody else': async () =>
    refuse(world.send('PATCH', `/api/v1/jobs/${own.job}`, { state: 'cancelled' }, maker), 403),
  'id: overwriting a project of somebody else': async () =>
    refuse(world.send('PUT', `/api/v1/projects/${own.project}`, { name: 'Yours' }, maker), 403),
  'id: going on with an upload of somebody else': async () => {
    const begun = await world.ask('/api/v1/uploads', {
      method: 'POST',
      headers: { ...world.owner.headers, 'tus-resumable': '1.0.0', 'upload-length': '10' },
    });
    const location = begun.headers.get('location') ?? '';
    const headers = { ...maker.headers, 'tus-resumable': '1.0.0', 'upload-offset': '0' };
    const type = { 'content-type': 'application/offset+octet-stream' };
    await refuse(world.ask(location, { method: 'PATCH', headers: { ...headers, ...type }, body: '0123456789' }), 404);
  },
  'id: an owner in the metadata of an upload': async () => {
    const metadata = `filename ${Buffer.from('x.png').toString('base64')},owner ${Buffer.from('root').toString('base64')}`;
    const begun = await world.ask('/api/v1/uploads', {
      method: 'POST',
      headers: { ...maker.headers, 'tus-resumable': '1.0.0', 'upload-length': '10', 'upload-metadata': metadata },
    });
    const head = await world.ask(begun.headers.get('location') ?? '', {
      method: 'HEAD',
      headers: { ...maker.headers, 'tus-resumable': '1.0.0' },
    });
    expect(head.status).toBe(200);
    expect(head.headers.get('upload-metadata')).not.toContain(Buffer.from('root').toString('base64'));
  },
  'id: a forged word withdraws nothing': async () =>
    refuse(world.post(`/api/v1/consents/${id()}/revocation`, { word: 'x'.repeat(43) }, world.owner), 404, 422),

  'size: a large body': async () =>
    refuse(world.post('/api/v1/projects', { name: 'x'.repeat(2_000_000) }, world.owner), 413),
  'size: a body that hides its length': async () => {
    const text = await raw(
      `POST /api/v1/projects HTTP/1.1\r\nHost: ${host()}\r\nCookie: ${world.owner.headers['cookie']}\r\n` +
        `Origin: ${world.studio.origin}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n` +
        'fffffff\r\n{"name":"',
    );
    expect(statusOf(text)).toBe(411);
  },
  'size: large headers': async () => {
    const text = await raw(`GET /health HTTP/1.1\r\nHost: ${host()}\r\nX-Big: ${'x'.repeat(40_000)}\r\n\r\n`);
    expect(statusOf(text)).toBe(431);
  },
  'size: an upload beyond the limit': async () =>
    refuse(
      world.ask('/api/v1/uploads', {
        method: 'POST',
        headers: { ...world.owner.headers, 'tus-resumable': '1.0.0', 'upload-length': String(2 ** 50) },
      }),
      413,
    ),
  'size: more bytes than were announced': async () => {
    const begun = await world.ask('/api/v1/uploads', {
      method: 'POST',
      headers: { ...world.owner.headers, 'tus-resumable': '1.0.0', 'upload-length': '4' },
    });
    const headers = { ...world.owner.headers, 'tus-resumable': '1.0.0', 'upload-offset': '0' };
    const type = { 'content-type': 'application/offset+octet-stream' };
    const path = begun.headers.get('location') ?? '';
    await refuse(world.ask(path, { method: 'PATCH', headers: { ...headers, ...type }, body: 'x'.repeat(4000) }));
  },
  'size: an upload without a length': async () =>
    refuse(
      world.ask('/api/v1/uploads', {
        method: 'POST',
        headers: { ...world.owner.headers, 'tus-resumable': '1.0.0', 'upload-defer-length': '1' },
      }),
      413,
    ),
  'size: JSON nested without end': async () =>
    refuse(world.post('/api/v1/projects', `${'['.repeat(400_000)}${']'.repeat(400_000)}`, world.owner)),

  'bomb: a picture of four billion pixels': () => turnedAway('bomb.png', png(65_000, 65_000, 1)),
  'bomb: a picture that unpacks to far more than it is': () => turnedAway('bomb.png', BOMB),
  'bomb: a ZIP called a video': () =>
    turnedAway('film.mp4', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(200)])),
  'bomb: a gzip called a video': () => turnedAway('film.mp4', gzipSync(Buffer.alloc(100_000))),
  'bomb: a packed body is not unpacked': async () =>
    refuse(
      world.ask('/api/v1/projects', {
        method: 'POST',
        headers: { ...world.owner.headers, 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: gzipSync(`{"name":"${'x'.repeat(1000)}"}`) as Uint8Array<ArrayBuffer>,
      }),
    ),
  'bomb: a box of a film that claims more bytes than there are': () =>
    turnedAway(
      'film.mp4',
      Buffer.concat([
        Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp42', 'latin1'),
        Buffer.from('\0\0\0\x01moov\x7f\xff\xff\xff\xff\xff\xff\xff', 'latin1'),
      ]),
    ),

  'upload: an SVG called a PNG': () =>
    turnedAway('x.png', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')),
  'upload: an SVG behind a preamble': () =>
    turnedAway('x.jpg', Buffer.from('<?xml version="1.0"?>\n<!-- hi -->\n<svg onload="alert(1)"/>')),
  'upload: a page called a film': () => turnedAway('x.mp4', Buffer.from('<!doctype html><script>alert(1)</script>')),
  'upload: a page with the first bytes of a picture': () =>
    turnedAway('x.jpg', Buffer.from('\xff\xd8\xff<html><script>alert(1)</script>', 'latin1')),
  'upload: a program': () => turnedAway('x.mov', Buffer.from('#!/bin/sh\nrm -rf /\n')),
  'upload: a page in the name of a file is shown as text': async () => {
    const { id: made } = await world.upload('"><script>alert(1)</script>.png', png(4, 4), world.owner);
    const file = await world.get(`/api/v1/media/${made}/file?download=1`, world.owner);
    expect(file.headers.get('content-disposition')).not.toMatch(/[<>]/);
    expect(file.headers.get('x-content-type-options')).toBe('nosniff');
    expect(file.headers.get('content-type')).toBe('image/png');
  },
  'upload: a line break in a name does not become a header': async () => {
    const { id: made } = await world.upload('x.png\r\nSet-Cookie: a=b\r\n.png', png(4, 4), world.owner);
    const file = await world.get(`/api/v1/media/${made}/file?download=1`, world.owner);
    expect(file.headers.getSetCookie()).toEqual([]);
  },

  'request elsewhere: an address in place of a file': async () => {
    await refuse(world.post('/api/v1/media', { url: elsewhere }, world.owner));
    await refuse(world.post('/api/v1/uploads', { url: elsewhere }, world.owner));
    await refuse(world.post('/api/v1/checks', { media: elsewhere }, world.owner));
    expect(reached).toBe(0);
  },
  'request elsewhere: an address in a record and a project': async () => {
    await refuse(world.post('/api/v1/consents', { record: { revocation: { endpoint: elsewhere } } }, world.owner));
    const media = { sha256: 'a'.repeat(64), name: elsewhere };
    expect((await world.post('/api/v1/projects', { name: 'x', target: media }, world.owner)).status).toBe(201);
    expect(reached).toBe(0);
  },

  'header: another host': async () => {
    const text = await raw('GET /api/v1/session HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
    expect(statusOf(text)).toBe(421);
  },
  'header: another origin with the cookie': async () =>
    refuse(
      world.post(
        '/api/v1/projects',
        { name: 'x' },
        { headers: { ...world.owner.headers, origin: 'https://evil.example' } },
      ),
      403,
    ),
  'header: the origin "null"': async () =>
    refuse(world.post('/api/v1/projects', { name: 'x' }, { headers: { ...world.owner.headers, origin: 'null' } }), 403),
  'header: a form of another site without an origin': async () =>
    refuse(
      world.ask('/api/v1/projects', {
        method: 'POST',
        headers: { cookie: world.owner.headers['cookie'] ?? '', 'content-type': 'text/plain' },
        body: '{"name":"x"}',
      }),
      403,
    ),
  'header: a form type with JSON inside': async () =>
    refuse(
      world.ask('/api/v1/projects', {
        method: 'POST',
        headers: { ...world.owner.headers, 'content-type': 'text/plain' },
        body: '{"name":"x"}',
      }),
    ),
  'header: said to come across sites': async () =>
    refuse(
      world.post(
        '/api/v1/projects',
        { name: 'x' },
        { headers: { ...world.owner.headers, 'sec-fetch-site': 'cross-site' } },
      ),
      403,
    ),
  'header: a forwarded host does not get into links': async () => {
    const headers = { ...world.owner.headers, 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    const answer = await world.post('/api/v1/invitations', { role: 'maker' }, { headers });
    expect(await answer.text()).not.toContain('evil.example');
  },
  'header: another method hidden in it': async () => {
    const headers = { ...world.owner.headers, 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' };
    expect((await world.get(`/api/v1/media/${id()}`, { headers })).status).toBe(200);
    expect((await world.get(`/api/v1/media/${id()}`, world.owner)).status).toBe(200);
  },
  'header: two lengths': async () => {
    const text = await raw(
      `POST /api/v1/session HTTP/1.1\r\nHost: ${host()}\r\nContent-Length: 2\r\nContent-Length: 40\r\n\r\n{}`,
    );
    expect(statusOf(text)).toBe(400);
  },
  'header: a second request smuggled behind a chunk': async () => {
    const text = await raw(
      `POST /api/v1/session HTTP/1.1\r\nHost: ${host()}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/v1/users HTTP/1.1\r\nHost: ${host()}\r\n\r\n`,
    );
    expect(statusOf(text)).toBe(400);
    expect(text).not.toContain('@example.org');
  },
  'header: ranges without end': async () => {
    const ranges = `bytes=${Array.from({ length: 500 }, (_, i) => `${i}-${i}`).join(',')}`;
    const answer = await world.get(`/api/v1/media/${id()}/file`, {
      headers: { ...world.owner.headers, range: ranges },
    });
    expect(answer.status).toBe(200);
    await refuse(
      world.get(`/api/v1/media/${id()}/file`, { headers: { ...world.owner.headers, range: 'bytes=999999-' } }),
      416,
    );
  },

  'cookie: a forged one': async () =>
    refuse(world.get('/api/v1/media', { headers: { cookie: 'likeness.session_token=abc.def' } }), 401),
  'cookie: a letter changed': async () => {
    const cookie = (world.owner.headers['cookie'] ?? '').replace(/=(.)/, (_, c: string) => `=${c === 'a' ? 'b' : 'a'}`);
    await refuse(world.get('/api/v1/media', { headers: { cookie } }), 401);
  },
  'cookie: of somebody who signed out': async () => {
    const gone = await world.invite('maker', 'gone@example.org');
    expect((await world.send('DELETE', '/api/v1/session', '', gone)).status).toBe(204);
    await refuse(world.get('/api/v1/media', gone), 401);
  },
  'key: a made-up one': async () =>
    refuse(world.get('/api/v1/media', { headers: { authorization: `Bearer lk_${'A'.repeat(43)}` } }), 401),
  'key: a made-up one beside a good cookie': async () =>
    refuse(world.get('/api/v1/media', { headers: { ...world.owner.headers, authorization: 'Bearer nothing' } }), 401),
  'key: makes no further keys': async () =>
    refuse(world.post('/api/v1/api-keys', { name: 'x' }, await world.key(world.owner)), 403),

  'role: giving oneself another': async () =>
    refuse(world.send('PATCH', '/api/v1/session', { role: 'owner' }, maker), 422),
  'role: asking for one with an invitation': async () => {
    const invited = await world.post('/api/v1/invitations', { role: 'subject' }, world.owner);
    const token = ((await invited.json()) as { link: string }).link.split('=')[1];
    const person = { token, name: 'X', email: 'x@example.org', password: 'correct horse battery', role: 'owner' };
    await refuse(world.post('/api/v1/invitations/accept', person, { headers: { origin: world.studio.origin } }), 422);
  },
  'role: a property of all objects': async () => {
    const answer = await world.send('PATCH', '/api/v1/session', '{"__proto__":{"role":"owner"},"name":"M"}', maker);
    const session = await world.json<{ user: { role: string } }>('/api/v1/session', maker);
    expect(session.user.role).toBe('maker');
    expect([200, 422]).toContain(answer.status);
    expect(({} as Record<string, unknown>)['role']).toBeUndefined();
  },
  'link: used a second time': async () => {
    const link = new URL(world.studio.startAddress()).hash.replace('#link=', '');
    const who = { headers: { origin: world.studio.origin } };
    expect((await world.post('/api/v1/session', { link }, who)).status).toBe(200);
    await refuse(world.post('/api/v1/session', { link }, who), 401);
  },
  'password: guessed again and again': async () => {
    const who = { headers: { origin: world.studio.origin } };
    const statuses = [];
    for (let i = 0; i < 14; i++)
      statuses.push(
        (await world.post('/api/v1/session', { email: 'maker@example.org', password: `guess ${i}` }, who)).status,
      );
    expect(statuses.filter((each) => each === 200)).toEqual([]);
    expect(statuses).toContain(429);
  },
};

describe('hostile requests', () => {
  it('are forty or more', () => {
    expect(Object.keys(ATTACKS).length).toBeGreaterThanOrEqual(40);
  });

  it.each(Object.keys(ATTACKS))('%s', async (name) => {
    await ATTACKS[name]?.();
    expect((await world.ask('/health')).status).toBe(200);
  });

  it('put no secret into the log', () => {
    const log = world.log.join('');
    expect(log).toContain('studio opened');
    expect(log).not.toMatch(/lk_[\w-]{43}|correct horse|session_token/);
  });
});
