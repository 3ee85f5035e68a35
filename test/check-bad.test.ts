/** `likeness check` on what people really hand in: each ends in one clear line, and the rest of a folder goes on. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, renderScene, restState, writeActorClip } from '../src/actors/index.js';
import { Random } from '../src/base/index.js';
import { wavOf, writePicture } from '../src/media/index.js';
import { type Checker, type CheckReport, openChecker } from '../src/verdict/index.js';
import { cli } from './label-cli.js';
import { asCartoon, asSketch, offScreen, withBars, withRimmedText } from './unlike-pictures.js';

let folder: string;
let home: string | undefined;
let checker: Checker;
const at = (name: string): string => join(folder, name);

/** Drawn people side by side. */
function people(seeds: readonly number[], width: number, height: number, scale: number) {
  const state = restState({ scale });
  const heads = seeds.map((seed, k) => ({
    actor: createActor(seed),
    state: { ...state, position: [(k + 0.5) / seeds.length, 0.5] as const },
  }));
  return renderScene(heads, state, { width, height }).frame;
}

const svgPicture = (svg: string): Promise<Buffer> => sharp(Buffer.from(svg)).png().toBuffer();

const tone = (seconds: number, rate = 16_000): Float32Array =>
  Float32Array.from({ length: Math.round(seconds * rate) }, (_, i) => 0.3 * Math.sin((2 * Math.PI * 440 * i) / rate));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'likeness-check-'));
  home = process.env['LIKENESS_HOME'];
  process.env['LIKENESS_HOME'] = at('home');
  writeFileSync(at('empty.mp4'), '');
  writeFileSync(at('notes.mp4'), 'These are notes, not a film.');
  writeFileSync(at('album.zip'), Buffer.from('504b030414000900080000000000', 'hex'));
  writeFileSync(at('album.jpg'), Buffer.from('504b030414000100080000000000', 'hex'));
  writeFileSync(at('album.7z'), Buffer.from('377abcaf271c00040000', 'hex'));
  writeFileSync(at('paper.pdf'), '%PDF-1.7\n');
  writeFileSync(at('drawing.svg'), '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(at('page.jpg'), '<!DOCTYPE html><html></html>');
  await writePicture(at('one.jpg'), people([3], 480, 480, 0.5));
  const whole = await sharp(at('one.jpg')).jpeg().toBuffer();
  writeFileSync(at('cut.jpg'), whole.subarray(0, whole.length >> 1));
  await sharp({ create: { width: 1, height: 1, channels: 3, background: '#888' } })
    .png()
    .toFile(at('dot.png'));
  const huge = Buffer.from(
    await sharp({ create: { width: 2, height: 2, channels: 3, background: '#888' } })
      .png()
      .toBuffer(),
  );
  huge.writeUInt32BE(60_000, 16);
  huge.writeUInt32BE(60_000, 20);
  writeFileSync(at('huge.png'), huge);
  const random = new Random(4);
  const noise = Buffer.from(Uint8Array.from({ length: 3 * 256 * 256 }, () => random.int(256)));
  await sharp(noise, { raw: { width: 256, height: 256, channels: 3 } })
    .png()
    .toFile(at('noise.png'));
  await writePicture(at('small.png'), people([5], 320, 320, 0.12));
  await writePicture(at('five.png'), people([3, 4, 5, 6, 8], 1280, 420, 0.5));
  const dark = await sharp(at('one.jpg')).linear(0.06, 0).png().toBuffer();
  writeFileSync(at('dark.png'), dark);
  const head = people([3], 480, 480, 0.5);
  await writePicture(at('pencil.jpg'), await asSketch(head));
  await writePicture(at('cartoon.jpg'), await asCartoon(head));
  await writePicture(at('screen.jpg'), await offScreen(head, { ratio: 2.2 }), 85);
  await writePicture(at('bars.jpg'), await withBars(head), 85);
  await writePicture(at('rimmed.jpg'), await withRimmedText(head), 85);
  writeFileSync(at('soft.png'), await sharp(at('one.jpg')).blur(12).png().toBuffer());
  writeFileSync(
    at('meme.png'),
    await svgPicture(
      '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400"><rect width="600" height="400" fill="#fff"/><text x="30" y="120" font-size="60">NOBODY:</text><text x="30" y="320" font-size="60">ME AT 3 AM</text></svg>',
    ),
  );
  const pages = await Promise.all(
    [3, 4].map(async (s) =>
      sharp(Buffer.from(people([s], 240, 240, 0.5).pixels), { raw: { width: 240, height: 240, channels: 4 } })
        .png()
        .toBuffer(),
    ),
  );
  await sharp(pages, { join: { animated: true } })
    .gif({ delay: [100, 100] })
    .toFile(at('moving.gif'));
  writeFileSync(at('silent.wav'), wavOf(new Float32Array(3 * 16_000), 16_000));
  writeFileSync(at('tone.wav'), wavOf(tone(4), 16_000));
  writeFileSync(at('click.wav'), wavOf(tone(0.01), 16_000));
  writeFileSync(at('narrow.wav'), wavOf(tone(2, 8000), 8000));
  const state = restState({ scale: 0.5 });
  await writeActorClip(at('mute.mp4'), {
    actor: createActor(3),
    states: Array.from({ length: 14 }, () => state),
    width: 320,
    height: 320,
    fps: 25,
    sound: false,
  });
  await writeActorClip(at('frame.mp4'), {
    actor: createActor(3),
    states: [state],
    width: 320,
    height: 320,
    fps: 25,
    sound: false,
  });
  copyFileSync(at('mute.mp4'), at('long-name'.repeat(20).concat('.mp4')));
  checker = await openChecker();
}, 240_000);
afterAll(async () => {
  await checker?.close();
  if (home === undefined) delete process.env['LIKENESS_HOME'];
  else process.env['LIKENESS_HOME'] = home;
  rmSync(folder, { recursive: true, force: true });
});

