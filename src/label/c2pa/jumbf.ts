/**
 * JUMBF (ISO 19566-5), the boxes a manifest store is made of: parsed, changed in one place, and signed again. Used where
 * the library would hold a whole video in memory: it builds the manifest for a stand-in, and the one assertion that
 * speaks of the video's bytes is put in here.
 */
import { createHash } from 'node:crypto';
import { LikenessError } from '../../base/index.js';
import { type SignatureParts, signatureParts } from './cose.js';

/** A box: either content or boxes inside. */
interface Box {
  readonly type: string;
  content: Uint8Array;
  readonly children: readonly Box[] | null;
}

const broken = (): LikenessError => new LikenessError('label.manifest', 'The manifest is not built as expected.');

function parse(data: Buffer): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at < data.length; ) {
    if (at + 8 > data.length) throw broken();
    const length = data.readUInt32BE(at);
    const type = data.toString('latin1', at + 4, at + 8);
    if (length < 8 || at + length > data.length) throw broken();
    const content = data.subarray(at + 8, at + length);
    boxes.push({ type, content, children: type === 'jumb' ? parse(content) : null });
    at += length;
  }
  return boxes;
}

/** The bytes inside a box. */
function inner(box: Box): Uint8Array {
  return box.children === null ? box.content : Buffer.concat(box.children.map(serialise));
}

function serialise(box: Box): Buffer {
  const body = inner(box);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.write(box.type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

/** The label in a superbox's description: 16 bytes of type, a byte of flags, then text up to a zero. */
function labelOf(box: Box): string {
  const description = box.children?.[0];
  if (description?.type !== 'jumd') return '';
  const end = description.content.indexOf(0, 17);
  return Buffer.from(description.content.subarray(17, end < 0 ? undefined : end)).toString('utf8');
}

function child(box: Box | undefined, label: string): Box {
  const found = box?.children?.find((c) => labelOf(c) === label);
  if (found === undefined) throw broken();
  return found;
}

function payload(box: Box): Box {
  const found = box.children?.find((c) => c.type === 'cbor');
  if (found === undefined) throw broken();
  return found;
}

/** What a claim holds of an assertion: SHA-256 of the superbox's content. */
const assertionHash = (assertion: Box): Buffer => createHash('sha256').update(inner(assertion)).digest();

/** A manifest store whose claim waits for its signature. */
export interface Unsigned {
  /** The bytes to sign. */
  readonly claim: Uint8Array;
  /** The store with that signature. */
  signed(signature: Uint8Array): Buffer;
}

/**
 * Puts other content into one assertion of the last manifest of a store, and its hash into the claim.
 *
 * @param store bytes of the manifest store
 * @param label the assertion, such as `c2pa.hash.bmff.v3`
 * @param cbor its new content
 */
export function replaceAssertion(store: Uint8Array, label: string, cbor: Uint8Array): Unsigned {
  const [root, ...more] = parse(Buffer.from(store));
  const manifest = root?.children?.at(-1);
  if (root === undefined || more.length > 0 || manifest === undefined) throw broken();
  const assertion = child(child(manifest, 'c2pa.assertions'), label);
  const before = assertionHash(assertion);
  payload(assertion).content = cbor;
  const claim = payload(child(manifest, 'c2pa.claim.v2'));
  const bytes = Buffer.from(claim.content);
  const at = bytes.indexOf(before);
  // Exactly one place names the assertion; anything else would sign something unintended.
  if (at < 0 || bytes.indexOf(before, at + 1) >= 0) throw broken();
  assertionHash(assertion).copy(bytes, at);
  claim.content = bytes;
  return {
    claim: bytes,
    signed(signature) {
      payload(child(manifest, 'c2pa.signature')).content = signature;
      return serialise(root);
    },
  };
}

/** Content of an assertion (CBOR or JSON) of the active manifest, the last one of a store; `null` where it is not there. */
export function assertionContent(store: Uint8Array, label: string): Uint8Array | null {
  const manifest = parse(Buffer.from(store))[0]?.children?.at(-1);
  const assertions = manifest?.children?.find((c) => labelOf(c) === 'c2pa.assertions');
  const assertion = assertions?.children?.find((c) => labelOf(c) === label);
  return assertion?.children?.find((c) => c.type === 'cbor' || c.type === 'json')?.content ?? null;
}

/** Types of the descriptions, as the library writes them: four letters and a fixed rest (C2PA 2.2, 11.1). */
const TYPE_TAIL = Buffer.from('00110010800000aa00389b71', 'hex');
const NAMED_TYPES: Readonly<Record<string, string>> = {
  'c2pa.assertions': 'c2as',
  'c2pa.claim.v2': 'c2cl',
  'c2pa.signature': 'c2cs',
};
/** Requestable, with a label: the only flags that are written here. */
const FLAGS = 3;

function describes(box: Box, type: string): boolean {
  const description = box.children?.[0];
  if (box.type !== 'jumb' || description?.type !== 'jumd') return false;
  const { content } = description;
  const whole = Buffer.concat([
    Buffer.from(type, 'latin1'),
    TYPE_TAIL,
    Buffer.from([FLAGS]),
    Buffer.from(`${labelOf(box)}\0`),
  ]);
  return whole.equals(content);
}

/** The signature of the active manifest, taken apart; `null` where it cannot be read here. */
export function signatureOf(store: Uint8Array): SignatureParts | null {
  try {
    const manifest = parse(Buffer.from(store))[0]?.children?.at(-1);
    const signature = manifest?.children?.find((c) => labelOf(c) === 'c2pa.signature');
    const cose = signature?.children?.find((c) => c.type === 'cbor')?.content;
    return cose === undefined ? null : signatureParts(cose);
  } catch (cause) {
    if (cause instanceof LikenessError) return null;
    throw cause;
  }
}

/**
 * Whether everything of a store that no hash covers has the one form that this house writes: lengths, types, flags and
 * names of the boxes around assertions, claim and signature.
 */
export function framingHolds(store: Uint8Array): boolean {
  try {
    const boxes = parse(Buffer.from(store));
    const [root] = boxes;
    if (boxes.length !== 1 || root === undefined || labelOf(root) !== 'c2pa' || !describes(root, 'c2pa')) return false;
    // Manifests of parents come first and may be anyone's; the last one is ours.
    const manifest = root.children?.at(-1);
    if (manifest === undefined || !describes(manifest, 'c2ma')) return false;
    const parts = (manifest.children ?? []).slice(1);
    const names = parts.map(labelOf);
    if (Object.keys(NAMED_TYPES).some((name) => names.filter((other) => other === name).length !== 1)) return false;
    return parts.every((part) => {
      const type = NAMED_TYPES[labelOf(part)];
      if (type === undefined || !describes(part, type)) return false;
      const inside = (part.children ?? []).slice(1);
      if (type === 'c2cs')
        return inside.length === 1 && inside[0]?.type === 'cbor' && signatureParts(inside[0].content)?.ours === true;
      if (type === 'c2cl') return inside.length === 1 && inside[0]?.type === 'cbor';
      return inside.every((assertion) => {
        const [description, content, ...more] = assertion.children ?? [];
        const known = content?.type === 'cbor' || content?.type === 'json';
        // The three highest flags mean nothing, and the library drops them before it hashes.
        const flags = description?.content[16] ?? 0xff;
        return description?.type === 'jumd' && flags < 0x20 && known && more.length === 0;
      });
    });
  } catch (cause) {
    if (cause instanceof LikenessError) return false;
    throw cause;
  }
}
