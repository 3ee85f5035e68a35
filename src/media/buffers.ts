/** A small pool of pixel buffers, so that a long video reuses a handful of them. Not shared between threads. */
import type { Frame } from './types.js';

/** At most this many unused buffers are kept for each size, and this many bytes for all sizes together. */
const KEEP_EACH = 8;
const KEEP_BYTES = 256 * 1024 * 1024;

const free = new Map<number, Uint8Array[]>();
const lent = new WeakSet<Uint8Array>();
let keptBytes = 0;

/** A buffer of exactly `size` bytes with arbitrary contents, new or used before. */
export function takeBuffer(size: number): Uint8Array {
  const found = free.get(size)?.pop();
  if (found) keptBytes -= size;
  const buffer = found ?? new Uint8Array(size);
  lent.add(buffer);
  return buffer;
}

/**
 * Gives the pixels of a frame back for reuse; they must not be looked at afterwards. Calling it is optional, calling it
 * twice or with a frame of one's own making does nothing.
 */
export function releaseFrame(frame: Frame): void {
  const buffer = frame.pixels;
  // A buffer that went to another thread is detached: its length is 0 and it is no use here.
  if (!lent.delete(buffer) || buffer.byteLength === 0) return;
  const size = buffer.byteLength;
  const list = free.get(size) ?? [];
  if (list.length >= KEEP_EACH) return;
  if (keptBytes + size > KEEP_BYTES) {
    free.clear();
    keptBytes = 0;
  }
  list.push(buffer);
  free.set(size, list);
  keptBytes += size;
}

/** The frame with its pixels, back from another thread where its own buffer went; to be released as the frame was. */
export function reclaimFrame(frame: Frame, pixels: Uint8Array): Frame {
  if (pixels === frame.pixels) return frame;
  if (lent.delete(frame.pixels)) lent.add(pixels);
  return { ...frame, pixels };
}

/** Bytes of an I420 picture without padding. */
export function i420Size(width: number, height: number): number {
  return width * height + 2 * ((width + 1) >> 1) * ((height + 1) >> 1);
}
