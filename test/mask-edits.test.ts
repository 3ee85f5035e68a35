/** A mask corrected by hand: what a stroke changes, where, in which frames, and what it leaves alone. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, performance as perform, renderActor, restState, writeActorClip } from '../src/actors/index.js';
import { withMaskEdits } from '../src/cli/mask-edits-file.js';
import { createKey, createRecord, signRecord, writeEnvelope } from '../src/consent/index.js';
import { type AnalyzedTrack, CANONICAL_POINTS, cachedAnalysis, type Identity } from '../src/faces/index.js';
import { parseProjectFile, writeProjectFile } from '../src/jobs/index.js';
import { inspect } from '../src/label/index.js';
import { openVideo, releaseFrame, sampleAffine } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { createCompositor } from '../src/synth/blend/index.js';
import { FLAT_SIDE, flatMesh, MaskEdits, type MaskStroke, parseMaskEdits, readMasks } from '../src/synth/mask/index.js';
import { placeCrop } from '../src/synth/swap/alignment.js';
import { type SwapJob, swapMedia } from '../src/synth/swap/index.js';
import { flatMask, toFlat, withStrokes } from '../web/src/lib/make/mask/flat.js';
import { usual } from './consent-people.js';

const folder = mkdtempSync(join(tmpdir(), 'likeness-mask-'));
const at = (name: string): string => join(folder, name);
const SIDE = 256;
const FPS = 8;
/** A point of the mesh in the middle of a cheek. */
const CHEEK = 205;
const PAINTED = 6;
const cheek: [number, number] = [CANONICAL_POINTS[CHEEK * 3] ?? 0, CANONICAL_POINTS[CHEEK * 3 + 1] ?? 0];
const stroke = (more: Partial<MaskStroke> = {}): MaskStroke => ({
  frame: PAINTED,
  reach: 'forward',
  mode: 'remove',
  radius: 1.6,
  points: [cheek],
  ...more,
});
let target: AnalyzedTrack;

beforeAll(async () => {
  process.env['LIKENESS_HOME'] = at('home');
  for (const [name, seed] of [
    ['a', 7],
    ['b', 8],
  ] as const) {
    // The head walks through the picture: a stroke that stood still would be left behind.
    const states = perform(seed, { seconds: 2, fps: FPS, style: 'lively' }).map((state, i) => {
      const [x, y] = state.position;
      return { ...state, position: [x + 0.008 * (i - 8), y] as const };
    });
    await writeActorClip(at(`${name}.mp4`), { actor: createActor(seed), states, width: SIDE, height: SIDE, fps: FPS });
    const { tracks } = await cachedAnalysis(at(`${name}.mp4`), at('home/analysis'));
    const faces = (tracks[0]?.faces ?? []).map((f) => f.identity).filter((i): i is Identity => i !== null);
    if (tracks[0] !== undefined) target = tracks[0];
    const key = await createKey(name);
    const record = await createRecord(usual(key, `Actor ${name}`, faces));
    await writeEnvelope(at(`${name}.consent.json`), await signRecord(record, key));
  }
}, 300_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stopModels();
});

const job = (out: string, strokes: readonly MaskStroke[] = [], more: Partial<SwapJob> = {}): SwapJob => ({
  target: at('b.mp4'),
  out: at(out),
  use: 'film',
  quality: 'high',
  outline: 0,
  routes: [
    {
      engine: 'mesh',
      source: at('a.mp4'),
      sourceConsent: at('a.consent.json'),
      targetConsent: at('b.consent.json'),
      strokes,
    },
  ],
  ...more,
});

/** Luma of every frame. */
async function lumaOf(path: string): Promise<Uint8Array[]> {
  const video = await openVideo(path);
  const out: Uint8Array[] = [];
  for await (const frame of video.frames()) {
    out.push(Uint8Array.from(frame.pixels.subarray(0, SIDE * SIDE)));
    releaseFrame(frame);
  }
  video.close();
  return out;
}

/** Mean difference of two pictures near a place, and away from it. */
function differences(a: Uint8Array, b: Uint8Array, [x, y]: readonly [number, number], near: number, away: number) {
  let [inside, n, outside, m, worst] = [0, 0, 0, 0, 0];
  for (let i = 0; i < SIDE * SIDE; i++) {
    const d = Math.abs((a[i] as number) - (b[i] as number));
    const distance = Math.hypot((i % SIDE) - x, Math.floor(i / SIDE) - y);
    if (distance < near) {
      inside += d;
      n++;
    } else if (distance > away) {
      outside += d;
      m++;
      worst = Math.max(worst, d);
    }
  }
  return { inside: inside / n, outside: outside / m, worst };
}

