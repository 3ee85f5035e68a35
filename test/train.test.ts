/** Training a pair and swapping with it, on drawn actors, with real records signed by test keys. */
import { randomBytes, randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { createKey, createRecord, readAudit, signRecord, writeEnvelope } from '../src/consent/index.js';
import { analyzeVideo, type Identity } from '../src/faces/index.js';
import { detectWatermark, inspect } from '../src/label/index.js';
import { openVideo, readPicture } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { projectPaths, SwapRun, swapMedia, type TrainJob, trainProject } from '../src/synth/swap/index.js';

const folder = mkdtempSync(join(tmpdir(), 'likeness-train-'));
const at = (name: string): string => join(folder, name);
const clips = { a: at('a.mp4'), b: at('b.mp4') };
const records = { a: at('a.consent.json'), b: at('b.consent.json') };

beforeAll(async () => {
  process.env['LIKENESS_HOME'] = at('home');
  for (const [label, seed] of [
    ['a', 3],
    ['b', 21],
  ] as const) {
    const states = perform(seed, { seconds: 2, fps: 15, style: 'lively' });
    await writeActorClip(clips[label], {
      actor: createActor(seed),
      states,
      width: 288,
      height: 288,
      fps: 15,
      sound: label === 'b',
    });
    const analysis = await analyzeVideo(clips[label], { masks: false });
    const faces = (analysis.tracks[0]?.faces ?? []).map((f) => f.identity).filter((i): i is Identity => i !== null);
    const key = await createKey(`actor-${label}`);
    const record = await createRecord({
      subject: { did: key.did, displayName: `Actor ${label}`, adult: true },
      faces,
      project: { title: 'Test' },
      scope: { roles: ['source', 'replaced'], operations: ['train', 'faceSwap'], uses: ['film'] },
      term: { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 86_400_000) },
    });
    await writeEnvelope(records[label], await signRecord(record, key));
  }
}, 180_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stopModels();
});

const job = (project: string, more: Partial<TrainJob> = {}): TrainJob => ({
  project: at(project),
  source: { path: clips.a, consent: records.a },
  target: { path: clips.b, consent: records.b },
  preset: 'draft',
  steps: 40,
  use: 'film',
  ...more,
});

describe('training', () => {
  it('that is stopped and gone on with gives the same pair, bit for bit, as one in a single run', async () => {
    const whole = await trainProject(job('whole'));
    expect(whole.steps).toBe(40);
    expect(whole.validation['a']).toBeGreaterThan(0);
    const stop = new AbortController();
    const stopped = trainProject(
      job('halves', {
        signal: stop.signal,
        onProgress: (e) => e.stage.startsWith('training') && e.done >= 20 && stop.abort(),
      }),
    );
    await expect(stopped).rejects.toThrow();
    expect(existsSync(projectPaths(at('halves')).pair)).toBe(false);
    await trainProject(job('halves'));
    expect(readFileSync(projectPaths(at('halves')).pair).equals(readFileSync(projectPaths(at('whole')).pair))).toBe(
      true,
    );
    for (const file of [whole.preview, whole.chart, projectPaths(at('whole')).log, projectPaths(at('whole')).dfm])
      expect(existsSync(file), file).toBe(true);
  }, 240_000);

  it('shows nothing on its way that is not marked and labelled: the sheet names both records, and holds the watermark', async () => {
    const { preview } = projectPaths(at('whole'));
    const label = await inspect(preview);
    expect(label).toMatchObject({ found: 'label', state: 'trusted', changed: false });
    expect(label.sentences.join(' ')).toContain('Preview of a training');
    expect(label.consent.map(({ role }) => role).sort()).toEqual(['replaced', 'source']);
    const mark = detectWatermark(await readPicture(preview));
    expect(mark?.payload).toHaveLength(8);
    const bytes = readFileSync(preview);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 30) ^ 1, bytes.length - 30);
    writeFileSync(at('changed.png'), bytes);
    expect((await inspect(at('changed.png'))).state).toBe('invalid');
    // Nobody keeps a preview: neither the log of seals nor the store grows by it.
    expect((await readAudit()).filter(({ kind }) => kind === 'seal')).toEqual([]);
  });

  it('goes on without a preview, and says so, where nobody can sign it', async () => {
    const signer = at('home/ca/signer.json');
    writeFileSync(signer, '{');
    try {
      const trained = await trainProject(job('unsigned', { steps: 4 }));
      expect(trained.warnings.join()).toMatch(/no preview.*signer\.json is damaged/);
      expect(existsSync(trained.pair)).toBe(true);
      expect(existsSync(trained.preview)).toBe(false);
    } finally {
      rmSync(signer);
    }
  });

  it('refuses another pair in the same folder, and a second run on it', async () => {
    await expect(trainProject({ ...job('whole'), seed: 5 })).rejects.toMatchObject({ code: 'project.other-pair' });
    writeFileSync(at('whole/.lock'), String(process.ppid));
    await expect(trainProject(job('whole'))).rejects.toMatchObject({ code: 'project.busy' });
    rmSync(at('whole/.lock'));
  });

  it('needs consent for training', async () => {
    await expect(trainProject(job('refused', { use: 'advertising' }))).rejects.toMatchObject({
      code: expect.stringMatching(/^consent\./),
    });
    expect(existsSync(at('refused'))).toBe(false);
  });
});

