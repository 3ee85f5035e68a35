/** The audible notice as somebody hears it: in a swapped film, in step with the picture, labelled, and in every container. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Decoder, Demuxer, FilterAPI } from 'node-av/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { speakAlong, VOICE_RATE } from '../src/actors/voice.js';
import { createKey, createRecord, signRecord, writeEnvelope } from '../src/consent/index.js';
import { analyzeFile, type Identity } from '../src/faces/index.js';
import { hearsNotice, inspect, noticeIn, noticeSeconds } from '../src/label/index.js';
import { joinVideos, probe, wavOf } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { likeness } from './command.js';
import { temporaryHome } from './consent-people.js';
import { readNumbers, soundPackets, steady, writeClip } from './media-clips.js';

const RATE = 48_000;
const LONG = 65;
let world: ReturnType<typeof temporaryHome>;
const at = (name: string): string => join(world.folder, name);

/** The first sound track, every sample at the time that the file gives it. */
async function heard(path: string): Promise<Float32Array> {
  const input = await Demuxer.open(path, { options: { protocol_whitelist: 'file' } });
  const stream = input.audio();
  if (!stream) throw new Error(`${path} is silent`);
  const decoder = await Decoder.create(stream);
  const filter = FilterAPI.create(`aformat=sample_fmts=flt:sample_rates=${RATE}:channel_layouts=mono`);
  const out = new Float32Array((LONG + 5) * RATE);
  let next = 0;
  for await (const frame of filter.frames(decoder.frames(input.packets(stream.index)))) {
    const plane = frame?.data?.[0];
    if (!frame || !plane) continue;
    const { num, den } = frame.timeBase;
    const told = Math.round((Number(frame.pts) * num * RATE) / den);
    // WebM counts in milliseconds: what is less is no gap.
    const start = Math.abs(told - next) < 0.002 * RATE ? next : told;
    next = start + frame.nbSamples;
    for (let i = Math.max(0, -start); i < frame.nbSamples; i++) out[start + i] = plane.readFloatLE(4 * i);
    frame.free();
  }
  filter.close();
  decoder.close();
  await input.close();
  return out;
}

/** By how many milliseconds `b` comes after `a` over some seconds, and how alike they are then. */
function lag(a: Float32Array, b: Float32Array, from: number, to: number): { ms: number; alike: number } {
  const [first, last] = [Math.round(from * RATE), Math.round(to * RATE)];
  const most = Math.round(0.05 * RATE);
  let best = { ms: Number.NaN, alike: -1 };
  for (let shift = -most; shift <= most; shift++) {
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = first; i < last; i += 3) {
      const [x, y] = [a[i] ?? 0, b[i + shift] ?? 0];
      ab += x * y;
      aa += x * x;
      bb += y * y;
    }
    const alike = ab / Math.sqrt(aa * bb || 1);
    if (alike > best.alike) best = { ms: (1000 * shift) / RATE, alike };
  }
  return best;
}

beforeAll(() => {
  world = temporaryHome();
});
afterAll(async () => {
  await stopModels();
  world.remove();
});

