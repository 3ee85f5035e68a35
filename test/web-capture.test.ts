/** Consenting by link in a real browser, in front of a camera: what is seen live, what is recorded, checked and signed. */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ActorMove,
  createActor,
  performMoves,
  renderActor,
  restState,
  writeActorClip,
} from '../src/actors/index.js';
import { speakAlong, VOICE_RATE, wavOf } from '../src/actors/voice.js';
import { BT709, rgbaToI420, writePicture } from '../src/media/index.js';
import { faultsOf } from './web-axe.js';
import { enter, WebWorld } from './web-browser.js';

const world = new WebWorld();
const at = (name: string): string => join(world.folder, name);
const SEED = 7;
const FPS = 8;
const VIEW = { width: 400, height: 300 };
/** Seconds of rest before anything happens, of talking, and of a move with its way back. */
const REST = 8;
const TALK = 2;
/** Side of the white square that the film has in its corner while the person waits: a busy machine plays it slowly. */
const SIGN = 24;
/** Whether that square is to be seen now. */
const WAITS = `(() => {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d');
  context.drawImage(document.querySelector('.mirror video'), -4, -4);
  return context.getImageData(0, 0, 1, 1).data[1] > 230;
})()`;
const MOVE = 3;
/** Machines that do other work beside this need it. */
const SLOW = { timeout: 120_000 };
const context: BrowserContext[] = [];
const links: string[] = [];
let phone: Page;
/** What the visitor's window asked for. */
const fetched: string[] = [];

/**
 * What the camera sees and the microphone hears: the drawn person, who waits, to and fro over the first frames so that
 * nothing jumps, and then does what is asked.
 */
function play(moves: readonly ActorMove[]): void {
  const states = performMoves(SEED, { fps: FPS, moves, talk: TALK, pace: MOVE, base: { scale: 0.5 } });
  const actor = createActor(SEED);
  const drawn = states.map((state) => rgbaToI420(renderActor(actor, state, VIEW).frame, BT709).pixels.slice());
  const file = openSync(at('camera.y4m'), 'w');
  const show = (i: number, waits = false): void => {
    const pixels = Uint8Array.from(drawn[i] ?? []);
    if (waits) for (let y = 0; y < SIGN; y++) pixels.fill(255, y * VIEW.width, y * VIEW.width + SIGN);
    writeSync(file, 'FRAME\n');
    writeSync(file, pixels);
  };
  writeSync(file, `YUV4MPEG2 W${VIEW.width} H${VIEW.height} F${FPS}:1 Ip A1:1 C420jpeg\n`);
  for (let i = 0; i < REST * FPS; i++) show(Math.abs(((i + 3) % 6) - 3), true);
  for (const i of drawn.keys()) show(i);
  closeSync(file);
  const voice = speakAlong(states, FPS, SEED);
  const sound = new Float32Array(REST * VOICE_RATE + voice.length);
  sound.set(voice, REST * VOICE_RATE);
  writeFileSync(at('voice.wav'), wavOf(sound, VOICE_RATE));
}