describe('a swap', () => {
  const route = { engine: 'gan', sourceConsent: records.a, targetConsent: records.b };

  it('with the trained pair is sealed, keeps frames and sound, and stands in the audit log', async () => {
    const result = await swapMedia({
      target: clips.b,
      out: at('out.mp4'),
      use: 'film',
      routes: [{ ...route, project: at('whole') }],
    });
    expect(result.stats.frames).toBe(30);
    expect(result.stats.swapped).toBeGreaterThan(27);
    // A net of 64 pixels on a face of more than a hundred: somebody should know why it looks soft.
    expect(result.remarks.join()).toMatch(/face of person 1 is [2-9]\.\d times as large .*--enhance/);
    const label = await inspect(at('out.mp4'));
    expect(label.found).toBe('label');
    // This machine knows its own authority.
    expect(label.state).toBe('trusted');
    const video = await openVideo(at('out.mp4'));
    expect(video.info.audio.length).toBe(1);
    await video.close();
    expect((await readAudit()).some((e) => JSON.stringify(e).includes('seal'))).toBe(true);
    expect(readdirSync(folder).filter((n) => n.startsWith('.'))).toEqual([]);
  });

  it('that others may look at on its way shows them a frame with its marks and a label', async () => {
    const run = await SwapRun.open({
      target: clips.b,
      out: at('watched.mp4'),
      use: 'film',
      routes: [{ ...route, project: at('whole') }],
      shared: { folder: at('watched'), work: randomUUID(), key: randomBytes(32), preview: at('preview.png') },
    });
    const shown = at('shown.png');
    try {
      await run.plan();
      await run.stretch(0);
      await expect.poll(() => existsSync(at('preview.png')), { timeout: 20_000 }).toBe(true);
      copyFileSync(at('preview.png'), shown);
      await run.finish();
    } finally {
      await run.close();
    }
    const label = await inspect(shown);
    expect(label).toMatchObject({ found: 'label', state: 'trusted', changed: false });
    expect(label.consent.map(({ role }) => role).sort()).toEqual(['replaced', 'source']);
    expect((await readPicture(shown)).width).toBe(288);
    expect(existsSync(at('watched'))).toBe(false);
  });

  it('the other way round runs from the same training', async () => {
    const result = await swapMedia({
      target: clips.a,
      out: at('back.mp4'),
      use: 'film',
      routes: [
        { engine: 'gan', project: at('whole'), reverse: true, sourceConsent: records.b, targetConsent: records.a },
      ],
    });
    expect(result.stats.swapped).toBeGreaterThan(27);
  });

  it.each([
    ['no trained pair', { ...route, project: at('nowhere') }, 'swap.no-source'],
    ['the wrong person’s record', { ...route, engine: 'mesh', source: clips.a, sourceConsent: records.b }, 'consent'],
    ['an unknown engine', { ...route, engine: 'paint', source: clips.a }, 'usage.engine'],
    ['a person who is not there', { ...route, engine: 'mesh', source: clips.a, person: 9 }, 'faces.unknown-track'],
  ])('with %s is refused and leaves nothing', async (_, wrong, code) => {
    const done = swapMedia({ target: clips.b, out: at('never.mp4'), use: 'film', routes: [wrong] });
    await expect(done).rejects.toMatchObject({ code: expect.stringContaining(code) });
    expect(readdirSync(folder).filter((n) => n.includes('never'))).toEqual([]);
  });

  it('never writes over its input or, unasked, over another file', async () => {
    const routes = [{ ...route, engine: 'mesh', source: clips.a }];
    await expect(swapMedia({ target: clips.b, out: clips.b, use: 'film', routes })).rejects.toMatchObject({
      code: 'media.same-file',
    });
    await expect(swapMedia({ target: clips.b, out: at('out.mp4'), use: 'film', routes })).rejects.toMatchObject({
      code: 'file.exists',
    });
  });
});