const check = async (name: string): Promise<CheckReport> => (await checker.check(at(name))).report;

describe('files that cannot be checked', () => {
  it.each([
    ['missing.mp4', /missing\.mp4/, /^file\./],
    ['home-is-a-folder', /./, /^file\./],
    ['empty.mp4', /holds no bytes/, /^media\.empty$/],
    ['notes.mp4', /neither a video, a picture nor a sound/, /^media\.unknown-format$/],
    ['album.zip', /is an archive/, /^media\.unknown-format$/],
    ['album.jpg', /is an archive/, /^media\.unknown-format$/],
    ['album.7z', /is an archive/, /^media\.unknown-format$/],
    ['paper.pdf', /is a PDF document/, /^media\.unknown-format$/],
    ['drawing.svg', /is an SVG drawing/, /^media\.unknown-format$/],
    ['page.jpg', /is a web page/, /^media\.unknown-format$/],
    ['cut.jpg', /damaged or incomplete/, /^media\.damaged$/],
    ['huge.png', /60000x60000|damaged/, /^media\.(too-large|damaged)$/],
  ])('%s', async (name, message, code) => {
    if (name === 'home-is-a-folder') mkdirSync(at(name), { recursive: true });
    const failure = await check(name).then(
      () => null,
      (cause: unknown) => cause as { code: string; message: string },
    );
    expect(failure?.code).toMatch(code);
    expect(failure?.message).toMatch(message);
    expect(failure?.message).not.toContain('\n');
  });
});

describe('files on which no verdict can be given say why', () => {
  it.each([
    ['dot.png', /nothing in it that the detectors can judge/],
    ['noise.png', /./],
    ['small.png', /narrower than 96 pixels|nothing in it|not a photograph/],
    ['dark.png', /almost black|not a photograph|nothing in it/],
    ['soft.png', /so soft|not a photograph/],
    ['meme.png', /flat graphics|not a photograph/],
    ['pencil.jpg', /not a photograph: it looks drawn/],
    ['cartoon.jpg', /not a photograph: it looks drawn/],
    ['screen.jpg', /picture of a screen or of a print/],
    ['moving.gif', /animated \(2 pictures\)/],
    ['silent.wav', /nothing in it that the detectors can judge/],
    ['tone.wav', /./],
    ['click.wav', /nothing in it that the detectors can judge/],
    ['narrow.wav', /./],
    ['frame.mp4', /./],
  ])('%s', async (name, why) => {
    const { verdict } = await check(name);
    expect(verdict.label).toBe('inconclusive');
    expect(verdict.reasons.join(' ')).toMatch(why);
    expect(verdict.wouldChange.length).toBeGreaterThan(0);
  });

  it.each(['bars.jpg', 'rimmed.jpg'])(
    '%s: text over a picture is named, and keeps no verdict from its faces',
    async (name) => {
      const [plain, written] = [await check('one.jpg'), await check(name)];
      const text = /Text is laid over the picture/;
      expect(written.verdict.reasons.join(' ')).toMatch(text);
      expect(written.verdict.reasons.join(' ')).not.toMatch(/photograph|screen/);
      expect(plain.verdict.reasons.join(' ')).not.toMatch(/Text is laid|photograph|screen/);
      expect(written.people).toHaveLength(1);
    },
  );

  it('five people are told apart, each with a face of their own', async () => {
    const { people: found } = await check('five.png');
    expect(found).toHaveLength(5);
    expect(new Set(found.map((p) => Math.round((p.box?.x ?? 0) / 50))).size).toBe(5);
  });

  it('a film without sound is looked at all the same', async () => {
    const report = await check('mute.mp4');
    expect(report.people).toHaveLength(1);
    expect(report.duration).toBeGreaterThan(0.4);
  });
});

describe('a mixed folder', () => {
  it('goes on past everything that is wrong with single files', async () => {
    const mixed = at('mixed');
    mkdirSync(mixed);
    for (const name of ['empty.mp4', 'album.zip', 'one.jpg', 'silent.wav', 'cut.jpg'])
      copyFileSync(at(name), join(mixed, name));
    symlinkSync(at('nowhere'), join(mixed, 'gone.jpg'));
    const page = at('mixed.html');
    const { code, stdout } = await cli(['check', mixed, '--json', '--html', page]);
    const { files } = JSON.parse(stdout) as {
      files: { name: string; error?: { message: string }; verdict?: { label: string } }[];
    };
    expect(files.map((f) => f.name)).toEqual([
      'album.zip',
      'cut.jpg',
      'empty.mp4',
      'gone.jpg',
      'one.jpg',
      'silent.wav',
    ]);
    expect(files.filter((f) => f.verdict !== undefined).map((f) => f.name)).toEqual(['one.jpg', 'silent.wav']);
    expect([6, 7]).toContain(code);
  }, 120_000);

  it('that holds nothing is an error, and so is a page that is no page', async () => {
    mkdirSync(at('nothing'));
    const none = await cli(['check', at('nothing')]);
    expect(none.code).toBe(3);
    expect(none.stderr).toContain('holds no files');
    const page = await cli(['check', at('one.jpg'), '--html', 'report.txt']);
    expect(page.code).toBe(2);
  }, 60_000);
});
