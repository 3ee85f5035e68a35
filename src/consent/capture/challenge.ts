/**
 * What a person is asked to do in front of the camera: three words to say and five moves in an order, both at random, so
 * that no recording made before can answer. Good for ten minutes and for one capture, and only on this machine.
 */
import { createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { fileError, LikenessError, messageOf, writeAtomic } from '../../base/index.js';
import { appendAudit } from '../audit.js';
import { canonicalBytes } from '../canonical.js';
import { parseJson } from '../json.js';
import { machineKey } from '../private-files.js';
import { CHALLENGE_WORDS } from './words.js';

/** The moves, as the person sees their own sides. */
export const MOVES = ['turnLeft', 'turnRight', 'lookUp', 'openMouth', 'closeEyes'] as const;
/** One of {@link MOVES}. */
export type Move = (typeof MOVES)[number];

/** What a person is told. */
export const MOVE_WORDS: Record<Move, string> = {
  turnLeft: 'turn your head to your left',
  turnRight: 'turn your head to your right',
  lookUp: 'look up with your whole head',
  openMouth: 'open your mouth wide',
  closeEyes: 'close your eyes for a second',
};

/** Milliseconds a challenge is good for. */
export const CHALLENGE_LIFE = 10 * 60_000;

const bodySchema = z.strictObject({
  type: z.literal('LikenessChallenge'),
  version: z.literal('1.0.0'),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  words: z.array(z.string()).length(3),
  moves: z.array(z.enum(MOVES)).length(MOVES.length),
  issuedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
const challengeSchema = z.strictObject({ ...bodySchema.shape, mac: z.string().regex(/^[0-9a-f]{64}$/) });

/** A challenge as it lies in a file. */
export type Challenge = z.infer<typeof challengeSchema>;

async function macOf(body: z.infer<typeof bodySchema>): Promise<string> {
  const key = await machineKey();
  const mac = createHmac('sha256', key).update('likeness.challenge/1').update(canonicalBytes(body)).digest('hex');
  key.fill(0);
  return mac;
}

/** Things in a random order, every order as likely as any other. */
function shuffled<T>(things: readonly T[]): T[] {
  const left = [...things];
  return things.map(() => left.splice(randomInt(left.length), 1)[0] as T);
}

/** Makes a challenge; the audit log remembers that it was given. */
export async function issueChallenge(now: Date = new Date()): Promise<Challenge> {
  const body: z.infer<typeof bodySchema> = {
    type: 'LikenessChallenge',
    version: '1.0.0',
    id: randomBytes(16).toString('hex'),
    words: shuffled(CHALLENGE_WORDS).slice(0, 3),
    moves: shuffled(MOVES),
    issuedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + CHALLENGE_LIFE).toISOString(),
  };
  await appendAudit('challenge', { challenge: body.id, expiresAt: body.expiresAt });
  return { ...body, mac: await macOf(body) };
}

/** Writes a challenge to a file. */
export async function writeChallenge(path: string, challenge: Challenge): Promise<void> {
  await writeAtomic(path, `${JSON.stringify(challenge, null, 2)}\n`);
}

/**
 * Reads a challenge that this machine gave and that is still good.
 *
 * @throws LikenessError `consent.challenge.damaged|forged|expired`
 */
export async function readChallenge(path: string, now: Date = new Date()): Promise<Challenge> {
  const again = 'Ask for a new one: likeness consent challenge.';
  let challenge: Challenge;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileError(path, 'reading a challenge', cause);
  }
  try {
    challenge = challengeSchema.parse(parseJson(text, path));
  } catch (cause) {
    throw new LikenessError('consent.challenge.damaged', `${path} is not a challenge: ${messageOf(cause)}`, {
      hint: again,
      cause,
    });
  }
  const { mac, ...body } = challenge;
  if (!timingSafeEqual(Buffer.from(await macOf(body)), Buffer.from(mac)))
    throw new LikenessError('consent.challenge.forged', `${path} was not given by this machine, or was changed.`, {
      hint: again,
    });
  if (now.getTime() > Date.parse(body.expiresAt) || now.getTime() < Date.parse(body.issuedAt) - 60_000)
    throw new LikenessError(
      'consent.challenge.expired',
      `The challenge ${path} was good from ${body.issuedAt} to ${body.expiresAt}; it is ${now.toISOString()}.`,
      { hint: `${again} The recording has to be handed in within ten minutes.` },
    );
  return challenge;
}
