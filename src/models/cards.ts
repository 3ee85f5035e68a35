/** The nets that ship: their cards, and the proof that the files are the ones the cards describe. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fileError, hasErrno, LikenessError, messageOf, packageRoot, sha256, sha256File } from '../base/index.js';
import type { ModelCard } from './types.js';

/** Where the shipped nets lie. */
export const modelsFolder: string = join(packageRoot, 'models');

const tensorSpec = z.strictObject({
  name: z.string().min(1),
  dtype: z.enum(['float32', 'int64', 'int32', 'bool']),
  dims: z.array(z.number().int().min(-1)),
  means: z.string().min(1),
});

const cardSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  title: z.string().min(1),
  task: z.string().min(1),
  licence: z.string().min(1),
  source: z.strictObject({
    package: z.string().optional(),
    file: z.string().optional(),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    script: z.string().min(1),
  }),
  year: z.number().int(),
  vendor: z.string().min(1),
  trainedOn: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int().positive(),
  inputs: z.array(tensorSpec).min(1),
  outputs: z.array(tensorSpec).min(1),
  knownFailures: z.array(z.string().min(1)).min(1),
});

const repairHint = 'Restore the file from the package, or rebuild it with `node scripts/models/convert.mjs`.';

function parseCard(path: string, text: string): ModelCard {
  try {
    // A parsed optional field is absent rather than undefined, which is what ModelCard asks for.
    return cardSchema.parse(JSON.parse(text)) as ModelCard;
  } catch (cause) {
    throw new LikenessError('models.card', `The model card ${path} is not valid: ${messageOf(cause)}`, {
      hint: repairHint,
      cause,
    });
  }
}

/**
 * The card of one shipped net.
 *
 * @param id as in {@link ModelCard.id}
 * @param folder another folder than {@link modelsFolder}
 * @throws LikenessError `models.unknown` where there is no such card, `models.card` where it is damaged
 */
export async function modelCard(id: string, folder: string = modelsFolder): Promise<ModelCard> {
  const path = join(folder, `${id}.json`);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (!hasErrno(cause, 'ENOENT')) throw fileError(path, 'reading a model card', cause);
    const known = (await readdir(folder).catch(() => [])).filter((n) => n.endsWith('.json')).map((n) => n.slice(0, -5));
    throw new LikenessError('models.unknown', `There is no model "${id}" in ${folder}.`, {
      hint: known.length ? `Known models: ${known.sort().join(', ')}.` : repairHint,
    });
  }
  const card = parseCard(path, text);
  if (card.id !== id)
    throw new LikenessError('models.card', `The model card ${path} calls itself "${card.id}".`, { hint: repairHint });
  return card;
}

/**
 * The cards of all shipped nets, by id. Files are not hashed: see {@link verifyModels}.
 *
 * @param folder another folder than {@link modelsFolder}
 */
export async function listModels(folder: string = modelsFolder): Promise<ModelCard[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw fileError(folder, 'listing the models', cause);
  }
  // A `.bin` beside a card is a store of weights that training starts from, not a net that runs; its card has other fields.
  const ids = names
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .filter((id) => !names.includes(`${id}.bin`));
  return Promise.all(ids.sort().map((id) => modelCard(id, folder)));
}

const missing = (path: string): LikenessError =>
  new LikenessError('models.missing', `The model file ${path} is missing.`, { hint: repairHint });

const tampered = (path: string, expected: string, found: string): LikenessError =>
  new LikenessError(
    'models.tampered',
    `The model file ${path} is not the one its card describes: sha256 ${found.slice(0, 16)}... instead of ${expected.slice(0, 16)}...`,
    { hint: `It was changed or damaged. ${repairHint}` },
  );

/**
 * Hashes every shipped net against its card.
 *
 * @param folder another folder than {@link modelsFolder}
 * @returns the cards, all of them proven
 * @throws LikenessError `models.missing` or `models.tampered`, naming the first bad file
 */
export async function verifyModels(folder: string = modelsFolder): Promise<ModelCard[]> {
  const cards = await listModels(folder);
  for (const card of cards) {
    const path = join(folder, `${card.id}.onnx`);
    const found = await sha256File(path).catch((thrown: unknown) => {
      throw thrown instanceof LikenessError && thrown.code === 'file.missing' ? missing(path) : thrown;
    });
    if (found !== card.sha256) throw tampered(path, card.sha256, found);
  }
  return cards;
}

/**
 * Reads a net and proves that the bytes read are the expected ones; nothing is read again later, so what was hashed is
 * what runs.
 *
 * @param path of the ONNX file
 * @param expected lower-case hex SHA-256, or `undefined` to take the file as it is
 * @throws LikenessError `models.missing`, `models.tampered`, or a `file.*` code
 */
export async function readModel(
  path: string,
  expected: string | undefined,
  read: (path: string) => Promise<Uint8Array<ArrayBuffer>> = async (at) => Uint8Array.from(await readFile(at)),
): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await read(path);
  } catch (cause) {
    if (hasErrno(cause, 'ENOENT')) throw missing(path);
    throw fileError(path, 'reading a model', cause);
  }
  if (expected === undefined) return bytes;
  const found = sha256(bytes);
  if (found !== expected) throw tampered(path, expected, found);
  return bytes;
}
