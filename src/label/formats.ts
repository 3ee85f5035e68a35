/** Which files can carry a label inside, told by their first bytes, never by their name. */
import { closeSync, openSync, readSync } from 'node:fs';
import { fileError, type Veil } from '../base/index.js';

/** A kind of file, and how its label travels. */
export interface LabelFormat {
  readonly container: string;
  readonly mime: string;
  /** `embedded`, or `sidecar`: in a `.c2pa` file beside it. */
  readonly carries: 'embedded' | 'sidecar';
  /** Built of boxes as in ISO 14496-12. */
  readonly boxes: boolean;
}

const FORMATS = {
  mp4: { container: 'mp4', mime: 'video/mp4', carries: 'embedded', boxes: true },
  mov: { container: 'mov', mime: 'video/quicktime', carries: 'embedded', boxes: true },
  m4a: { container: 'm4a', mime: 'audio/mp4', carries: 'embedded', boxes: true },
  avif: { container: 'avif', mime: 'image/avif', carries: 'embedded', boxes: true },
  png: { container: 'png', mime: 'image/png', carries: 'embedded', boxes: false },
  jpeg: { container: 'jpeg', mime: 'image/jpeg', carries: 'embedded', boxes: false },
  webp: { container: 'webp', mime: 'image/webp', carries: 'embedded', boxes: false },
  gif: { container: 'gif', mime: 'image/gif', carries: 'embedded', boxes: false },
  wav: { container: 'wav', mime: 'audio/wav', carries: 'embedded', boxes: false },
  mp3: { container: 'mp3', mime: 'audio/mpeg', carries: 'embedded', boxes: false },
  flac: { container: 'flac', mime: 'audio/flac', carries: 'embedded', boxes: false },
  webm: { container: 'webm', mime: 'video/webm', carries: 'sidecar', boxes: false },
  mkv: { container: 'mkv', mime: 'video/x-matroska', carries: 'sidecar', boxes: false },
  ogg: { container: 'ogg', mime: 'application/ogg', carries: 'sidecar', boxes: false },
  other: { container: 'other', mime: 'application/octet-stream', carries: 'sidecar', boxes: false },
} as const satisfies Record<string, LabelFormat>;

function sniff(head: Buffer): LabelFormat {
  const text = (from: number, to: number): string => head.toString('latin1', from, to);
  if (text(4, 8) === 'ftyp') {
    const brand = text(8, 12);
    if (brand === 'qt  ') return FORMATS.mov;
    if (brand === 'avif' || brand === 'avis') return FORMATS.avif;
    return brand.startsWith('M4A') ? FORMATS.m4a : FORMATS.mp4;
  }
  // Old QuickTime files begin without a brand.
  if (['moov', 'mdat', 'wide', 'free'].includes(text(4, 8))) return FORMATS.mov;
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return FORMATS.png;
  if (text(0, 3) === '\xff\xd8\xff') return FORMATS.jpeg;
  if (text(0, 4) === 'RIFF')
    return text(8, 12) === 'WEBP' ? FORMATS.webp : text(8, 12) === 'WAVE' ? FORMATS.wav : FORMATS.other;
  if (text(0, 4) === 'GIF8') return FORMATS.gif;
  if (text(0, 4) === 'fLaC') return FORMATS.flac;
  if (text(0, 3) === 'ID3' || (head[0] === 0xff && ((head[1] ?? 0) & 0xe6) === 0xe2)) return FORMATS.mp3;
  if (text(0, 4) === '\x1aE\xdf\xa3') return text(4, 64).includes('webm') ? FORMATS.webm : FORMATS.mkv;
  if (text(0, 4) === 'OggS') return FORMATS.ogg;
  return FORMATS.other;
}

/**
 * The format of a file, by content.
 *
 * @param veil what the file was encrypted with, if it was
 */
export function labelFormat(path: string, veil?: Veil): LabelFormat {
  const head = Buffer.alloc(64);
  try {
    const handle = openSync(path, 'r');
    try {
      readSync(handle, head, 0, head.length, 0);
      // The label of FLAC lies in an ID3 tag before its own first bytes.
      if (head.toString('latin1', 0, 3) === 'ID3') {
        const tag = 10 + head.subarray(6, 10).reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
        const after = Buffer.alloc(4);
        readSync(handle, after, 0, 4, tag);
        if (after.toString('latin1') === 'fLaC') return FORMATS.flac;
      }
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    throw fileError(path, 'looking for its label', cause);
  }
  return sniff(veil ? Buffer.from(veil.apply(head, 0)) : head);
}
