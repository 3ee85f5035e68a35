/** Live captures: challenges, moves, what pixels give away, evidence that is kept and deleted. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createActor, performMoves, renderActor, restState, writeActorClip } from '../src/actors/index.js';
import { sha256File } from '../src/base/index.js';
import { type FrameSketch, liveliness, longestRepeat, sharpestJump } from '../src/consent/capture/footage.js';
import { countedMoves, type MoveSample, moveScore, seenMoves } from '../src/consent/capture/moves.js';
import {
  CHALLENGE_LIFE,
  captureConsent,
  captureDigest,
  createKey,
  evidenceOf,
  extractEvidence,
  issueChallenge,
  listEvidence,
  MOVES,
  type Move,
  onlyPerson,
  readAudit,
  readChallenge,
  signReview,
  storeEvidence,
  sweepEvidence,
  writeChallenge,
} from '../src/consent/index.js';
import { writePicture } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { MoveWatcher } from '../web/src/lib/capture/moves.js';
import { temporaryHome } from './consent-people.js';

let at: ReturnType<typeof temporaryHome>;
beforeEach(() => {
  at = temporaryHome();
});
afterEach(() => at.remove());
const path = (name: string): string => join(at.folder, name);

describe('a challenge', () => {
  it('is different every time, in words and order', async () => {
    const some = [];
    for (let i = 0; i < 12; i++) some.push(await issueChallenge());
    expect(new Set(some.map((c) => c.words.join(' '))).size).toBe(12);
    expect(new Set(some.map((c) => c.moves.join(' '))).size).toBeGreaterThan(6);
    for (const { moves } of some) expect([...moves].sort()).toEqual([...MOVES].sort());
  });

  it('is good for ten minutes, on this machine, as it was given', async () => {
    const challenge = await issueChallenge();
    await writeChallenge(path('c.json'), challenge);
    const then = Date.parse(challenge.issuedAt);
    expect((await readChallenge(path('c.json'))).id).toBe(challenge.id);
    const late = readChallenge(path('c.json'), new Date(then + CHALLENGE_LIFE + 1000));
    await expect(late).rejects.toMatchObject({ code: 'consent.challenge.expired' });
    const early = readChallenge(path('c.json'), new Date(then - 120_000));
    await expect(early).rejects.toMatchObject({ code: 'consent.challenge.expired' });
    const text = readFileSync(path('c.json'), 'utf8');
    for (const [from, to] of [
      [/"expiresAt": "\d{4}/, '"expiresAt": "2999'],
      [challenge.words[0] as string, 'mango'],
      [/"mac": ".{6}/, '"mac": "000000'],
    ] as const) {
      writeFileSync(path('c2.json'), text.replace(from, to));
      if (readFileSync(path('c2.json'), 'utf8') === text) continue;
      await expect(readChallenge(path('c2.json'))).rejects.toMatchObject({ code: 'consent.challenge.forged' });
    }
    writeFileSync(path('c3.json'), '{}');
    await expect(readChallenge(path('c3.json'))).rejects.toMatchObject({ code: 'consent.challenge.damaged' });
  });
});

/** Samples of a person who does moves, each a second, at 25 frames a second. */
function acted(moves: readonly Move[], seconds = 1): MoveSample[] {
  const out: MoveSample[] = [];
  const rest = { yaw: 2, pitch: -6, lips: 0.1, eyes: 0.3 };
  const push = (change: Partial<MoveSample>, length: number): void => {
    for (let i = 0; i < length * 25; i++) out.push({ at: out.length / 25, ...rest, ...change });
  };
  push({}, 1.5);
  for (const move of moves) {
    push(
      {
        turnLeft: { yaw: 28 },
        turnRight: { yaw: -25 },
        lookUp: { pitch: 9 },
        openMouth: { lips: 2.2 },
        closeEyes: { eyes: 0.1 },
      }[move],
      seconds,
    );
    push({}, 0.6);
  }
  return out;
}

