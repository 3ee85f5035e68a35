/** Segments of a JPEG file (ITU-T T.81): tables, kind, sampling, comments, Exif and XMP. Picture data is not decoded. */
import { type OpenFile, shown, textOf } from './bytes.js';
import { nearestQuality } from './jpeg-tables.js';
import type { FileNotes, Note } from './types.js';

const MOST_SEGMENTS = 2000;
const XMP_NAME = 'http://ns.adobe.com/xap/1.0/\0';
const KINDS: Readonly<Record<number, string>> = { 192: 'baseline', 193: 'extended', 194: 'progressive' };

/** What a JPEG file says of its own coding. */
export interface JpegCoding {
  /** `baseline`, `progressive`, ... */
  readonly kind: string;
  /** `4:2:0`, `4:4:4`, ..., or `grey`. */
  readonly sampling: string;
  readonly width: number;
  readonly height: number;
  /** Quantisation tables by number, 64 values each, row by row. */
  readonly tables: ReadonlyMap<number, readonly number[]>;
}

/** Order in which the 64 values of a block are stored. */
const ZIGZAG = Array.from({ length: 64 }, (_, i) => i).sort((a, b) => {
  const [ra, ca, rb, cb] = [a >> 3, a & 7, b >> 3, b & 7];
  return ra + ca - (rb + cb) || ((ra + ca) % 2 === 0 ? ca - cb : ra - rb);
});

function tablesOf(body: Buffer, into: Map<number, readonly number[]>): void {
  let at = 0;
  while (at < body.length) {
    const info = body[at] as number;
    const wide = info >> 4 !== 0;
    const end = at + 1 + (wide ? 128 : 64);
    if (end > body.length) return;
    const values = new Array<number>(64).fill(0);
    ZIGZAG.forEach((place, i) => {
      values[place] = wide ? body.readUInt16BE(at + 1 + 2 * i) : (body[at + 1 + i] as number);
    });
    into.set(info & 15, values);
    at = end;
  }
}

function samplingOf(frame: Buffer): string {
  const parts = frame[5] ?? 0;
  if (parts === 1) return 'grey';
  const at = (i: number): readonly [number, number] => {
    const v = frame[7 + 3 * i] ?? 0x11;
    return [v >> 4, v & 15];
  };
  const [luma, chroma] = [at(0), at(1)];
  const names: Readonly<Record<string, string>> = {
    '1x1': '4:4:4',
    '2x1': '4:2:2',
    '2x2': '4:2:0',
    '1x2': '4:4:0',
    '4x1': '4:1:1',
  };
  const ratio = `${luma[0] / chroma[0]}x${luma[1] / chroma[1]}`;
  return names[ratio] ?? ratio;
}

/** What the tables say, as one clause. */
function tableClause(coding: JpegCoding): string {
  const luma = coding.tables.get(0);
  if (!luma) return 'without quantisation tables';
  const chroma = coding.tables.get(1);
  const near = nearestQuality(luma, chroma ?? null);
  if (near.exact) return `with the standard tables of quality ${near.quality}`;
  return `with tables of its own, about as fine as quality ${near.quality} of the standard ones`;
}

/** The application blocks by name, in order, each once. */
const APPS: readonly (readonly [starts: string, name: string])[] = [
  ['JFIF', 'JFIF'],
  ['Exif', 'Exif'],
  ['http://ns.adobe.com/xap', 'XMP'],
  ['ICC_PROFILE', 'ICC profile'],
  ['Photoshop 3.0', 'Photoshop resources'],
  ['Adobe', 'Adobe'],
  ['MPF', 'several pictures (MPF)'],
];

/** Reads the segments of a JPEG file. */
export function readJpeg(file: OpenFile): FileNotes & { readonly coding: JpegCoding } {
  const tables = new Map<number, readonly number[]>();
  const notes: Note[] = [];
  const xmp: string[] = [];
  const blocks = new Set<string>();
  let [kind, sampling, width, height] = ['unknown', 'unknown', 0, 0];
  let exif: Buffer | null = null;
  let at = 2;
  for (let i = 0; i < MOST_SEGMENTS; i++) {
    const head = file.read(at, 4);
    if (head.length < 4 || head[0] !== 0xff) break;
    const marker = head[1] as number;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xda || marker === 0xd9) break;
    const length = head.readUInt16BE(2);
    const body = file.read(at + 4, length - 2);
    if (length < 2 || body.length < length - 2) break;
    at += 2 + length;
    if (marker === 0xdb) tablesOf(body, tables);
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker) && body.length >= 9) {
      kind = KINDS[marker] ?? `kind ${marker - 0xc0}`;
      sampling = samplingOf(body);
      [height, width] = [body.readUInt16BE(1), body.readUInt16BE(3)];
    } else if (marker === 0xfe) notes.push({ where: 'JPEG comment', text: textOf(body) });
    else if (marker >= 0xe0 && marker <= 0xef) {
      const name = body.toString('latin1', 0, 40);
      const known = APPS.find(([starts]) => name.startsWith(starts));
      if (known) blocks.add(known[1]);
      if (name.startsWith('Exif\0\0') && exif === null) exif = body.subarray(6);
      if (name.startsWith(XMP_NAME)) xmp.push(textOf(body.subarray(XMP_NAME.length)));
    }
  }
  const coding = { kind, sampling, width, height, tables };
  const trace = {
    claim: `A ${kind} JPEG, ${sampling}, ${tableClause(coding)}.`,
    facts: {
      'JPEG kind': kind,
      sampling,
      tables: tableClause(coding),
      'blocks in front of the picture': shown([...blocks].join(', ')) || 'none',
    },
  };
  return { traces: [trace], notes, exif, xmp, coding };
}
