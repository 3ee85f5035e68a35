/** Consenting by link in a real browser, in front of a camera: what is seen live, what is recorded, checked and signed. */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ActorMove,
  type ActorState,
  createActor,
  performMoves,
  renderActor,
  restState,
  writeActorClip,
} from '../src/actors/index.js';
import { speakAlong, VOICE_RATE, wavOf } from '../src/actors/voice.js';
import { sha256 } from '../src/base/index.js';
import { type StatusList, statusesSet } from '../src/consent/status-list.js';
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
/** The studio's own window. */
let desk: Page;
/** The words of the latest challenge. */
let asked: readonly string[] = [];
/** What the second person withdraws and approves with. */
let word = '';
/** What the visitor's window asked for. */
const fetched: string[] = [];

/** The person before anything happens: no two moments alike, as nobody holds quite still, and at rest in the end. */
function waiting(first: ActorState | undefined): ActorState[] {
  if (first === undefined) return [];
  return Array.from({ length: REST * FPS }, (_, i) => {
    const t = i / FPS;
    const sway = Math.min(1, REST - t);
    const { yaw, pitch, roll } = first.pose;
    const pose = { yaw: yaw + 2 * sway * Math.sin(0.9 * t), pitch: pitch + 1.5 * sway * Math.sin(0.53 * t + 1), roll };
    return { ...first, pose, time: first.time + t - REST };
  });
}