describe('moves', () => {
  it('are seen in their order, and a mirror swaps the sides', () => {
    const asked: Move[] = ['lookUp', 'turnLeft', 'closeEyes', 'turnRight', 'openMouth'];
    expect(seenMoves(acted(asked)).map((m) => m.move)).toEqual(asked);
    const mirrored = seenMoves(acted(asked), true).map((m) => m.move);
    expect(mirrored).toEqual(['lookUp', 'turnRight', 'closeEyes', 'turnLeft', 'openMouth']);
  });
  it('are seen live, one after the other, by what the page of a capture watches with', () => {
    const asked: Move[] = ['closeEyes', 'turnRight', 'openMouth', 'lookUp', 'turnLeft'];
    for (const seed of [1001, 1003]) {
      const watcher = new MoveWatcher();
      const actor = createActor(seed);
      const seen: Move[] = [];
      performMoves(seed, { fps: 10, moves: asked, talk: 1.5 }).forEach((state, i) => {
        const { landmarks } = renderActor(actor, state, { width: 96, height: 72 });
        const move = watcher.see(landmarks, i / 10);
        if (move !== null && move !== seen.at(-1)) seen.push(move);
      });
      expect(seen).toEqual(asked);
    }
  });
  it('are not blinks, nor a still face', () => {
    expect(seenMoves(acted(['closeEyes', 'closeEyes'], 0.25))).toEqual([]);
    expect(seenMoves(acted([]))).toEqual([]);
  });
  it('of lids are measured against the eyes of the person, not against those of others', () => {
    const closing = (open: number, left: number): string[] =>
      seenMoves(acted(['closeEyes']).map((s) => ({ ...s, eyes: s.eyes < 0.3 ? open * left : open }))).map(
        (m) => m.move,
      );
    // Wide eyes that close to half are still as open as narrow ones at rest.
    for (const open of [0.2, 0.3, 0.4]) {
      expect(closing(open, 0.5)).toEqual(['closeEyes']);
      expect(closing(open, 0.75)).toEqual([]);
    }
  });
  it('of lids that tremble as much as they close are none', () => {
    const trembling = (by: number): number =>
      seenMoves(acted(['closeEyes']).map((s, i) => ({ ...s, eyes: s.eyes < 0.3 ? 0.15 : 0.3 + (i % 2 ? by : -by) })))
        .length;
    expect(trembling(0.01)).toBe(1);
    expect(trembling(0.06)).toBe(0);
  });
  it('are not cut in two by a blink, nor doubled by what goes along with them', () => {
    const samples = acted(['openMouth', 'turnLeft']);
    const opened = samples.findIndex((s) => s.lips > 1);
    const along = samples.map((s, i) => ({
      ...s,
      // A blink of two tenths of a second while the mouth is open, and a head that goes back with the mouth.
      eyes: i >= opened + 10 && i < opened + 15 ? 0.05 : s.eyes,
      pitch: s.lips > 1 ? s.pitch + 10 : s.pitch,
    }));
    const seen = seenMoves(along);
    expect(seen.filter((m) => m.sure).map((m) => m.move)).toEqual(['openMouth', 'turnLeft']);
    expect(moveScore(countedMoves(seen, ['openMouth', 'turnLeft']), ['openMouth', 'turnLeft'])).toBe(1);
  });
  it('that pass half way do not begin one, and a short one is in doubt', () => {
    const mouth = (lips: number, seconds: number): boolean[] =>
      seenMoves(acted(['openMouth'], seconds).map((s) => ({ ...s, lips: s.lips > 1 ? lips : s.lips }))).map(
        (m) => m.sure,
      );
    expect(mouth(1.3, 1)).toEqual([]);
    expect(mouth(1.7, 1)).toEqual([true]);
    expect(mouth(1.7, 0.4)).toEqual([false]);
  });
  it('score 1 in the order asked alone', () => {
    const asked: Move[] = ['lookUp', 'turnLeft', 'closeEyes', 'turnRight', 'openMouth'];
    const score = (moves: readonly Move[]): number => moveScore(countedMoves(seenMoves(acted(moves)), asked), asked);
    expect(score(asked)).toBe(1);
    expect(score([...asked].reverse())).toBeLessThan(1);
    expect(score([...asked, 'lookUp'])).toBeLessThan(1);
    expect(score(asked.slice(1))).toBeLessThan(1);
    expect(score([])).toBe(0);
    // Doing everything twice does not hide the right order inside.
    expect(score([...asked, ...asked])).toBeLessThan(1);
  });
});

describe('pixels', () => {
  const sketch = (n: number, value: (frame: number, i: number) => number): FrameSketch[] =>
    Array.from({ length: n }, (_, frame) => ({
      at: frame / 25,
      whole: Float32Array.from({ length: 768 }, (_, i) => value(frame, i)),
    }));
  const wave = (frame: number, i: number): number =>
    120 + 40 * Math.sin(frame / 6 + i / 50) + 8 * Math.sin(frame * 2.39 + i);
  it('of a picture do not change, those of a person do', () => {
    expect(liveliness(sketch(50, (_, i) => i % 200))).toBe(0);
    expect(liveliness(sketch(50, wave))).toBe(1);
  });
  it('that come twice are found, also as a loop', () => {
    expect(longestRepeat(sketch(100, wave))).toBe(0);
    expect(longestRepeat(sketch(100, (f, i) => wave(f % 50, i)))).toBeGreaterThan(1);
    expect(longestRepeat(sketch(100, (_, i) => i % 200))).toBe(0);
  });
  it('jump where pieces meet', () => {
    const slow = (f: number, i: number): number => 120 + 40 * Math.sin(f / 40 + i / 50);
    expect(sharpestJump(sketch(100, slow))).toBeLessThan(2.5);
    expect(sharpestJump(sketch(100, (f, i) => slow(f < 50 ? f : f + 60, i)))).toBeGreaterThan(2.5);
  });
});

