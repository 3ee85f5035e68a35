/**
 * What the pieces of a render are locked with. Alone on a machine, its key does for all of them. A render that is shared has a
 * key of its own, and every piece one that is derived from it: whoever is given one of them can open and write that piece alone.
 */
import { hkdfSync } from 'node:crypto';
import { lockWith, unlockWith } from '../../base/index.js';
import { lockBytes, unlockBytes } from '../../faces/index.js';

/** Locks and opens one piece. */
export interface PieceLock {
  lock(plain: Uint8Array, purpose: string): Promise<Uint8Array>;
  /** Null where the key, the purpose or a bit is not the same. */
  unlock(locked: Uint8Array, purpose: string): Promise<Uint8Array | null>;
}

/** See the head of this file. */
export interface RenderLocks {
  /** Stands in the names of the pieces: what was locked with another key is never taken for finished. Empty for the machine's. */
  readonly id: string;
  /**
   * The lock of a piece: `plan`, `cast`, `segment 7`.
   *
   * @throws LikenessError `leave.missing` where there is no leave to have it
   */
  of(piece: string): PieceLock;
}

/** Bytes of a key of a render. */
export const RENDER_KEY_BYTES = 32;

/** A key of 32 bytes that is good for one thing, from the key of a render. */
export const keyFor = (key: Uint8Array, thing: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', key, '', `likeness.render/1 ${thing}`, 32));

/** A lock with a key of 32 bytes. */
export const lockOf = (key: Uint8Array): PieceLock => ({
  lock: async (plain, purpose) => lockWith(key, plain, purpose),
  unlock: async (locked, purpose) => unlockWith(key, locked, purpose),
});

/** The key of this machine locks everything. */
export const MACHINE_LOCKS: RenderLocks = { id: '', of: () => ({ lock: lockBytes, unlock: unlockBytes }) };

/** Locks of a render with a key of its own. */
export const locksOf = (key: Uint8Array): RenderLocks => ({
  id: Buffer.from(keyFor(key, 'name')).toString('hex'),
  of: (piece) => lockOf(keyFor(key, piece)),
});
