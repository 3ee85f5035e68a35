/** The smallest MP4 that has everything a label must respect: a brand, an index with absolute positions, data. */
import { Random } from '../src/base/index.js';

function box(type: string, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length, 0);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

/** Bytes of a film whose data is noise; its one chunk begins with the data. */
export function filmBytes(options: {
  bytes: number;
  seed: number;
  kind?: 'stco' | 'co64';
  indexFirst?: boolean;
}): Buffer {
  const { bytes, seed, kind = 'stco', indexFirst = true } = options;
  const random = new Random(seed);
  const data = Buffer.alloc(bytes);
  for (let i = 0; i + 4 <= bytes; i += 4) data.writeUInt32LE(random.uint32(), i);
  const brand = box('ftyp', Buffer.from('isom\0\0\x02\0isommp41', 'latin1'));
  const index = (offset: number): Buffer => {
    const table = Buffer.alloc(kind === 'stco' ? 12 : 16);
    table.writeUInt32BE(1, 4);
    if (kind === 'stco') table.writeUInt32BE(offset, 8);
    else table.writeBigUInt64BE(BigInt(offset), 8);
    return box(
      'moov',
      box('mvhd', Buffer.alloc(100)),
      box('trak', box('mdia', box('minf', box('stbl', box(kind, table))))),
    );
  };
  const start = brand.length + (indexFirst ? index(0).length : 0) + 8;
  const parts = indexFirst ? [index(start), box('mdat', data)] : [box('mdat', data), index(start)];
  return Buffer.concat([brand, ...parts]);
}
