/** The studio at work: a file comes in, people are found, consent is asked, a film is made, looked at, saved and restored. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot, sha256 } from '../src/base/index.js';
import { revoke } from '../src/consent/index.js';
import { hearsNotice } from '../src/label/index.js';
import { readSound } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { backup, restore } from '../src/server/index.js';
import { type Member, RenderWorld } from './render-world.js';

const world = new RenderWorld();
const of = (name: string): Member => world.of(name);
const project = (name: string): Promise<string> => world.project(name);
const ask = (body: unknown): Promise<string> => world.job(body);

beforeAll(async () => {
  await world.open();
  await world.signIn();
  await world.cast('a', await world.clip('a.mp4', 3, 2));
  await world.cast('b', await world.clip('b.mp4', 21, 2, true));
  await stopModels();
}, 600_000);

afterAll(() => world.close());

describe('media and jobs', () => {
  it('finds people, shows their faces, and tells how it goes; whoever comes back misses nothing', async () => {
    const { id } = of('a');
    const job = await ask({ kind: 'analyze', media: id });
    await world.ended(job, world.owner);
    const file = await world.json<{ people: { id: number; frames: number }[]; width: number }>(
      `/api/v1/media/${id}`,
      world.owner,
    );
    expect(file).toMatchObject({ width: 160, people: [{ id: 1, frames: 16 }] });
    const face = await world.get(`/api/v1/media/${id}/people/1/face`, world.owner);
    expect(Buffer.from(await face.arrayBuffer()).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    const stop = new AbortController();
    const events = await world.ask('/api/v1/events', {
      headers: { ...world.owner.headers, 'last-event-id': '0' },
      signal: stop.signal,
    });
    let text = '';
    for await (const bytes of events.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(bytes).toString();
      if (text.includes('"done"')) break;
    }
    stop.abort();
    expect(text).toMatch(/event: job\ndata: \{.*\}\nid: \d+/);
    expect(text).toContain(job);
  }, 600_000);

  it('gives any part of a file', async () => {
    const headers = { ...world.owner.headers, range: 'bytes=4-7' };
    const part = await world.ask(`/api/v1/media/${of('b').id}/file`, { headers });
    expect(part.status).toBe(206);
    expect(await part.text()).toBe('ftyp');
  });

  it('goes on with an upload where the connection was lost', async () => {
    const bytes = readFileSync(world.at('a.mp4'));
    const tus = { ...world.owner.headers, 'tus-resumable': '1.0.0' };
    const begun = await world.ask('/api/v1/uploads', {
      method: 'POST',
      headers: { ...tus, 'upload-length': String(bytes.length) },
    });
    const path = begun.headers.get('location') ?? '';
    const send = (from: number, to: number): Promise<Response> =>
      world.ask(path, {
        method: 'PATCH',
        headers: { ...tus, 'upload-offset': String(from), 'content-type': 'application/offset+octet-stream' },
        body: bytes.subarray(from, to),
      });
    expect((await send(0, 1000)).status).toBe(204);
    const head = await world.ask(path, { method: 'HEAD', headers: tus });
    expect(head.headers.get('upload-offset')).toBe('1000');
    expect((await send(500, 900)).status).toBe(409);
    expect((await send(1000, bytes.length)).status).toBe(204);
    const file = await world.json<{ sha256: string }>(`/api/v1/media/${path.split('/').at(-1)}`, world.owner);
    expect(file.sha256).toBe(of('a').sha256);
  });
});

describe('projects', () => {
  it('are the same bytes for the same content, in whatever order it came', async () => {
    const id = await project('Film');
    const text = await (await world.get(`/api/v1/projects/${id}/file`, world.owner)).text();
    const turned = Object.fromEntries(Object.entries(JSON.parse(text) as object).reverse());
    const again = await world.post('/api/v1/projects', turned, world.owner);
    const copy = ((await again.json()) as { id: string }).id;
    expect(await (await world.get(`/api/v1/projects/${copy}/file`, world.owner)).text()).toBe(text);
  });

  it('say what is missing, by field, and are not rendered before', async () => {
    const answer = await world.post('/api/v1/projects', { name: 'Empty', routes: [{ engine: 'gan' }] }, world.owner);
    const { id, problems } = (await answer.json()) as { id: string; problems: { field: string }[] };
    expect(problems.map(({ field }) => field)).toEqual([
      'target',
      'routes.0.source',
      'routes.0.sourceConsent',
      'routes.0.targetConsent',
      'routes.0.training',
    ]);
    const refused = await world.post('/api/v1/jobs', { kind: 'render', project: id }, world.owner);
    expect(refused.status).toBe(422);
    expect(((await refused.json()) as { errors: unknown[] }).errors).toHaveLength(5);
  });
});

describe('a film', () => {
  let made = '';
  const face = (name: string, who = world.owner): Promise<Response> =>
    world.get(`/api/v1/consents/${of(name).consent}/face`, who);

  it('has no face beside a record before anything was authorised by it, whatever a project says', async () => {
    await world.project('Says so');
    const record = await world.json<{ face: boolean }>(`/api/v1/consents/${of('a').consent}`, world.owner);
    expect(record.face).toBe(false);
    expect((await face('a')).status).toBe(404);
  });

  it('is made with the consent of both, labelled, and listed under their records', async () => {
    const film = await world.project('First film', {}, { soundNotice: 'start', territory: 'DE', labelLanguage: 'de' });
    made = await ask({ kind: 'render', project: film });
    const twin = await world.project('First film again', {}, { territory: 'DE' });
    const waiting = await ask({ kind: 'render', project: twin, priority: -5 });
    const paused = await world.send('PATCH', `/api/v1/jobs/${waiting}`, { state: 'paused' }, world.owner);
    expect(((await paused.json()) as { state: string }).state).toBe('paused');
    const job = await world.ended(made, world.owner);
    expect(job, JSON.stringify(job['error'])).toMatchObject({ state: 'done', attempts: 1, media: made });
    expect((await world.json<{ state: string }>(`/api/v1/jobs/${waiting}`, world.owner)).state).toBe('paused');
    await world.send('PATCH', `/api/v1/jobs/${waiting}`, { state: 'cancelled' }, world.owner);
    const under = await world.json<{ items: { id: string; origin: string }[] }>(
      `/api/v1/consents/${of('a').consent}/media`,
      world.owner,
    );
    expect(under.items).toMatchObject([{ id: made, origin: 'made' }]);
    const verified = await world.ended(await ask({ kind: 'verify', media: made }), world.owner);
    expect(verified['result']).toMatchObject({ verdict: 'intact', withdrawn: false });
    // The notice that its settings ask for is heard, in the language of the label.
    const answer = await world.get(`/api/v1/media/${made}/file`, world.owner);
    writeFileSync(world.at('made.mp4'), Buffer.from(await answer.arrayBuffer()));
    const sound = await readSound(world.at('made.mp4'), 16_000, 10);
    expect(sound === null ? null : hearsNotice(sound, 16_000, 0, 'de')).toBe(true);
    const before = await readSound(of('b').path, 16_000, 10);
    expect(before === null ? null : hearsNotice(before, 16_000, 0, 'de')).toBe(false);
    // Now material was compared with their records, so these show whom they are about.
    const { items } = await world.json<{ items: { id: string; face: boolean }[] }>('/api/v1/consents', world.owner);
    expect(items.find(({ id }) => id === of('a').consent)?.face).toBe(true);
    const own = await world.get(`/api/v1/media/${of('a').id}/people/1/face`, world.owner);
    expect(Buffer.from(await (await face('a')).arrayBuffer())).toEqual(Buffer.from(await own.arrayBuffer()));
  }, 600_000);

  it('that is asked for twice is made once, while the first is not over; with other settings it is another', async () => {
    const film = await world.project('Twice');
    const body = { kind: 'render', project: film };
    const jobs = await Promise.all([1, 2, 3].map(() => world.post('/api/v1/jobs', body, world.owner)));
    expect(jobs.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    const ids = await Promise.all(jobs.map(async (each) => ((await each.json()) as { id: string }).id));
    expect(new Set(ids).size).toBe(1);
    const trial = await ask({ ...body, trial: { seconds: 1 } });
    expect(ids).not.toContain(trial);
    const list = (): Promise<{ items: { id: string }[] }> => world.json(`/api/v1/jobs?project=${film}`, world.owner);
    expect((await list()).items).toHaveLength(2);
    const { decisions } = await world.json<{ decisions: { about: string }[] }>('/api/v1/audit', world.owner);
    expect(decisions.filter(({ about }) => about === ids[0])).toHaveLength(1);
    for (const id of [...new Set(ids), trial]) {
      await world.send('PATCH', `/api/v1/jobs/${id}`, { state: 'cancelled' }, world.owner);
      await world.ended(id, world.owner);
    }
    const later = await ask(body);
    expect(ids).not.toContain(later);
    await world.send('PATCH', `/api/v1/jobs/${later}`, { state: 'cancelled' }, world.owner);
    await world.ended(later, world.owner);
  }, 180_000);

  it('is shown to the person whose face it is, and to no other subject', async () => {
    const her = await world.invite('subject', 'her@example.org', [of('a').consent]);
    const other = await world.invite('subject', 'other@example.org');
    const list = await world.json<{ items: { id: string }[] }>('/api/v1/media', her);
    expect(list.items.map(({ id }) => id)).toEqual([made]);
    expect((await world.get(`/api/v1/media/${made}/file`, her)).status).toBe(200);
    expect((await world.json<{ items: unknown[] }>('/api/v1/consents', her)).items).toHaveLength(1);
    expect((await world.get(`/api/v1/media/${made}`, other)).status).toBe(404);
    expect((await face('a', her)).status).toBe(200);
    expect((await face('a', other)).status).toBe(404);
    expect((await world.json<{ items: unknown[] }>('/api/v1/consents', other)).items).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')(
    'is made by a second attempt where the process died in the first',
    async () => {
      const children = (): number[] =>
        execFileSync('ps', ['--ppid', String(process.pid), '-o', 'pid=,args='], { encoding: 'utf8' })
          .split('\n')
          .filter((line) => line.includes('jobs/child.js'))
          .map((line) => Number(line.trim().split(' ')[0]));
      // One that looks at uploads may still be there; the job's comes a moment after the job is begun.
      const before = children();
      const id = await ask({ kind: 'render', project: await project('Second film') });
      await world.ended(id, world.owner, ['running', 'done', 'failed']);
      const begun = (): number[] => children().filter((pid) => !before.includes(pid));
      await expect.poll(begun, { timeout: 60_000, interval: 20 }).not.toEqual([]);
      for (const pid of begun()) process.kill(pid, 'SIGKILL');
      const job = await world.ended(id, world.owner);
      expect(job).toMatchObject({ state: 'done', attempts: 2, error: null });
      const { items } = await world.json<{ items: { id: string }[] }>('/api/v1/media', world.owner);
      expect(items.filter((each) => each.id === id)).toHaveLength(1);
    },
    180_000,
  );

  it('is refused once consent is withdrawn, with the rule as reason, and can be asked for again', async () => {
    const film = await project('Third film');
    const id = await ask({ kind: 'render', project: film });
    await world.send('PATCH', `/api/v1/jobs/${id}`, { state: 'cancelled' }, world.owner);
    expect(await world.ended(id, world.owner)).toMatchObject({ state: 'cancelled' });
    const { envelope, key } = of('a');
    await revoke(envelope, key);
    const record = await world.json<Record<string, unknown>>(`/api/v1/consents/${of('a').consent}`, world.owner);
    expect(record).toMatchObject({ status: 'withdrawn', face: false });
    expect((await face('a')).status).toBe(404);
    const again = await world.post(`/api/v1/jobs/${id}/retries`, { reason: 'it was signed anew' }, world.owner);
    expect(again.status).toBe(200);
    const job = await world.ended(id, world.owner);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'consent.revoked' }, media: null });
    expect(job['reason']).toBe('it was signed anew');
    // Nor is it said to be ready, nor a new one begun.
    const { problems } = await world.json<{ problems: object[] }>(`/api/v1/projects/${film}`, world.owner);
    const missing = { id: of('a').consent, name: 'Actor a', status: 'withdrawn' };
    expect(problems).toMatchObject([{ field: 'routes.0.sourceConsent', record: missing }]);
    const refused = await world.post('/api/v1/jobs', { kind: 'render', project: film }, world.owner);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([422, 'project.incomplete']);
  }, 600_000);
});

describe('consent by link', () => {
  it('says what is asked and gives a challenge; nothing is signed before it was answered', async () => {
    const terms = { project: 'Short', uses: ['film'] };
    const invited = await world.post('/api/v1/captures', { name: 'Alex', material: of('b').id, terms }, world.owner);
    expect(invited.status).toBe(201);
    const { link } = (await invited.json()) as { link: string };
    const who = { headers: { 'x-capture-token': link.split('#token=')[1] ?? '', origin: world.studio.origin } };
    const given = await world.post('/api/v1/capture/challenge', {}, who);
    expect(await given.json()).toMatchObject({
      state: 'open',
      challenge: { words: { length: 3 }, moves: { length: 5 } },
    });
    const early = await world.post('/api/v1/capture/signature', { word: 'x', agree: true, adult: true }, who);
    expect(early.status).toBe(409);
    const unwilling = await world.post('/api/v1/capture/signature', { word: 'x', agree: false, adult: true }, who);
    expect(unwilling.status).toBe(422);
  });

  it('shows nobody what another link is about', async () => {
    const who = { headers: { 'x-capture-token': 'A'.repeat(43) } };
    expect((await world.get('/api/v1/capture', who)).status).toBe(403);
  });
});

describe('one machine', () => {
  const run = (...words: string[]) =>
    spawnSync(process.execPath, [join(packageRoot, 'bin/likeness.mjs'), ...words], {
      env: { ...process.env, LIKENESS_HOME: world.at('home') },
      encoding: 'utf8',
    });

  it('has one studio: a second process opens nothing, and says where the first is', () => {
    const second = run('studio', '--no-open', '--json');
    expect(second.status).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ origin: world.studio.origin });
    const saved = run('backup', world.at('saved'));
    expect(saved.status).toBe(5);
    expect(saved.stderr).toContain('The studio is open');
    expect(existsSync(world.at('saved'))).toBe(false);
  }, 600_000);

  it('listens for others only with TLS', () => {
    const open = spawnSync(
      process.execPath,
      [join(packageRoot, 'bin/likeness.mjs'), 'studio', '--no-open', '--port', '0', '--host', '0.0.0.0'],
      { env: { ...process.env, LIKENESS_HOME: world.at('elsewhere') }, encoding: 'utf8' },
    );
    expect(open.status).not.toBe(0);
    expect(open.stderr).toContain('without TLS');
  }, 600_000);

  it('keeps its secrets to its owner', () => {
    const studio = world.at('home/studio');
    expect(readFileSync(join(studio, 'session.secret.json'), 'utf8')).toContain('likeness.secret/1');
    if (process.platform === 'win32') return;
    const modes = execFileSync('stat', ['-c', '%a', join(studio, 'session.secret.json'), join(studio, 'link.token')], {
      encoding: 'utf8',
    });
    expect(modes.trim().split('\n')).toEqual(['600', '600']);
  });

  it('is saved by one command and restored by another: people, projects, files', async () => {
    await world.studio.close();
    const facts = await backup(world.at('saved'));
    process.env['LIKENESS_HOME'] = world.at('new-home');
    expect((await restore(world.at('saved'))).files).toBe(facts.files);
    await expect(restore(world.at('saved'))).rejects.toMatchObject({ code: 'backup.home' });
    const before = await world.openAgain();
    const { items } = await world.json<{ items: { name: string }[] }>('/api/v1/projects', before);
    expect(items.map(({ name }) => name)).toContain('First film');
    const file = await world.get(`/api/v1/media/${of('b').id}/file`, before);
    expect(sha256(Buffer.from(await file.arrayBuffer()))).toBe(of('b').sha256);
  }, 600_000);
});