beforeAll(async () => {
  const still = restState({ pose: { yaw: 8, pitch: 0, roll: 0 } });
  await writePicture(at('cleo.png'), renderActor(createActor(SEED), still, { width: 320, height: 320 }).frame);
  await world.open([
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-video-capture=${at('camera.y4m')}`,
    `--use-file-for-fake-audio-capture=${at('voice.wav')}`,
  ]);
  const owner = await world.window();
  const visitor = await world.window({ viewport: { width: 390, height: 844 }, permissions: ['camera', 'microphone'] });
  context.push(owner.context, visitor.context);
  phone = visitor.page;
  await enter(owner.page, world.link);
  await owner.page.goto('/check');
  const chooser = owner.page.waitForEvent('filechooser');
  await owner.page.getByRole('button', { name: 'Choose a file' }).click();
  await (await chooser).setFiles(at('cleo.png'));
  await owner.page.waitForURL(/\/check\/[0-9a-f-]{36}$/);
  const { items } = (await (await owner.context.request.get(`${world.origin}/api/v1/media`)).json()) as {
    items: { id: string }[];
  };
  for (const name of ['Cleo Example', 'Cleo Again']) {
    const asked = await owner.context.request.post(`${world.origin}/api/v1/captures`, {
      headers: { origin: world.origin },
      data: { name, material: items[0]?.id, terms: { project: 'Short film', uses: ['film'] } },
    });
    links.push(((await asked.json()) as { link: string }).link);
  }
  phone.on('request', (request) => fetched.push(request.url()));
}, 300_000);

afterAll(async () => {
  for (const each of context) await each.close();
  await world.close();
});

/** Opens a link and goes on; the moves that are asked for. */
async function begin(link: string | undefined): Promise<ActorMove[]> {
  // From another page: a change behind the # alone would load nothing.
  await phone.goto('/learn');
  await phone.goto(link ?? '');
  const challenged = phone.waitForResponse(/\/capture\/challenge$/);
  await phone.getByRole('button', { name: 'I want to go on' }).click();
  const { challenge } = (await (await challenged).json()) as { challenge: { moves: { id: ActorMove }[] } };
  return challenge.moves.map(({ id }) => id);
}

describe('somebody with the link', () => {
  it('sees their own outline, and each move ticked when it is made', async () => {
    play(await begin(links[0]));
    // WebAssembly may run here and nowhere else.
    const policyOf = async (path: string): Promise<string> =>
      (await phone.request.get(path)).headers()['content-security-policy'] ?? '';
    expect(await policyOf('/capture')).toContain("'wasm-unsafe-eval'");
    for (const path of ['/', '/check', '/make', '/captured']) expect(await policyOf(path)).not.toContain('wasm');
    // Nothing of the nets comes before the camera is on.
    expect(fetched.filter((url) => /wasm|onnx/.test(url))).toEqual([]);
    await phone.getByRole('button', { name: 'Switch the camera on' }).click();
    await phone.getByText('Only this device looks at the points').waitFor(SLOW);
    for (const part of [/\.wasm$/, /blazeface.*\.onnx$/, /facemesh.*\.onnx$/])
      expect(fetched.filter((url) => part.test(url) && url.startsWith(world.origin)).length).toBe(1);
    // The film begins anew when it ends; the recording begins as the person begins to wait.
    const waits = (): Promise<boolean> => phone.evaluate<boolean>(WAITS);
    await expect.poll(waits, { ...SLOW, interval: 200 }).toBe(false);
    await expect.poll(waits, { ...SLOW, interval: 200 }).toBe(true);
    await phone.getByRole('button', { name: 'Start recording' }).click();
    await phone.getByText(/^Seen: /).waitFor(SLOW);
    const ticks = phone.locator('main ol li.seen');
    await expect.poll(() => ticks.count(), SLOW).toBe(5);
    const stop = phone.getByRole('button', { name: 'Stop' });
    if (await stop.isVisible()) await stop.click();
    await phone.getByRole('button', { name: 'Hand this in' }).waitFor(SLOW);
    expect(await faultsOf(phone)).toEqual([]);
    await phone.getByRole('button', { name: 'Hand this in' }).click();
    // Whether a film that is played into a browser passes, or can be measured at all, depends on how smoothly this machine
    // plays it. Either way the person is told.
    const checked = phone.getByText('What was checked');
    const refused = phone.getByText('The recording does not do.');
    await checked.or(refused).first().waitFor({ timeout: 600_000 });
    if ((await checked.count()) === 0)
      expect((await phone.locator('main > p[lang="en"]').innerText()).length).toBeGreaterThan(10);
  });

  it('hands a recording in, reads the record once more, signs, and keeps the receipt', async () => {
    const moves = await begin(links[1]);
    const states = performMoves(SEED, { fps: FPS, moves, talk: 1.2, pace: 1.2, base: { scale: 0.55 } });
    const clip = { actor: createActor(SEED), states, width: 256, height: 192, fps: FPS, sound: true };
    await writeActorClip(at('live.mp4'), clip);
    await phone.getByLabel('Or choose a recording that you made with your camera').setInputFiles(at('live.mp4'));
    await phone.getByRole('button', { name: 'Hand this in' }).click();
    await phone.getByText('This is the record.').waitFor({ timeout: 900_000 });
    await phone.getByLabel('I have read this and agree.').check();
    await phone.getByLabel('I am an adult.').check();
    await phone.getByRole('button', { name: 'Sign' }).click();
    await phone.getByText('Thank you. It is signed.').waitFor(SLOW);
    expect(await phone.getByText(/Receipt: record [0-9a-f-]{36}/).count()).toBe(1);
    expect(await phone.getByLabel(/^Your word/).inputValue()).not.toBe('');
    expect(await faultsOf(phone)).toEqual([]);
  });
});

it('nothing broke, and nothing asked for what the security policy forbids', () => {
  expect(world.complaints).toEqual([]);
});