/** What the camera sees and the microphone hears: the drawn person, who waits, and then does what is asked. */
function play(moves: readonly ActorMove[]): void {
  const states = performMoves(SEED, { fps: FPS, moves, talk: TALK, pace: MOVE, base: { scale: 0.5 } });
  const actor = createActor(SEED);
  const file = openSync(at('camera.y4m'), 'w');
  const show = (state: ActorState, waits = false): void => {
    const { pixels } = rgbaToI420(renderActor(actor, state, VIEW).frame, BT709);
    if (waits) for (let y = 0; y < SIGN; y++) pixels.fill(255, y * VIEW.width, y * VIEW.width + SIGN);
    writeSync(file, 'FRAME\n');
    writeSync(file, pixels);
  };
  writeSync(file, `YUV4MPEG2 W${VIEW.width} H${VIEW.height} F${FPS}:1 Ip A1:1 C420jpeg\n`);
  for (const state of waiting(states[0])) show(state, true);
  for (const state of states) show(state);
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
  desk = owner.page;
  await enter(owner.page, world.link);
  await owner.page.goto('/check');
  const chooser = owner.page.waitForEvent('filechooser');
  await owner.page.getByRole('button', { name: 'Choose a file' }).click();
  await (await chooser).setFiles(at('cleo.png'));
  await owner.page.waitForURL(/\/check\/[0-9a-f-]{36}$/);
  const { items } = (await (await owner.context.request.get(`${world.origin}/api/v1/media`)).json()) as {
    items: { id: string }[];
  };
  for (const [name, scriptApproval, signer] of [
    ['Cleo Example', 'none', null],
    // A minor: whoever has the link signs for them.
    ['Cleo Again', 'perItem', { name: 'Pat Example', relation: 'guardian' }],
  ] as const) {
    const invited = await owner.context.request.post(`${world.origin}/api/v1/captures`, {
      headers: { origin: world.origin },
      data: { name, material: items[0]?.id, terms: { project: 'Short film', uses: ['film'], scriptApproval, signer } },
    });
    links.push(((await invited.json()) as { link: string }).link);
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
  return challenge();
}

/** Asks to be challenged; the moves that are asked for. */
async function challenge(): Promise<ActorMove[]> {
  const challenged = phone.waitForResponse(/\/capture\/challenge$/);
  await phone.getByRole('button', { name: 'I want to go on' }).click();
  const { challenge: given } = (await (await challenged).json()) as {
    challenge: { words: string[]; moves: { id: ActorMove }[] };
  };
  asked = given.words;
  return given.moves.map(({ id }) => id);
}

/** Hands in a film of somebody who does these moves. */
async function handIn(name: string, moves: readonly ActorMove[]): Promise<void> {
  const states = performMoves(SEED, { fps: FPS, moves, talk: 1.2, pace: 1.2, base: { scale: 0.55 } });
  await writeActorClip(at(name), { actor: createActor(SEED), states, width: 256, height: 192, fps: FPS, sound: true });
  await phone.getByLabel('Or choose a recording that you made with your camera').setInputFiles(at(name));
  await phone.getByRole('button', { name: 'Hand this in' }).click();
}

/** What comes of a recording: `record`, or the words in which it is refused. */
async function answer(): Promise<string> {
  const record = phone.getByText('This is the record.');
  const refused = phone.getByText('The recording does not do.');
  await record.or(refused).first().waitFor({ timeout: 600_000 });
  return (await record.count()) > 0 ? 'record' : phone.locator('main').innerText();
}

/** The sentences that are on the page. */
const sentences = (): Promise<string[]> => phone.locator('main section ul li').allInnerTexts();

/** What is on the page where somebody signs: a sentence of the record, the two boxes, the button, and the thanks. */
const SIGNING = {
  en: ['allows this studio to', 'I have read this and agree.', 'I am an adult.', 'Sign', 'Thank you. It is signed.'],
  de: [
    'erlaubt diesem Studio Folgendes',
    'Ich habe das gelesen und bin einverstanden.',
    'Ich bin volljährig.',
    'Unterschreiben',
    'Danke. Es ist unterschrieben.',
  ],
} as const;

/** Signs what is read in a language; the log has which text that was. Ends with the page in English. */
async function sign(language: keyof typeof SIGNING = 'en'): Promise<void> {
  const [record, agree, adult, button, thanks] = SIGNING[language];
  if (language !== 'en') await phone.getByLabel('Language').selectOption(language);
  await phone.getByText(record).waitFor(SLOW);
  const read = await sentences();
  await phone.getByLabel(agree).check();
  await phone.getByLabel(adult).check();
  await phone.getByRole('button', { name: button }).click();
  await phone.getByText(thanks).waitFor(SLOW);
  if (language !== 'en') await phone.getByLabel('Sprache').selectOption('en');
  await phone.getByText(SIGNING.en[0]).waitFor(SLOW);
  const lines = readFileSync(at(join('home', 'audit.jsonl')), 'utf8')
    .trimEnd()
    .split('\n');
  const signed = lines
    .map((line) => JSON.parse(line) as { kind: string; facts: Record<string, unknown> })
    .findLast(({ kind, facts }) => kind === 'record' && facts['language'] !== undefined);
  expect(signed?.facts).toMatchObject({ language, text: `sha256:${sha256(`${read.join('\n')}\n`)}` });
  expect(await phone.getByText(/Receipt: record [0-9a-f-]{36}/).count()).toBe(1);
  expect(await phone.getByLabel(/^Your word/).inputValue()).not.toBe('');
  expect(await faultsOf(phone)).toEqual([]);
}

/** Follows the link that was shown with the receipt, and withdraws; what the page says. */
async function withdraw(): Promise<string> {
  const link = await phone.getByLabel(/^Your link/).inputValue();
  expect(link).toMatch(/\/withdraw#record=[0-9a-f-]{36}&word=[\w-]{43}$/);
  await phone.goto(link);
  await phone.getByRole('heading', { name: 'Do you want to withdraw this?' }).waitFor(SLOW);
  expect(new URL(phone.url()).hash).toBe('');
  await phone.getByRole('button', { name: 'Withdraw now' }).click();
  const said = phone.locator('main section h2');
  await said.waitFor(SLOW);
  return said.innerText();
}

describe('somebody with the link', () => {
  /** Stands in front of the camera, does what is asked, hands the recording in; what comes of it. */
  const perform = async (link: string | undefined): Promise<string> => {
    fetched.length = 0;
    play(await begin(link));
    // WebAssembly may run here and nowhere else.
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
    return answer();
  };
  const policyOf = async (path: string): Promise<string> =>
    (await phone.request.get(path)).headers()['content-security-policy'] ?? '';

  it('will stand in a list for others, where the studio has an address', async () => {
    await desk.goto('/settings');
    const address = desk.getByLabel('Address', { exact: true });
    const save = desk.getByRole('region', { name: 'Address for others' }).getByRole('button', { name: 'Save' });
    await address.fill('studio.example');
    await save.click();
    await desk.getByText('Please write an address such as https://studio.example').waitFor(SLOW);
    await address.fill('https://studio.example/');
    await save.click();
    await desk.getByText('Saved.').waitFor(SLOW);
    await expect.poll(() => address.inputValue(), SLOW).toBe('https://studio.example');
    expect(await faultsOf(desk)).toEqual([]);
  });

  it('sees their own outline, each move ticked when it is made, and the record when all was checked', async () => {
    // A machine with much other work plays the film into the browser jerkily, and a jerky recording may be refused, as it
    // should be. Somebody to whom that happens does it once more; so does this.
    const answers: string[] = [];
    do answers.push(await perform(links[0]));
    while (answers.at(-1) !== 'record' && answers.length < 3);
    expect(answers.at(-1), answers.join('\n')).toBe('record');
    await sign();
    // Nobody has looked at the recording yet: that needs no review, and no account.
    expect(await withdraw()).toBe('It is withdrawn.');
  });

  it('is told in words why a recording does not do, and may make another', async () => {
    await phone.goto('/learn');
    await phone.goto(links[1] ?? '');
    await phone.getByText('Pat Example, you sign for Cleo Again, a minor, as their guardian.').waitFor(SLOW);
    const moves = await challenge();
    await handIn('wrong.mp4', [...moves].reverse());
    expect(await answer()).toMatch(/the moves, in the order asked, and no others/);
    expect(await faultsOf(phone)).toEqual([]);
    await handIn('live.mp4', await challenge());
    expect(await answer()).toBe('record');
    await sign('de');
    word = await phone.getByLabel(/^Your word/).inputValue();
  });

  it('prints the receipt: what was signed, and how it is withdrawn, without what is for the screen', async () => {
    const receipt = phone.getByText(/Receipt: record [0-9a-f-]{36}/);
    const id = /[0-9a-f-]{36}/.exec(await receipt.innerText())?.[0] ?? '';
    const print = phone.getByRole('button', { name: 'Print' });
    expect(await print.isVisible()).toBe(true);
    await phone.emulateMedia({ media: 'print' });
    expect(await print.isVisible()).toBe(false);
    const paper = await phone.locator('main').innerText();
    for (const part of [id, word, `/withdraw#record=${id}&word=${word}`, 'Pat Example approves every single film'])
      expect(paper).toContain(part);
    expect((await phone.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
    await phone.emulateMedia({ media: 'screen' });
  });

  it('is compared with the material by somebody who knows the words, and then the record stands', async () => {
    await desk.goto('/people');
    const standing = async (): Promise<string[]> => {
      const answer = await desk.request.get(`${world.origin}/api/v1/consents`);
      return ((await answer.json()) as { items: { status: string }[] }).items.map(({ status }) => status).sort();
    };
    expect(new Set((await standing()).filter((status) => status !== 'withdrawn'))).toEqual(new Set(['pending']));
    const mine = desk.locator('li').filter({ hasText: 'Cleo Again' });
    await mine.getByRole('button', { name: 'Look at the recording' }).click();
    await desk.getByText(`They were to say: ${asked.join(', ')}`).waitFor(SLOW);
    await desk.getByRole('img', { name: 'What the face was compared with' }).waitFor(SLOW);
    const of = (expression: string): Promise<number> => desk.evaluate<number>(`document.querySelector${expression}`);
    await expect.poll(() => of(`('li figure img').naturalWidth`), SLOW).toBeGreaterThan(50);
    await expect.poll(() => of(`('li video').videoWidth`), SLOW).toBe(256);
    expect(await mine.getByText('for you to judge').count()).toBeGreaterThan(0);
    expect(await faultsOf(desk)).toEqual([]);
    await mine.getByRole('button', { name: 'It is them, and they say the words' }).click();
    await desk.getByText('Your judgement is written down.').waitFor(SLOW);
    expect((await standing()).filter((status) => status === 'stands')).toHaveLength(1);
    // Whoever holds the record elsewhere finds there whether it still stands; the one that was withdrawn is in it.
    const list = `${world.origin}/api/v1/status-lists/1`;
    const published = (await (await fetch(list)).json()) as StatusList;
    expect(published.id).toBe('https://studio.example/api/v1/status-lists/1');
    expect(statusesSet(published)).toHaveLength(1);
  });

  it('approves a film before a face in it is changed, with the word and with no other', async () => {
    await desk.getByRole('link', { name: 'Cleo Again' }).click();
    await desk.getByRole('heading', { name: 'Approved films and pictures' }).waitFor(SLOW);
    const field = desk.getByLabel('The word you were shown when you signed');
    await desk.getByRole('button', { name: 'Approve one' }).click();
    await desk.getByRole('dialog').getByRole('button', { name: 'cleo.png' }).click();
    await desk.getByRole('dialog').waitFor({ state: 'hidden' });
    await field.fill(`A${word.slice(1)}`.replace(/^AA/, 'AB'));
    await desk.getByRole('button', { name: 'Approve this one' }).click();
    await desk.getByRole('alert').first().waitFor(SLOW);
    await desk.getByText('None yet.').waitFor(SLOW);
    await field.fill(word);
    await desk.getByRole('button', { name: 'Approve this one' }).click();
    await desk.getByText('Approved. It may be changed now.').waitFor(SLOW);
    const approved = desk.getByRole('region', { name: 'Approved films and pictures' }).getByRole('listitem');
    expect(await approved.innerText()).toContain('cleo.png');
    expect(await faultsOf(desk)).toEqual([]);
  });
});

it('nothing broke, and nothing asked for what the security policy forbids', () => {
  expect(world.complaints).toEqual([]);
});
