/**
 * What a file tells of its own history: container, encoder, quantisation tables, earlier compression, metadata, thumbnail
 * and settings of generators. Context for a person to judge; it never moves the verdict. See docs/detect-history.md.
 */
import { embeddedPicture, type Frame } from '../../media/index.js';
import { defineDetector, silentBecause } from '../detector.js';
import type { Examination, Finding, Material } from '../types.js';
import { type OpenFile, openFile, shown } from './history/bytes.js';
import { earlierJpeg } from './history/double-jpeg.js';
import { type Exif, readExif } from './history/exif.js';
import { generatorTraces } from './history/generators.js';
import { type JpegCoding, readJpeg } from './history/jpeg.js';
import { readMp4 } from './history/mp4.js';
import { readPng } from './history/png.js';
import { readRiff } from './history/riff.js';
import { readSoundTags } from './history/sound-tags.js';
import { thumbnailFit } from './history/thumbnail.js';
import type { FileNotes, Note, Trace } from './history/types.js';
import { readWebm } from './history/webm.js';
import { readXmp } from './history/xmp.js';

/** IPTC source types that say a net made it, wholly or in part. */
const MADE = new Set(['trainedAlgorithmicMedia', 'compositeWithTrainedAlgorithmicMedia', 'algorithmicMedia']);
/** Notes shown at most, besides those with a trace of their own. */
const MOST_NOTES = 12;

type Reader = (file: OpenFile) => FileNotes & { readonly coding?: JpegCoding };

const nothing: Reader = () => ({ traces: [], notes: [], exif: null, xmp: [] });

/** The parser for a file, by its first bytes. */
function readerOf(head: Buffer): Reader {
  const text = head.toString('latin1');
  if (head[0] === 0xff && head[1] === 0xd8) return readJpeg;
  if (text.startsWith('\x89PNG')) return readPng;
  if (text.startsWith('RIFF')) return readRiff;
  if (text.startsWith('\x1aE\xdf\xa3')) return readWebm;
  if (['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip'].includes(text.slice(4, 8))) return readMp4;
  if (/^(ID3|OggS|fLaC)/.test(text) || (head[0] === 0xff && ((head[1] ?? 0) & 0xe0) === 0xe0)) return readSoundTags;
  return nothing;
}

function exifTraces(exif: Exif): Trace[] {
  const camera = shown([exif.make, exif.model].filter((v) => v !== '').join(' '), 80);
  const facts = {
    ...(camera ? { camera } : {}),
    ...(exif.software ? { program: shown(exif.software, 80) } : {}),
    ...(exif.taken ? { taken: shown(exif.taken, 30) } : {}),
    ...(exif.changed ? { changed: shown(exif.changed, 30) } : {}),
  };
  const by = camera
    ? `Exif names the camera "${camera}"${exif.exposure ? ' and its exposure' : ''}.`
    : 'Exif names no camera.';
  const program = exif.software ? [` Exif names the program "${shown(exif.software, 80)}".`] : [];
  const later =
    exif.taken && exif.changed && exif.taken !== exif.changed
      ? [{ claim: `Exif says taken ${shown(exif.taken, 30)}, changed ${shown(exif.changed, 30)}.`, facts: {} }]
      : [];
  return [{ claim: [by, ...program].join(''), facts, limits: ['Exif can be written by anybody.'] }, ...later];
}

const exifNotes = (exif: Exif): Note[] =>
  [
    { where: 'Exif comment', text: exif.comment },
    { where: 'Exif description', text: exif.description },
    { where: 'Exif program', text: exif.software },
  ].filter((n) => n.text !== '');

function xmpTraces(packet: string): Trace[] {
  const { programs, sourceType, steps } = readXmp(packet);
  const traces: Trace[] = [];
  if (programs.length > 0)
    traces.push({
      claim: `XMP names ${programs.length === 1 ? 'the program' : 'the programs'} ${programs.map((p) => `"${shown(p, 60)}"`).join(', ')}${steps > 0 ? `, steps of editing: ${steps}` : ''}.`,
      facts: { 'programs in XMP': shown(programs.join(', ')) },
    });
  if (sourceType !== '')
    traces.push({
      claim: `XMP gives the IPTC source type "${shown(sourceType, 60)}"${MADE.has(sourceType) ? ', by which the file says itself that a net or program made it, at least in part' : ''}.`,
      facts: { 'IPTC source type': shown(sourceType, 60) },
      limits: ['Metadata is not signed; provenance judges signed statements.'],
    });
  return traces;
}