describe('sound that a notice is put into on its way', () => {
  let voice: Float32Array;
  beforeAll(async () => {
    const states = perform(4, { seconds: LONG, fps: 5, style: 'speaking' });
    writeFileSync(at('voice.wav'), wavOf(speakAlong(states, 5, 4), VOICE_RATE));
    voice = await heard(at('voice.wav'));
    const times = Array.from({ length: LONG * 5 }, (_, i) => i * 200_000);
    for (const kind of ['mp4', 'webm', 'mov']) await writeClip(at(`silent.${kind}`), times, { last: 200_000 });
  }, 300_000);

  it.each(['mp4', 'mov', 'webm'])(
    'stays in step to the end in %s, and the notice comes when it should',
    async (kind) => {
      const changeSound = noticeIn({ when: 'minute', language: 'de', seconds: LONG });
      const to = at(`noticed.${kind}`);
      await joinVideos([at(`silent.${kind}`)], to, { frameRate: 5, copyAudioFrom: at('voice.wav'), changeSound });
      const sound = await heard(to);
      for (const [start, there] of [
        [0, true],
        [60, true],
        [30, false],
        [2, false],
      ] as const)
        expect(hearsNotice(sound, RATE, start, 'de'), `${start} s`).toBe(there);
      // What is said is where it was: behind the first notice, in the middle, and behind the second.
      for (const [from, to] of [
        [2, 6],
        [30, 34],
        [62, 64.5],
      ] as const) {
        const { ms, alike } = lag(voice, sound, from, to);
        expect(Math.abs(ms), `${kind} at ${from} s`).toBeLessThanOrEqual(1);
        expect(alike).toBeGreaterThan(0.95);
      }
      // It goes on beneath the notice, softer.
      const power = (samples: Float32Array): number => samples.reduce((sum, v) => sum + v * v, 0) / samples.length;
      expect(power(sound.subarray(2 * RATE, 59 * RATE)) / power(voice.subarray(2 * RATE, 59 * RATE))).toBeCloseTo(1, 1);
      const [pictures, before] = [await readNumbers(to), await readNumbers(at(`silent.${kind}`))];
      expect([pictures.numbers, pictures.times]).toEqual([before.numbers, before.times]);
      const { audio } = await probe(to);
      expect(audio).toMatchObject([{ codec: kind === 'webm' ? 'opus' : 'aac' }]);
    },
  );

  it('does not drift over one change after another: AAC with its priming goes in too', async () => {
    const changeSound = noticeIn({ when: 'start', language: 'en', seconds: LONG });
    let from = at('voice.wav');
    for (const name of ['one.mp4', 'two.mov', 'three.mp4']) {
      const silent = at(name.endsWith('mov') ? 'silent.mov' : 'silent.mp4');
      await joinVideos([silent], at(name), { frameRate: 5, copyAudioFrom: from, changeSound });
      from = at(name);
    }
    expect(Math.abs(lag(voice, await heard(from), 58, 62).ms)).toBeLessThanOrEqual(1);
  });

  it('keeps a gap and a late beginning where they were', async () => {
    // Sound that begins half a second in, as a film has it whose sound was switched on late.
    const { Input, ALL_FORMATS, FilePathSource, FilePathTarget, Output, MkvOutputFormat } = await import('mediabunny');
    const { EncodedAudioPacketSource, EncodedPacketSink } = await import('mediabunny');
    const input = new Input({ source: new FilePathSource(at('voice.wav')), formats: ALL_FORMATS });
    const [track] = await input.getAudioTracks();
    if (track === undefined) throw new Error('no sound');
    const output = new Output({ format: new MkvOutputFormat(), target: new FilePathTarget(at('late.mkv')) });
    const source = new EncodedAudioPacketSource('pcm-s16');
    output.addAudioTrack(source);
    await output.start();
    const config = await track.getDecoderConfig();
    for await (const packet of new EncodedPacketSink(track).packets()) {
      // Two seconds are missing from the tenth on.
      if (packet.timestamp >= 10 && packet.timestamp < 12) continue;
      const late = packet.clone({ timestamp: packet.timestamp + 0.5 });
      await source.add(late, config === null ? undefined : { decoderConfig: config });
    }
    await output.finalize();
    input.dispose();
    const changeSound = noticeIn({ when: 'start', language: 'en', seconds: LONG });
    await joinVideos([at('silent.mp4')], at('late.mp4'), { frameRate: 5, copyAudioFrom: at('late.mkv'), changeSound });
    const sound = await heard(at('late.mp4'));
    console.log(
      await (await import('../src/media/index.js')).probe(at('late.mkv')),
      (await soundPackets(at('late.mp4')))[0]?.slice(0, 3).map((p) => p.time),
      (await soundPackets(at('late.mkv')))[0]?.slice(0, 3).map((p) => p.time),
      [0, 0.1, 0.3, 0.49, 0.5, 0.51, 0.55, 1].map((s) => hearsNotice(sound, RATE, s)),
      Array.from({ length: 20 }, (_, i) => Math.max(...sound.subarray(i * 4800, i * 4800 + 4800)).toFixed(3)),
    );
    expect(hearsNotice(sound, RATE, 0.5)).toBe(true);
    const later = new Float32Array(voice.length);
    later.set(voice.subarray(0, voice.length - RATE / 2), RATE / 2);
    for (const from of [4, 20, 55]) {
      const { ms, alike } = lag(later, sound, from, from + 4);
      expect(Math.abs(ms), `at ${from} s`).toBeLessThanOrEqual(1);
      expect(alike).toBeGreaterThan(0.95);
    }
    expect(sound.subarray(11 * RATE, 12 * RATE).every((v) => Math.abs(v) < 0.01)).toBe(true);
  });

  it('is copied bit for bit without a notice, and sound that cannot be read is an error in one line', async () => {
    await joinVideos([at('silent.mov')], at('plain.mov'), { frameRate: 5, copyAudioFrom: at('one.mp4') });
    expect(await soundPackets(at('plain.mov'))).toEqual(await soundPackets(at('one.mp4')));
    const { remux } = await import('./media-clips.js');
    await writeClip(at('short.mp4'), steady(10));
    const sounds = [{ codec: 'aac' as const, language: 'eng', start: 0, count: 20 }];
    await remux(at('short.mp4'), at('noise.mp4'), { sounds });
    const changeSound = noticeIn({ when: 'start', language: 'en', seconds: 1 });
    const broken = joinVideos([at('short.mp4')], at('never.mp4'), { copyAudioFrom: at('noise.mp4'), changeSound });
    await expect(broken).rejects.toMatchObject({
      code: 'media.damaged',
      message: expect.stringContaining('noise.mp4'),
    });
    expect(existsSync(at('never.mp4'))).toBe(false);
  });
});

