/**
 * The pattern of the watermark: a tile of 128 x 128 dots (at a picture whose short side is 720) that is repeated over the
 * picture and made of some hundred waves. Waves of the *sync* group always have the same phases, so that a tile is found
 * without knowing what it says; each wave of the *data* group carries one bit of the code word in its sign.
 */
import { createHash } from 'node:crypto';
import { Random } from '../../base/index.js';
import { CODE_BITS, encodeBits } from './bch.js';
import { fft2 } from './fft.js';

/** Side of the tile in dots, and the short side of a picture in which a dot is a pixel. */
export const TILE = 128;
export const REFERENCE = 720;

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
export const SLOTS = 16;

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

/** All slots. */
export const slots: readonly Slot[] = Array.from({ length: SLOTS }, (_, s) => {
  const random = new Random(0x51075 + s);
  const order = random.shuffle(Array.from({ length: CODE_BITS }, (_, i) => i));
  return {
    ...phases(DATA.length, random),
    // Every bit gets as many waves as any other, give or take one.
    bit: Uint8Array.from(DATA, (_, i) => order[i % CODE_BITS] as number),
  };
});

/** The slot that belongs to a payload. */
export function slotOf(payload: Uint8Array): number {
  return (createHash('sha256').update('likeness watermark slot').update(payload).digest()[0] as number) % SLOTS;
}

/**
 * The tile for a payload: `TILE * TILE` numbers with mean 0 and standard deviation 1, row by row.
 *
 * @param gains how strongly each bit of the code word is written, 1 where left out
 */
export function tileFor(payload: Uint8Array, gains?: Float32Array): Float32Array {
  const code = encodeBits(payload);
  const slot = slots[slotOf(payload)] as Slot;
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
