/** A long film from a short one, and its bytes without the label. */
import { readFileSync } from 'node:fs';
import { BT709, createVideoWriter, type Frame, openVideo } from '../src/media/index.js';

/** Writes the frames of a clip forwards and backwards in turn: a long clip of moving faces is quickly made so. */
export async function toAndFro(from: string, to: string, count: number, frameRate: number): Promise<void> {
  const source = await openVideo(from);
  const { width = 0, height = 0 } = source.info.video ?? {};
  const frames: Frame[] = [];
  for await (const frame of source.frames()) frames.push(frame);
  source.close();
  const writer = await createVideoWriter(to, { width, height, color: BT709, frameRate, copyAudioFrom: from });
  const turn = 2 * frames.length - 2;
  for (let i = 0; i < count; i++) {
    const frame = frames[i % turn < frames.length ? i % turn : turn - (i % turn)];
    const timestamp = Math.round((i * 1e6) / frameRate);
    if (frame) await writer.write({ ...frame, timestamp, duration: Math.round(1e6 / frameRate) });
  }
  await writer.finish();
}

/**
 * A film without its label, whose signature is a new one each time: type and bytes of every other box. Titles of one length
 * give labels of one length, and so the same positions behind it.
 */
export function film(path: string): [string, string][] {
  const bytes = readFileSync(path);
  const boxes: [string, string][] = [];
  for (let p = 0; p < bytes.length; ) {
    const size = bytes.readUInt32BE(p);
    const type = bytes.toString('latin1', p + 4, p + 8);
    const length = size === 1 ? Number(bytes.readBigUInt64BE(p + 8)) : size;
    if (type !== 'uuid') boxes.push([type, bytes.toString('base64', p, p + length)]);
    p += length;
  }
  return boxes;
}