describe('likeness swap --sound-notice', () => {
  const records = ['--source-consent', 'source.consent.json', '--target-consent', 'target.consent.json'];
  const swap = (target: string, ...more: string[]) =>
    likeness(
      ...['swap', at(target), '--engine', 'mesh', '--source', at('source.mp4'), '--no-report', ...more],
      ...records.map((word) => (word.endsWith('.json') ? at(word) : word)),
    );

  beforeAll(async () => {
    for (const [name, seed] of [
      ['source', 3],
      ['target', 21],
    ] as const) {
      const states = perform(seed, { seconds: 4, fps: 8, style: 'speaking', base: { scale: 0.5 } });
      const view = { actor: createActor(seed), states, width: 256, height: 256, fps: 8 };
      await writeActorClip(at(`${name}.mp4`), { ...view, sound: name === 'target' });
      const { tracks } = await analyzeFile(at(`${name}.mp4`));
      const faces = (tracks[0]?.faces ?? []).map((f) => f.identity).filter((i): i is Identity => i !== null);
      const key = await createKey(name);
      const record = await createRecord({
        subject: { did: key.did, displayName: name, adult: true },
        faces,
        project: { title: 'Test' },
        scope: { roles: ['source', 'replaced'], operations: ['faceSwap'], uses: ['film'] },
        term: { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 86_400_000) },
      });
      await writeEnvelope(at(`${name}.consent.json`), await signRecord(record, key));
    }
  }, 300_000);

  it('is heard in the film in the letters of the label, which says so and holds', async () => {
    const out = at('noticed-swap.mp4');
    const made = await swap('target.mp4', '--out', out, '--sound-notice', 'start', '--label-language', 'de');
    expect(made.code, made.err).toBe(0);
    const [before, after] = [await heard(at('target.mp4')), await heard(out)];
    expect(hearsNotice(before, RATE, 0, 'de')).toBe(false);
    expect(hearsNotice(after, RATE, 0, 'de')).toBe(true);
    expect(hearsNotice(after, RATE, 0, 'en')).toBe(false);
    const { ms, alike } = lag(before, after, noticeSeconds('de') + 0.1, 3.9);
    expect(Math.abs(ms)).toBeLessThanOrEqual(1);
    expect(alike).toBeGreaterThan(0.95);
    const report = await inspect(out);
    expect(report).toMatchObject({ state: 'trusted', changed: false });
    expect(report.actions.map((a) => a.description)).toContain('Audible notice put in: at the beginning, de');
    expect((await likeness('verify', out)).code).toBe(0);
    // The label covers the sound: with one byte of it changed, it does not hold.
    const packets = (await soundPackets(out))[0] ?? [];
    const bytes = readFileSync(out);
    const place = bytes.indexOf(Buffer.from(packets[40]?.bytes ?? '', 'hex'));
    expect(place).toBeGreaterThan(0);
    bytes[place + 5] = (bytes[place + 5] ?? 0) ^ 1;
    writeFileSync(at('touched.mp4'), bytes);
    expect(await inspect(at('touched.mp4'))).toMatchObject({ state: 'invalid', changed: true });
  });

  it('is off unless asked for, and says where there is nothing to hear it in', async () => {
    const plain = await swap('target.mp4', '--out', at('plain-swap.mp4'));
    expect(plain.code, plain.err).toBe(0);
    expect(await soundPackets(at('plain-swap.mp4'))).toEqual(await soundPackets(at('target.mp4')));
    const { actions } = await inspect(at('plain-swap.mp4'));
    expect(actions.filter((a) => a.description?.includes('Audible'))).toEqual([]);
    const states = perform(21, { seconds: 2, fps: 8, style: 'speaking', base: { scale: 0.5 } });
    await writeActorClip(at('mute.mp4'), { actor: createActor(21), states, width: 256, height: 256, fps: 8 });
    const mute = await swap('mute.mp4', '--out', at('mute-swap.mp4'), '--sound-notice', 'minute');
    expect(mute.code, mute.err).toBe(0);
    expect(mute.err).toContain('mute.mp4 has no sound: no notice plays.');
    expect((await inspect(at('mute-swap.mp4'))).actions.filter((a) => a.description?.includes('Audible'))).toEqual([]);
  });
});
