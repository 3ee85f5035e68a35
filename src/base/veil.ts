/**
 * Temporary files that are worth nothing to whoever finds them: their bytes are encrypted (AES-256-CTR) with a key that
 * was drawn for this one file and lives in this process alone. A made video that is not labelled yet lies under a veil, so
 * that a process that is killed leaves noise behind.
 */
import { createCipheriv, randomBytes } from 'node:crypto';

const BLOCK = 16;

/** The key of one temporary file. Never written anywhere, never shown. */
export class Veil {
  readonly #key = randomBytes(32);
  readonly #start = randomBytes(BLOCK);

  /** The counter block for a position, `start + position / 16` over 128 bits. */
  #counter(position: number): Buffer {
    const out = Buffer.from(this.#start);
    let carry = Math.floor(position / BLOCK);
    for (let i = BLOCK - 1; i >= 0 && carry > 0; i--) {
      const sum = (out[i] as number) + (carry % 256);
      out[i] = sum & 255;
      carry = Math.floor(carry / 256) + (sum >> 8);
    }
    return out;
  }

  /**
   * Veils bytes, or lifts the veil: the two are one.
   *
   * @param position where the bytes stand in the file
   * @returns a copy
   */
  apply(bytes: Uint8Array, position: number): Uint8Array {
    const cipher = createCipheriv('aes-256-ctr', this.#key, this.#counter(position));
    cipher.update(Buffer.alloc(position % BLOCK));
    return cipher.update(bytes);
  }
}