async function thumbnailTraces(exif: Exif, frame: Frame | undefined): Promise<Trace[]> {
  // Turned pictures come upright, their thumbnails do not.
  if (exif.thumbnail === null || frame === undefined || exif.orientation > 1) return [];
  const small = await embeddedPicture(exif.thumbnail);
  if (small === null) return [{ claim: 'Exif holds a thumbnail that cannot be decoded.', facts: {} }];
  const { correlation, differs } = thumbnailFit(frame, small);
  return [
    {
      claim: differs
        ? `The thumbnail in Exif shows something else than the picture (r ${correlation.toFixed(2)}): the picture was changed after the thumbnail was made, or cropped.`
        : `The thumbnail in Exif shows the picture (r ${correlation.toFixed(2)}).`,
      facts: { 'thumbnail against picture': correlation.toFixed(2), thumbnail: `${small.width}x${small.height}` },
    },
  ];
}

/** Whether an earlier JPEG shows; only the picture as it lies in the file tells. */
function earlierTraces(coding: JpegCoding, frame: Frame | undefined): Trace[] {
  const luma = coding.tables.get(0);
  if (!luma || frame === undefined || frame.width !== coding.width || frame.height !== coding.height) return [];
  const earlier = earlierJpeg(frame, luma);
  if (earlier === null) return [];
  return [
    {
      claim: `The picture was saved as JPEG before, at about quality ${earlier.quality} of the standard tables, on the same grid.`,
      facts: { 'earlier quality': earlier.quality, 'gain per coefficient': earlier.gain.toFixed(3) },
      limits: ['A first saving that was finer than the last leaves no trace; so does resizing in between.'],
    },
  ];
}

const findingOf = ({ claim, facts, limits = [] }: Trace): Finding => ({
  claim,
  score: null,
  person: null,
  limits,
  facts,
});

async function examine(material: Material): Promise<Examination> {
  const file = openFile(material.path);
  try {
    const { traces, notes, exif: block, xmp, coding } = readerOf(file.read(0, 16))(file);
    const exif = block === null ? null : readExif(block);
    const frame = material.copy === 'original' ? material.stills[0]?.frame : undefined;
    const all = [...notes, ...(exif ? exifNotes(exif) : [])];
    const generators = generatorTraces(all);
    const told = new Set(generators.flatMap((t) => Object.keys(t.facts)));
    const plain = notes.filter((n) => !told.has(n.where) && n.text.trim() !== '').slice(0, MOST_NOTES);
    const named: Trace[] =
      plain.length === 0
        ? []
        : [
            {
              claim: `The file's own texts: ${plain.map((n) => `${n.where} "${shown(n.text, 60)}"`).join('; ')}.`,
              facts: Object.fromEntries(plain.map((n) => [n.where, shown(n.text)])),
            },
          ];
    const picture = material.medium === 'picture' ? frame : undefined;
    const found = [
      ...generators,
      ...xmp.slice(0, 4).flatMap(xmpTraces),
      ...traces,
      ...(coding && (exif?.orientation ?? 1) === 1 ? earlierTraces(coding, picture) : []),
      ...(exif ? exifTraces(exif) : []),
      ...(exif ? await thumbnailTraces(exif, picture) : []),
      ...named,
    ];
    return found.length === 0
      ? silentBecause('The file holds no traces of its history that are read.')
      : { findings: found.map(findingOf), silent: null };
  } finally {
    file.close();
  }
}

/** Detector 8 of the room. */
export const history = defineDetector({
  id: 'history',
  title: 'File history',
  asks: 'Which programs wrote the file, and what did they leave in it?',
  media: ['picture', 'video', 'sound'],
  role: 'context',
  speaksFor: null,
  models: [],
  limits: [
    'Everything here can be written by anybody and is lost when a platform encodes the file anew.',
    'Real pictures are edited and saved twice every day; made ones can carry the tables of a camera.',
    'It is shown for a person to judge and never moves the verdict.',
  ],
  copies: false,
  examine,
});