function placeIn(frame: number): { place: [number, number]; perCm: number } {
  const face = target.faces.find((f) => f.frame === frame);
  if (face === undefined) throw new Error(`nobody in frame ${frame}`);
  const { landmarks, box } = face;
  return {
    place: [landmarks[CHEEK * 3] as number, landmarks[CHEEK * 3 + 1] as number],
    perCm: box.height / 17.7,
  };
}

describe('a stroke', () => {
  it('changes the rendered frames under it, moves with the head, and leaves the rest alone', async () => {
    const masks = { folder: at('masks'), id: 'one' };
    const before = { folder: at('masks-before'), id: 'before' };
    await swapMedia(job('plain.mp4', [], { masks: before }));
    const edited = await swapMedia(job('edited.mp4', [stroke()], { masks }));
    expect((await inspect(edited.output)).found).toBe('label');
    const [plain, corrected, filmed] = await Promise.all(
      ['plain.mp4', 'edited.mp4', 'b.mp4'].map((n) => lumaOf(at(n))),
    );
    const places: [number, number][] = [];
    for (const [frame, before] of (plain ?? []).entries()) {
      const after = corrected?.[frame];
      const original = filmed?.[frame];
      if (after === undefined || original === undefined) throw new Error('a frame is missing');
      const { place, perCm } = placeIn(frame);
      const found = differences(before, after, place, perCm, 4.5 * perCm);
      // Away from the brush: what two runs of an encoder differ by.
      expect(found.outside).toBeLessThan(1);
      expect(found.worst).toBeLessThan(24);
      if (frame < PAINTED) expect(found.inside).toBeLessThan(1.5);
      else {
        places.push(place);
        expect(found.inside).toBeGreaterThan(4 * found.outside + 1);
        // What was filmed is there again.
        const toFilm = differences(original, after, place, perCm, 4.5 * perCm).inside;
        expect(toFilm).toBeLessThan(0.6 * differences(original, before, place, perCm, 4.5 * perCm).inside);
      }
    }
    // The head did move by more than the brush.
    const [first, ...later] = places;
    expect(
      Math.max(...later.map(([x, y]) => Math.hypot(x - (first?.[0] ?? 0), y - (first?.[1] ?? 0)))),
    ).toBeGreaterThan(12);
    // The kept mask has the hole, at the same place of the face.
    const kept = await readMasks(masks, (PAINTED + 2.5) / FPS);
    expect(kept?.frame).toBe(PAINTED + 2);
    const [person] = kept?.people ?? [];
    if (person === undefined) throw new Error('no mask was kept');
    const { box, columns, rows, alpha, points } = person;
    const value = (point: number): number => {
      const x = Math.floor((((points[point * 2] as number) - box.x) / box.width) * columns);
      const y = Math.floor((((points[point * 2 + 1] as number) - box.y) / box.height) * rows);
      return alpha[y * columns + x] as number;
    };
    expect(value(CHEEK)).toBeLessThan(40);
    expect(value(425)).toBeGreaterThan(200);
    // The page finds the same place, and what it foretells of the mask is what the render then does.
    const asked = await readMasks(before, (PAINTED + 2.5) / FPS);
    const [was] = asked?.people ?? [];
    if (was === undefined) throw new Error('no mask was kept');
    const forPage = { ...was, alpha: Buffer.from(was.alpha).toString('base64'), points: [...was.points] };
    const mesh = flatMesh();
    const [u = 0, v = 0] = toFlat(mesh, forPage, was.points[CHEEK * 2] ?? 0, was.points[CHEEK * 2 + 1] ?? 0) ?? [];
    expect(Math.hypot(u - cheek[0], v - cheek[1])).toBeLessThan(0.05);
    const told = withStrokes(flatMask(mesh, forPage), [stroke()]).alpha;
    const off = told.reduce((sum, value, i) => sum + Math.abs(value - (alpha[i] as number) / 255), 0);
    expect(off / told.length).toBeLessThan(0.01);
    const changed = told.reduce((sum, value, i) => sum + Math.abs(value - (was.alpha[i] as number) / 255), 0);
    expect(changed).toBeGreaterThan(5 * off);
    // What lies on the disk is locked, and bound to its render.
    const [name = ''] = readdirSync(masks.folder);
    expect(readFileSync(join(masks.folder, name)).includes('timestamp')).toBe(false);
    expect(await readMasks({ ...masks, id: 'two' }, 0)).toBeNull();
  }, 600_000);

  it('counts in one frame, forward to the next cut, or from cut to cut', () => {
    const active = (reach: MaskStroke['reach']): number[] => {
      const edits = new MaskEdits([stroke({ reach })], [4, 10]);
      return Array.from({ length: 14 }, (_, i) => i).filter((i) => edits.at(i) !== null);
    };
    expect(active('frame')).toEqual([6]);
    expect(active('forward')).toEqual([6, 7, 8, 9]);
    expect(active('shot')).toEqual([4, 5, 6, 7, 8, 9]);
  });

  it('goes over what was painted before', () => {
    const edits = new MaskEdits([stroke({ mode: 'add', radius: 3 }), stroke({ radius: 1 })], []);
    const planes = edits.at(PAINTED);
    const place = (cm: readonly [number, number]): number =>
      Math.round(63.5 + cm[1] * 5.2) * FLAT_SIDE + Math.round(63.5 + cm[0] * 5.2);
    expect(planes?.give[place(cheek)]).toBe(0);
    expect(planes?.give[place([cheek[0] + 2, cheek[1]])]).toBe(1);
    expect(planes?.keep[place([cheek[0] + 2, cheek[1]])]).toBe(0);
    expect(planes?.keep[place([cheek[0] - 8, cheek[1]])]).toBe(1);
  });

  it('shows the new face again where something was taken to be in front', () => {
    const size = 128;
    const view = { width: 400, height: 300 };
    const shot = renderActor(createActor(11), restState({ scale: 0.5 }), view);
    const other = renderActor(createActor(12), restState({ scale: 0.5 }), view);
    const image = new Float32Array(3 * size * size);
    sampleAffine(other.frame, placeCrop(other.landmarks, size), size, size, image, {
      layout: 'planar',
      scale: 1 / 255,
    });
    const covered = { size, data: new Float32Array(size * size).fill(1) };
    const composite = (strokes: readonly MaskStroke[]) =>
      createCompositor({ occlusion: false }).composite({
        frame: { ...shot.frame, pixels: shot.frame.pixels.slice() },
        placement: placeCrop(shot.landmarks, size),
        size,
        swapped: { size, image, mask: new Float32Array(size * size).fill(1) },
        points: shot.landmarks,
        occlusionMask: covered,
        edit: new MaskEdits(strokes, []).at(PAINTED) ?? undefined,
        cut: true,
      });
    expect(Math.max(...composite([]).alpha)).toBe(0);
    const { alpha, box } = composite([stroke({ mode: 'add' })]);
    const x = Math.round((shot.landmarks[CHEEK * 3] as number) - box.x);
    const y = Math.round((shot.landmarks[CHEEK * 3 + 1] as number) - box.y);
    expect(alpha[y * box.width + x]).toBeGreaterThan(240);
    // A tenth of the face at the most: the rest stays covered.
    expect(alpha.filter((v) => v > 8).length).toBeLessThan(0.2 * box.width * box.height);
  });
});

