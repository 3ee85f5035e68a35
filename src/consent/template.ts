/**
 * The face template: what the subject's face measures like, kept so that footage can be compared with the record. The
 * record holds only a salted commitment; template and salt lie encrypted in the vault of the Likeness home.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fileError, LikenessError, likenessHome, sha256, writeAtomic } from '../base/index.js';
import type { Identity } from '../faces/index.js';
import { lockSecret, secretBoxSchema, unlockSecret, writePrivate } from './private-files.js';
import type { ConsentRecord } from './record.js';

/** Names the embedders and the byte form; a change of either is another algorithm. */
export const FACE_TEMPLATE_ALGORITHM = 'likeness.face/1 faceres-1024+mobilefacenet-192';

const LENGTH_A = 1024;
const LENGTH_B = 192;
const SALT = 32;
const PER_FACE = (LENGTH_A + LENGTH_B) * 4;
/** More reference faces than this add nothing but bytes. */
const MAX_FACES = 24;

/** The part of a record that stands for a template. */
export type LikenessEntry = ConsentRecord['likeness'][number];

function assertIdentity(identity: Identity): void {
  if (identity.a.length !== LENGTH_A || identity.b.length !== LENGTH_B)
    throw new LikenessError(
      'consent.template.shape',
      `A face template takes embeddings of ${LENGTH_A} and ${LENGTH_B} numbers, not ${identity.a.length} and ${identity.b.length}.`,
    );
  for (const vector of [identity.a, identity.b]) {
    let square = 0;
    for (const value of vector) square += value * value;
    if (!(Math.abs(square - 1) < 0.02))
      throw new LikenessError('consent.template.shape', `An embedding has length ${Math.sqrt(square)} in place of 1.`);
  }
}

/** Salt, then each face's numbers as little-endian float32. */
function encode(salt: Uint8Array, faces: readonly Identity[]): Buffer {
  const out = Buffer.alloc(SALT + faces.length * PER_FACE);
  out.set(salt, 0);
  let at = SALT;
  for (const face of faces)
    for (const vector of [face.a, face.b]) for (const value of vector) at = out.writeFloatLE(value, at);
  return out;
}

function decode(bytes: Buffer): Identity[] {
  const count = (bytes.length - SALT) / PER_FACE;
  if (!Number.isInteger(count) || count < 1 || count > MAX_FACES) throw new Error('wrong length');
  let at = SALT;
  const read = (length: number): Float32Array => {
    const out = new Float32Array(length);
    for (let i = 0; i < length; i++, at += 4) out[i] = bytes.readFloatLE(at);
    return out;
  };
  return Array.from({ length: count }, () => ({ a: read(LENGTH_A), b: read(LENGTH_B) }));
}

/** Salt and template are hashed together, so the commitment tells nothing to whoever has other pictures of the face. */
const commitment = (encoded: Uint8Array): string => `sha256:${sha256(encoded)}`;

const vaultPath = (ref: string): string => join(likenessHome(), 'vault', `${ref.slice('vault:'.length)}.template.json`);

/** Picks up to `MAX_FACES` faces, spread evenly over those given. */
function spread(faces: readonly Identity[]): readonly Identity[] {
  if (faces.length <= MAX_FACES) return faces;
  return Array.from(
    { length: MAX_FACES },
    (_, i) => faces[Math.round((i * (faces.length - 1)) / (MAX_FACES - 1))] as Identity,
  );
}

/**
 * Stores a face template in the vault.
 *
 * @param faces measured faces of the subject, several poses if possible
 * @returns what the record says of it
 */
export async function storeTemplate(faces: readonly Identity[]): Promise<LikenessEntry> {
  if (faces.length === 0)
    throw new LikenessError('consent.template.empty', 'A face template needs at least one measured face.', {
      hint: 'Give a clear picture or video of the subject.',
    });
  const picked = spread(faces);
  for (const face of picked) assertIdentity(face);
  const encoded = encode(randomBytes(SALT), picked);
  const templateRef = `vault:${randomBytes(16).toString('hex')}`;
  await writePrivate(vaultPath(templateRef), JSON.stringify(await lockSecret(encoded, templateRef)));
  const entry: LikenessEntry = {
    kind: 'face',
    templateHash: commitment(encoded),
    templateAlgorithm: FACE_TEMPLATE_ALGORITHM,
    templateRef,
  };
  encoded.fill(0);
  return entry;
}

