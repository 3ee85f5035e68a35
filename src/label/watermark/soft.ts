/**
 * Reading a code word from bits of which some are surer than others: ordered statistics (Fossorier and Lin 1995). The 64
 * surest bits that determine the rest are taken at their word, then with each one and each two of them turned over, and
 * the code word that contradicts least is kept. Mends twenty wrong bits and more where the wrong ones read weakly.
 */
import { CODE_BITS, encodeBits, MESSAGE_BITS } from './bch.js';

const WORDS = 4;
const BYTES = 4 * WORDS;

/** The code words of the 64 messages with one bit set, four words of 32 bits each. */
const GENERATOR = (() => {
  const rows = new Int32Array(MESSAGE_BITS * WORDS);
  for (let i = 0; i < MESSAGE_BITS; i++) {
    const message = new Uint8Array(MESSAGE_BITS / 8);
    message[i >> 3] = 128 >> (i & 7);
    encodeBits(message).forEach((bit, k) => {
      const at = i * WORDS + (k >> 5);
      if (bit) rows[at] = (rows[at] as number) | (1 << (k & 31));
    });
  }
  return rows;
})();

/** Scratch; holds nothing between calls. */
const rows = new Int32Array(MESSAGE_BITS * WORDS);
const costs = new Float64Array(BYTES * 256);
const word = new Int32Array(WORDS);

const bitOf = (row: number, k: number): number => ((rows[row * WORDS + (k >> 5)] as number) >>> (k & 31)) & 1;

function addRow(to: number, from: number): void {
  for (let w = 0; w < WORDS; w++)
    rows[to * WORDS + w] = (rows[to * WORDS + w] as number) ^ (rows[from * WORDS + w] as number);
}

/** Makes each of the surest independent bits the only row that has it; returns those bits by row. */
function reduce(order: Uint8Array): Uint8Array {
  rows.set(GENERATOR);
  const basis = new Uint8Array(MESSAGE_BITS);
  let rank = 0;
  for (const k of order) {
    let pivot = rank;
    while (pivot < MESSAGE_BITS && bitOf(pivot, k) === 0) pivot++;
    if (pivot === MESSAGE_BITS) continue;
    if (pivot !== rank) {
      // Exchanged by three sums.
      addRow(rank, pivot);
      addRow(pivot, rank);
      addRow(rank, pivot);
    }
    for (let row = 0; row < MESSAGE_BITS; row++) if (row !== rank && bitOf(row, k) === 1) addRow(row, rank);
    basis[rank++] = k;
    if (rank === MESSAGE_BITS) break;
  }
  return basis;
}

/** What it costs to contradict the bits of each byte of a word, for all values of that byte. */
function tabulate(soft: Float32Array): void {
  for (let byte = 0; byte < BYTES; byte++)
    for (let value = 1; value < 256; value++) {
      const low = value & -value;
      const k = byte * 8 + 31 - Math.clz32(low);
      costs[byte * 256 + value] =
        (costs[byte * 256 + value - low] as number) + (k < CODE_BITS ? Math.abs(soft[k] as number) : 0);
    }
}

function costOf(a: number, b: number, c: number, d: number): number {
  return (
    (costs[a & 255] as number) +
    (costs[256 + ((a >>> 8) & 255)] as number) +
    (costs[512 + ((a >>> 16) & 255)] as number) +
    (costs[768 + (a >>> 24)] as number) +
    (costs[1024 + (b & 255)] as number) +
    (costs[1280 + ((b >>> 8) & 255)] as number) +
    (costs[1536 + ((b >>> 16) & 255)] as number) +
    (costs[1792 + (b >>> 24)] as number) +
    (costs[2048 + (c & 255)] as number) +
    (costs[2304 + ((c >>> 8) & 255)] as number) +
    (costs[2560 + ((c >>> 16) & 255)] as number) +
    (costs[2816 + (c >>> 24)] as number) +
    (costs[3072 + (d & 255)] as number) +
    (costs[3328 + ((d >>> 8) & 255)] as number) +
    (costs[3584 + ((d >>> 16) & 255)] as number) +
    (costs[3840 + (d >>> 24)] as number)
  );
}

/** A code word, and how well it fits. */
export interface SoftWord {
  readonly payload: Uint8Array;
  /** Bits of the code word that read the other way. */
  readonly errors: number;
  /** Sum of the bits' strengths, counted against where they read the other way. */
  readonly agreement: number;
}

/**
 * The code word that fits best among some two thousand likely ones. There is always one; whether it means anything is for
 * the odds to say.
 *
 * @param soft 127 bits: positive where a 1 is read, larger where it is surer
 */
export function decodeSoft(soft: Float32Array): SoftWord {
  const order = Uint8Array.from(soft.keys()).sort((a, b) => Math.abs(soft[b] as number) - Math.abs(soft[a] as number));
  const basis = reduce(order);
  tabulate(soft);
  // The contradiction of the first guess: a row is in it where the bit of the basis reads as 1.
  word.fill(0);
  for (let k = 0; k < CODE_BITS; k++)
    if ((soft[k] as number) > 0) word[k >> 5] = (word[k >> 5] as number) ^ (1 << (k & 31));
  for (let row = 0; row < MESSAGE_BITS; row++)
    if ((soft[basis[row] as number] as number) > 0)
      for (let w = 0; w < WORDS; w++) word[w] = (word[w] as number) ^ (rows[row * WORDS + w] as number);
  const [a, b, c, d] = word as unknown as [number, number, number, number];
  let least = costOf(a, b, c, d);
  let [first, second] = [-1, -1];
  for (let i = 0; i < MESSAGE_BITS; i++) {
    const [ia, ib, ic, id] = [0, 1, 2, 3].map((w) => (word[w] as number) ^ (rows[i * WORDS + w] as number)) as [
      number,
      number,
      number,
      number,
    ];
    const one = costOf(ia, ib, ic, id);
    if (one < least) [least, first, second] = [one, i, -1];
    for (let j = i + 1; j < MESSAGE_BITS; j++) {
      const at = j * WORDS;
      const two = costOf(
        ia ^ (rows[at] as number),
        ib ^ (rows[at + 1] as number),
        ic ^ (rows[at + 2] as number),
        id ^ (rows[at + 3] as number),
      );
      if (two < least) [least, first, second] = [two, i, j];
    }
  }
  for (const row of [first, second])
    if (row >= 0) for (let w = 0; w < WORDS; w++) word[w] = (word[w] as number) ^ (rows[row * WORDS + w] as number);
  const payload = new Uint8Array(MESSAGE_BITS / 8);
  let errors = 0;
  let all = 0;
  for (let k = 0; k < CODE_BITS; k++) {
    const wrong = ((word[k >> 5] as number) >>> (k & 31)) & 1;
    const bit = ((soft[k] as number) > 0 ? 1 : 0) ^ wrong;
    errors += wrong;
    all += Math.abs(soft[k] as number);
    const i = k - (CODE_BITS - MESSAGE_BITS);
    if (i >= 0 && bit) payload[i >> 3] = (payload[i >> 3] as number) | (128 >> (i & 7));
  }
  return { payload, errors, agreement: all - 2 * least };
}
