/** The room that files may take: of a project, of a person, and what is said where it is used up. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StudioWorld } from './studio-world.js';

const world = new StudioWorld();
let clip: Buffer;

beforeAll(async () => {
  await world.open();
  await world.signIn();
  clip = readFileSync(await world.clip('a.mp4', 3));
}, 180_000);

afterAll(() => world.close());

async function limit(settings: object): Promise<void> {
  const answer = await world.send('PATCH', '/api/v1/settings', settings, world.owner);
  expect(answer.status).toBe(200);
}

async function newProject(name: string): Promise<string> {
  return ((await (await world.post('/api/v1/projects', { name }, world.owner)).json()) as { id: string }).id;
}

/** Bytes that differ with the number, so that no file is one that is there already. */
const upload = (n: number, project?: string) =>
  world.upload(`${n}.mp4`, Buffer.concat([clip, freeBox(n)]), world.owner, project);

/** A box that players skip. */
function freeBox(n: number): Buffer {
  const box = Buffer.alloc(16);
  box.writeUInt32BE(16);
  box.write('free', 4, 'latin1');
  box.writeUInt32BE(n, 8);
  return box;
}

describe('the room', () => {
  it('of a project is its own: full there, and nowhere else', async () => {
    const [first, second] = [await newProject('First'), await newProject('Second')];
    await limit({ projectQuotaBytes: Math.round(clip.length * 2.5) });
    for (const n of [1, 2]) {
      const { answer, id } = await upload(n, first);
      expect(answer.status).toBe(204);
      expect(await world.json(`/api/v1/media/${id}`, world.owner)).toMatchObject({ project: first });
    }
    const { answer: full } = await upload(3, first);
    expect(full.status).toBe(507);
    expect(await full.json()).toMatchObject({
      code: 'uploads.quota',
      detail: 'The room for this project is used up.',
      hint: 'Delete files that are not needed, or ask the owner for more room.',
    });
    expect((await upload(3, second)).answer.status).toBe(204);
    expect((await upload(4)).answer.status).toBe(204);
  });

  it('of a person counts all of their files, and is there again when some are deleted', async () => {
    await limit({ personQuotaBytes: Math.round(clip.length * 4.5) });
    const { answer } = await upload(5);
    expect(answer.status).toBe(507);
    expect(await answer.json()).toMatchObject({ detail: 'The room for your files is used up.' });
    const { items } = await world.json<{ items: { id: string }[] }>('/api/v1/media', world.owner);
    expect(items).toHaveLength(4);
    const gone = await world.send('DELETE', `/api/v1/media/${items[0]?.id}`, '', world.owner);
    expect(gone.status).toBe(204);
    expect((await upload(5)).answer.status).toBe(204);
  });

  it('is spoken for by uploads that have only begun, and given back when they are called off', async () => {
    const project = await newProject('Begun');
    await limit({ personQuotaBytes: 10 ** 9, projectQuotaBytes: 1000 });
    const begin = (bytes: number) =>
      world.ask('/api/v1/uploads', {
        method: 'POST',
        headers: {
          ...world.owner.headers,
          'tus-resumable': '1.0.0',
          'upload-length': String(bytes),
          'upload-metadata': `filename ${btoa('x.mp4')},project ${btoa(project)}`,
        },
      });
    const first = await begin(600);
    expect(first.status).toBe(201);
    expect((await begin(600)).status).toBe(507);
    expect((await begin(400)).status).toBe(201);
    const off = await world.ask(first.headers.get('location') ?? '', {
      method: 'DELETE',
      headers: { ...world.owner.headers, 'tus-resumable': '1.0.0' },
    });
    expect(off.status).toBe(204);
    expect((await begin(600)).status).toBe(201);
  });

  it('is that of a project there is: one that is made up is no way round the limit', async () => {
    const { answer } = await upload(9, 'made-up');
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ code: 'uploads.project' });
  });
});