function tampered(ref: string, why: string, cause: unknown): LikenessError {
  return new LikenessError('consent.template.tampered', `The face template ${ref} ${why}.`, {
    hint: 'Restore the vault from a backup, import the template again, or make a new record.',
    cause,
  });
}

function sealedBox(path: string, ref: string): z.infer<typeof secretBoxSchema> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileError(path, 'reading a face template', cause);
  }
  try {
    return secretBoxSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw tampered(ref, 'is damaged', cause);
  }
}

async function openEncoded(entry: LikenessEntry): Promise<Buffer> {
  const path = vaultPath(entry.templateRef);
  if (!existsSync(path))
    throw new LikenessError(
      'consent.template.missing',
      `The face template ${entry.templateRef} is not in this vault.`,
      {
        hint: 'It lies on the machine where the record was made: "likeness consent export-template" there, "import-template" here.',
      },
    );
  const box = sealedBox(path, entry.templateRef);
  let encoded: Buffer;
  try {
    encoded = await unlockSecret(box, entry.templateRef, `The face template ${entry.templateRef}`);
  } catch (cause) {
    if (cause instanceof LikenessError && cause.code !== 'consent.secret.locked') throw cause;
    throw tampered(entry.templateRef, 'does not open', cause);
  }
  const found = Buffer.from(commitment(encoded));
  const expected = Buffer.from(entry.templateHash);
  if (found.length !== expected.length || !timingSafeEqual(found, expected))
    throw tampered(entry.templateRef, 'is not the one that was signed', undefined);
  return encoded;
}

/**
 * The reference faces behind a record's entry.
 *
 * @throws LikenessError `consent.template.missing`, or `consent.template.tampered` when it does not open or does not
 *   match the commitment that was signed
 */
export async function openTemplate(entry: LikenessEntry): Promise<Identity[]> {
  if (entry.templateAlgorithm !== FACE_TEMPLATE_ALGORITHM)
    throw new LikenessError(
      'consent.template.algorithm',
      `The record's face was measured with "${entry.templateAlgorithm}"; this version measures with "${FACE_TEMPLATE_ALGORITHM}".`,
      { hint: 'Make a new record that supersedes it.' },
    );
  const encoded = await openEncoded(entry);
  try {
    return decode(encoded);
  } catch (cause) {
    throw tampered(entry.templateRef, 'is damaged', cause);
  } finally {
    encoded.fill(0);
  }
}

const portableSchema = z.strictObject({
  type: z.literal('LikenessTemplate'),
  templateRef: z.string().regex(/^vault:[0-9a-f]{32}$/),
  secret: secretBoxSchema,
});

/** Writes a template to a file of its own, locked with a passphrase, to carry it to another machine. */
export async function exportTemplate(entry: LikenessEntry, path: string, passphrase: string): Promise<void> {
  if (passphrase.length < 8)
    throw new LikenessError(
      'consent.passphrase.weak',
      'A face template leaves the vault only under 8 characters or more.',
      {
        hint: 'Give a longer passphrase.',
      },
    );
  const encoded = await openEncoded(entry);
  const file: z.infer<typeof portableSchema> = {
    type: 'LikenessTemplate',
    templateRef: entry.templateRef,
    secret: await lockSecret(encoded, `export:${entry.templateRef}`, passphrase),
  };
  encoded.fill(0);
  await writeAtomic(path, `${JSON.stringify(file, null, 2)}\n`);
}

/** Takes an exported template into this machine's vault. */
export async function importTemplate(path: string, passphrase: string): Promise<string> {
  let file: z.infer<typeof portableSchema>;
  try {
    file = portableSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new LikenessError('consent.template.file', `${path} is not an exported face template.`, {
      hint: 'Make one with "likeness consent export-template".',
      cause,
    });
  }
  const ref = file.templateRef;
  const encoded = await unlockSecret(file.secret, `export:${ref}`, `The template file ${path}`, passphrase);
  await writePrivate(vaultPath(ref), JSON.stringify(await lockSecret(encoded, ref)));
  encoded.fill(0);
  return ref;
}
