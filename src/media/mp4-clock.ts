/** Takes the creation time out of an MP4 header, so that the same frames give the same bytes at any hour. */

const CONTAINERS = new Set(['moov', 'trak', 'mdia']);
const TIMED = new Set(['mvhd', 'tkhd', 'mdhd']);

/**
 * A copy of a `moov` box with all creation and modification times zero (ISO/IEC 14496-12, 8.2.2, 8.3.2, 8.4.2).
 *
 * @param moov the whole box with its header
 */
export function clearClock(moov: Uint8Array): Uint8Array {
  const out = moov.slice();
  const view = new DataView(out.buffer);
  const walk = (start: number, end: number): void => {
    for (let at = start; at + 8 <= end; ) {
      const size = view.getUint32(at);
      if (size < 8 || at + size > end) return;
      const type = String.fromCharCode(...out.subarray(at + 4, at + 8));
      if (CONTAINERS.has(type)) walk(at + 8, at + size);
      // Version 1 of these boxes has two times of 64 bits each, version 0 of 32.
      else if (TIMED.has(type)) out.fill(0, at + 12, at + 12 + (out[at + 8] === 1 ? 16 : 8));
      at += size;
    }
  };
  walk(0, out.length);
  return out;
}