describe('evidence', () => {
  it('opens as it was, only whole, and is gone on its day', async () => {
    const bytes = Buffer.alloc(2_500_000, 'abcdefghij');
    writeFileSync(path('r.mp4'), bytes);
    const sha = await sha256File(path('r.mp4'));
    const id = 'a'.repeat(32);
    const kept = await storeEvidence(path('r.mp4'), id, sha, new Date(Date.now() + 3_600_000));
    expect(readFileSync(kept.path).includes('abcdefghijabcdefghij')).toBe(false);
    await extractEvidence(id, path('again.mp4'));
    expect(readFileSync(path('again.mp4')).equals(bytes)).toBe(true);
    const stored = readFileSync(kept.path);
    for (const change of [
      stored.subarray(0, stored.length - 100),
      Buffer.concat([stored.subarray(0, 2000), Buffer.from([(stored[2000] as number) ^ 1]), stored.subarray(2001)]),
      Buffer.from(stored.toString('latin1').replace(/"until":"\d{4}/, '"until":"2999'), 'latin1'),
    ]) {
      writeFileSync(kept.path, change);
      await expect(extractEvidence(id, path('no.mp4'))).rejects.toMatchObject({ code: 'consent.evidence.damaged' });
      expect(existsSync(path('no.mp4'))).toBe(false);
    }
    expect(await sweepEvidence()).toEqual([]);
    expect(await sweepEvidence(new Date(Date.now() + 7_200_000))).toHaveLength(1);
    expect(listEvidence()).toEqual([]);
    const log = (await readAudit()).filter((e) => e.kind === 'evidence').map((e) => e.facts['what']);
    expect(log).toEqual(['stored', 'deleted']);
    await expect(extractEvidence(id, path('no.mp4'))).rejects.toMatchObject({ code: 'consent.evidence.missing' });
  });
});

describe('a capture', () => {
  beforeAll(() => undefined);
  afterAll(async () => stopModels());

  it('of a drawn person is checked, kept, and pending until somebody has looked; a second use is refused', async () => {
    const challenge = await issueChallenge();
    const actor = createActor(7);
    const fps = 8;
    const states = performMoves(7, { fps, moves: challenge.moves, talk: 1.2, pace: 1.2, base: { scale: 0.55 } });
    await writeActorClip(path('live.mp4'), { actor, states, width: 256, height: 192, fps, sound: true });
    await writePicture(
      path('me.png'),
      renderActor(actor, restState({ pose: { yaw: 8, pitch: 0, roll: 0 } }), { width: 320, height: 320 }).frame,
    );
    const material = { path: path('me.png'), faces: await onlyPerson(path('me.png')) };
    const report = await captureConsent({ recording: path('live.mp4'), challenge, material, retentionDays: 30 });
    expect(report.checks.filter((check) => check.outcome === 'failed').map((check) => check.found)).toEqual([]);
    expect(report.outcome).toBe('pending');
    expect(report.checks.find((check) => check.name === 'words')?.outcome).toBe('review');
    expect(listEvidence()).toHaveLength(1);

    const again = captureConsent({ recording: path('live.mp4'), challenge, material });
    await expect(again).rejects.toMatchObject({ code: 'consent.challenge.used' });
    // The same recording for a new challenge, which asks for another order.
    let other = await issueChallenge();
    while (other.moves.join() === challenge.moves.join()) other = await issueChallenge();
    const replay = captureConsent({ recording: path('live.mp4'), challenge: other, material });
    await expect(replay).rejects.toMatchObject({ code: 'consent.capture.replayed' });

    expect(evidenceOf(report).review).toBeNull();
    const reviewer = await createKey('reviewer');
    await expect(signReview(`sha256:${'0'.repeat(64)}`, true, reviewer)).rejects.toMatchObject({
      code: 'consent.review',
    });
    const forged = { ...report, recording: { ...report.recording, sha256: 'f'.repeat(64) } };
    await expect(signReview(captureDigest(forged), true, reviewer)).rejects.toMatchObject({ code: 'consent.review' });
    await signReview(captureDigest(report), true, reviewer);
    expect(evidenceOf(report).review).toMatchObject({ accepted: true, by: reviewer.did });
    expect(readdirSync(join(at.home, 'captures'))).toHaveLength(1);
  });
});
