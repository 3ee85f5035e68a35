/** Numbers for Prometheus: that the format is kept, who reads them, that they move, and what they leave out. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rgbaFrame, writePicture } from '../src/media/index.js';
import { type Family, parseMetrics } from './prometheus.js';
import { type Caller, StudioWorld } from './studio-world.js';

describe('numbers for Prometheus', () => {
  const world = new StudioWorld();
  const read = async (): Promise<Map<string, Family>> =>
    parseMetrics(await (await world.get('/metrics', world.owner)).text());
  /** Requests of a route that were answered with a status. */
  const requests = (families: Map<string, Family>, route: string, status: number): number =>
    (families.get('likeness_request_seconds')?.samples ?? [])
      .filter(
        ({ name, labels }) => name.endsWith('_count') && labels['route'] === route && labels['status'] === `${status}`,
      )
      .reduce((sum, { value }) => sum + value, 0);
  const jobs = (families: Map<string, Family>, state: string): number =>
    families.get('likeness_jobs')?.samples.find(({ labels }) => labels['state'] === state)?.value ?? Number.NaN;

  beforeAll(async () => {
    await world.open();
    await world.signIn();
    await world.people();
  }, 120_000);
  afterAll(() => world.close());

  it('has a strict reader', () => {
    const good = '# HELP a A.\n# TYPE a gauge\na{b="c\\"\\n\\\\"} 1\n';
    expect(parseMetrics(good).get('a')?.samples[0]?.labels).toEqual({ b: 'c"\n\\' });
    for (const bad of [
      good.slice(0, -1),
      '# TYPE a gauge\na 1\n',
      '# HELP a A.\n# TYPE a gauge\nb 1\n',
      '# HELP a A.\n# TYPE a gauge\na 1\na 2\n',
      '# HELP a A.\n# TYPE a gauge\na{b="c"d"} 1\n',
      '# HELP a A.\n# TYPE a gauge\na one\n',
      '# HELP a A.\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
      '# HELP a A.\n# TYPE a histogram\na_bucket{le="1"} 1\na_bucket{le="+Inf"} 1\na_sum 1\na_count 2\n',
    ])
      expect(() => parseMetrics(bad), bad).toThrow();
  });

  it('are read by the owner alone', async () => {
    const status = async (who: Caller): Promise<number> => (await world.get('/metrics', who)).status;
    expect(await status({ headers: {} })).toBe(401);
    expect(await status({ headers: { authorization: 'Bearer made-up' } })).toBe(401);
    for (const role of ['maker', 'reviewer', 'subject'] as const)
      expect(await status(world.keys.get(role) ?? world.owner), role).toBe(403);
    const answer = await world.get('/metrics', world.keys.get('owner') ?? world.owner);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('are what the format says, and move with what happens', async () => {
    const before = await read();
    expect([...before.keys()].sort()).toEqual([
      'likeness_jobs',
      'likeness_request_seconds',
      'process_resident_memory_bytes',
      'process_uptime_seconds',
    ]);
    const path = world.at('picture.png');
    await writePicture(path, rgbaFrame(new Uint8Array(4 * 64 * 64).fill(200), 64, 64));
    const { id } = await world.upload('Wedding of Ada Lovelace.png', readFileSync(path), world.owner);
    const begun = await world.post('/api/v1/jobs', { kind: 'verify', media: id }, world.owner);
    const { id: job } = (await begun.json()) as { id: string };
    expect(await world.ended(job, world.owner)).toMatchObject({ state: 'done' });
    // Refused: by the role, by the origin, and as no id.
    await world.post('/api/v1/invitations', { role: 'maker' }, world.keys.get('maker') ?? world.owner);
    await world.post('/api/v1/jobs', {}, { headers: { ...world.owner.headers, origin: 'https://elsewhere.example' } });
    await world.get('/api/v1/jobs/Ada%22%0ALovelace%5C', world.owner);
    const after = await read();
    expect(jobs(after, 'done') - jobs(before, 'done')).toBe(1);
    expect(requests(after, '/api/v1/invitations', 403) - requests(before, '/api/v1/invitations', 403)).toBe(1);
    expect(requests(after, '/api/v1/jobs/:id', 422) - requests(before, '/api/v1/jobs/:id', 422)).toBe(1);
    expect(requests(after, '/api/v1/jobs', 201) - requests(before, '/api/v1/jobs', 201)).toBe(1);
    expect(requests(after, '/api/v1/jobs', 403) - requests(before, '/api/v1/jobs', 403)).toBe(1);
    expect(requests(after, '/metrics', 200) - requests(before, '/metrics', 200)).toBe(1);
    const memory = after.get('process_resident_memory_bytes')?.samples[0]?.value ?? 0;
    expect(memory).toBeGreaterThan(1e7);
  }, 120_000);

  it('name neither people nor files nor ids', async () => {
    const text = await (await world.get('/metrics', world.owner)).text();
    const media = await world.json<{ items: { id: string; name: string }[] }>('/api/v1/media', world.owner);
    const users = await world.json<{ items: { id: string; name: string; email: string }[] }>(
      '/api/v1/users',
      world.owner,
    );
    const known = [...media.items, ...users.items].map(({ id }) => id);
    expect(known.length).toBeGreaterThan(4);
    const said = ['Wedding', 'Ada', 'Lovelace', 'made-up', 'elsewhere', ...users.items.map(({ email }) => email)];
    for (const word of [...known, ...said]) expect(text).not.toContain(word);
  });
});