describe('the file of corrections', () => {
  const file = (more: object): string => JSON.stringify({ likeness: 'likeness-mask-edits/1', edits: [], ...more });
  const routes = job('x.mp4').routes;

  it('gives its strokes to the routes, and refuses whom no route has', async () => {
    writeFileSync(at('edits.json'), file({ edits: [{ strokes: [stroke()] }] }));
    expect((await withMaskEdits(routes, at('edits.json')))[0]?.strokes).toEqual([stroke()]);
    writeFileSync(at('edits.json'), file({ edits: [{ person: 3, strokes: [stroke()] }] }));
    const numbered = routes.map((route) => ({ ...route, person: 1 }));
    await expect(withMaskEdits(numbered, at('edits.json'))).rejects.toThrow(/person 3, who is in no route/);
    await expect(withMaskEdits(routes, at('none.json'))).rejects.toMatchObject({ code: 'file.missing' });
  });

  it.each([
    ['no JSON', '{', /it is not JSON/],
    ['another version', file({ likeness: 'likeness-mask-edits/2' }), /likeness/],
    ['a brush of a metre', file({ edits: [{ strokes: [stroke({ radius: 100 })] }] }), /edits\.0\.strokes\.0\.radius/],
    ['a place off the face', file({ edits: [{ strokes: [stroke({ points: [[1e9, 0]] })] }] }), /lies off the face/],
    ['a line without end', file({ edits: [{ strokes: [stroke({ points: Array(500).fill(cheek) })] }] }), /points/],
    ['too many strokes', file({ edits: [{ strokes: Array(301).fill(stroke()) }] }), /more than 300/],
    ['an unknown field', file({ edits: [{ strokes: [{ ...stroke(), shell: 'rm' }] }] }), /shell/],
  ])('is refused with %s', (_, text, message) => {
    expect(() => parseMaskEdits(text, 'edits.json')).toThrow(message);
  });

  it('is the same in a project, which is written the same each time', () => {
    const text = writeProjectFile(
      parseProjectFile(JSON.stringify({ name: 'Film', routes: [{ strokes: [stroke()] }] }), 'film.json'),
    );
    expect(parseProjectFile(text, 'film.json').routes[0]?.strokes).toEqual([stroke()]);
    expect(writeProjectFile(parseProjectFile(text, 'film.json'))).toBe(text);
    expect(() => parseProjectFile(text.replace('"forward"', '"always"'), 'film.json')).toThrow(/reach/);
  });
});
