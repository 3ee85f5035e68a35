/**
 * The pattern of the watermark: a tile of 128 x 128 dots (at a picture whose short side is 720) that is repeated over the
 * picture and made of some hundred waves. Waves of the *sync* group always have the same phases, so that a tile is found
 * without knowing what it says; each wave of the *data* group carries one bit of the code word in its sign.
 */
import { createHash } from 'node:crypto';
import { Random } from '../../base/index.js';
import { CODE_BITS, encodeBits } from './bch.js';
import { fft2 } from './fft.js';

/** Side of the tile in dots. */
export const TILE = 128;

/**
 * Dots along the short side of a picture, which say how large the tile lies on it. `coarse` is for clips of few pixels:
 * an encoder keeps its longer waves where it drops those of `fine`.
 */
export const LAYOUTS = { fine: 720, coarse: 360 } as const;
/** See {@link LAYOUTS}. */
export type Layout = keyof typeof LAYOUTS;
/** The short side of a picture that is looked at as it is; larger ones are made smaller first. */
export const REFERENCE = LAYOUTS.fine;

/** Waves per tile side: shorter ones are lost in small copies, longer ones are seen. */
const SLOWEST = 3.2;
/** See {@link SLOWEST}. */
export const FASTEST = 17;

/** Bytes of a payload. */
export const PAYLOAD_BYTES = 8;

/**
 * Ways to spread a code word over the data waves. Which one an asset uses follows from its payload, so that the mean over
 * many marked assets shows the sync group alone, and a payload found under the wrong slot is no find.
 */
const SLOTS = 16;

const ORDER: readonly Layout[] = ['fine', 'coarse'];

/** One wave: cycles per tile to the right and down, and how strong it is against the others. */
export interface Wave {
  readonly u: number;
  readonly v: number;
  readonly gain: number;
}

/** Phases and meaning of the data waves in one slot. */
export interface Slot {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  /** Bit of the code word, by wave. */
  readonly bit: Uint8Array;
}

const all: readonly Wave[] = (() => {
  const waves: Wave[] = [];
  for (let u = -FASTEST; u <= FASTEST; u++)
    for (let v = 0; v <= FASTEST; v++) {
      const r = Math.hypot(u, v);
      if (r >= SLOWEST && r <= FASTEST && (v > 0 || u > 0)) waves.push({ u, v, gain: Math.sqrt(8 / (r + 2)) });
    }
  return new Random(0x4c696b65).shuffle(waves);
})();

const SYNC_COUNT = Math.floor(all.length / 5);

/** The waves of the sync group. */
export const SYNC: readonly Wave[] = all.slice(0, SYNC_COUNT);
/** The waves of the data group. */
export const DATA: readonly Wave[] = all.slice(SYNC_COUNT);

function phases(count: number, random: Random): { cos: Float32Array; sin: Float32Array } {
  const angle = Array.from({ length: count }, () => random.range(0, 2 * Math.PI));
  return { cos: Float32Array.from(angle, Math.cos), sin: Float32Array.from(angle, Math.sin) };
}

/** Phases of the sync waves. */
export const SYNC_PHASES = phases(SYNC_COUNT, new Random(0x6e657373));

/** All slots: those of one layout, then those of the other, so that a reading tells its layout. */
export const slots: readonly Slot[] = Array.from({ length: SLOTS * ORDER.length }, (_, s) => {
  const random = new Random(0x51075 + s);
  const order = random.shuffle(Array.from({ length: CODE_BITS }, (_, i) => i));
  return {
    ...phases(DATA.length, random),
    // Every bit gets as many waves as any other, give or take one.
    bit: Uint8Array.from(DATA, (_, i) => order[i % CODE_BITS] as number),
  };
});

/** The slot that belongs to a payload in a layout. */
export function slotOf(payload: Uint8Array, layout: Layout): number {
  const [first = 0] = createHash('sha256').update('likeness watermark slot').update(payload).digest();
  return (first % SLOTS) + SLOTS * ORDER.indexOf(layout);
}

/** The layout that a slot belongs to. */
export function layoutOf(slot: number): Layout {
  return ORDER[Math.floor(slot / SLOTS)] ?? 'fine';
}

/**
 * The tile for a payload: `TILE * TILE` numbers with mean 0 and standard deviation 1, row by row.
 *
 * @param layout whose slots are used
 * @param gains how strongly each bit of the code word is written, 1 where left out
 */
export function tileFor(payload: Uint8Array, layout: Layout, gains?: Float32Array): Float32Array {
  const code = encodeBits(payload);
  const slot = slots[slotOf(payload, layout)] as Slot;
  const re = new Float32Array(TILE * TILE);
  const im = new Float32Array(TILE * TILE);
  const put = ({ u, v }: Wave, r: number, i: number): void => {
    const at = (x: number, y: number): number => ((y + TILE) % TILE) * TILE + ((x + TILE) % TILE);
    re[at(u, v)] = r;
    im[at(u, v)] = i;
    re[at(-u, -v)] = r;
    im[at(-u, -v)] = -i;
  };
  SYNC.forEach((w, i) => {
    put(w, w.gain * (SYNC_PHASES.cos[i] as number), w.gain * (SYNC_PHASES.sin[i] as number));
  });
  DATA.forEach((w, i) => {
    const bit = slot.bit[i] as number;
    const a = w.gain * (code[bit] ? 1 : -1) * (gains?.[bit] ?? 1);
    put(w, a * (slot.cos[i] as number), a * (slot.sin[i] as number));
  });
  // The inverse transform; its result is real, as the spectrum is symmetric.
  fft2(im, re, TILE);
  let sum = 0;
  for (const x of re) sum += x * x;
  const scale = 1 / Math.sqrt(sum / re.length);
  return re.map((x) => x * scale);
}
