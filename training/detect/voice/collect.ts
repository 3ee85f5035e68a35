/**
 * Step 1 of the voice net: reads every speech file once, as 16 kHz mono numbers.
 *
 *   node scripts/run.mjs training/detect/voice/collect.ts ../shared/data .cache/voice .cache/voice-extra
 *
 * Writes `clips.f32` (all samples, one clip after the other) and `clips.json` (where each lies and what it is). The third
 * folder holds unpacked Debian packages with recorded speech, one folder a package (`extra.sh` fetches them); what is not
 * there is left out.
 */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Decoder, Demuxer, FilterAPI } from 'node-av/api';
import { Random } from '../../../src/base/index.js';
import { readSound } from '../../../src/media/index.js';

const [, , data = '../shared/data', out = '.cache/voice', extra = '.cache/voice-extra'] = process.argv;
const RATE = 16_000;

/** One clip: what it is and where its samples lie. */
interface Clip {
  readonly id: string;
  /** Where the recording comes from. */
  readonly source: string;
  readonly class: 'real' | 'fake';
  /** Vocoder, `-` for real ones. */
  readonly generator: string;
  /** Clips of one group share words or speaker and are never split. */
  readonly group: string;
  readonly offset: number;
  readonly length: number;
}

const clips: Clip[] = [];
const parts: Buffer[] = [];
let offset = 0;

function add(about: Omit<Clip, 'offset' | 'length'>, samples: Float32Array, atMost = 7): void {
  const cut = samples.subarray(0, atMost * RATE);
  clips.push({ ...about, offset, length: cut.length });
  parts.push(Buffer.from(cut.slice().buffer));
  offset += cut.length;
}

/** Asterisk's prompts are bare G.722, which the media room does not open. */
async function readG722(path: string): Promise<Float32Array> {
  const input = await Demuxer.open(path, { format: 'g722' });
  const stream = input.audio();
  if (!stream) throw new Error(`${path} has no sound`);
  const decoder = await Decoder.create(stream);
  const filter = FilterAPI.create(`aformat=sample_fmts=flt:sample_rates=${RATE}:channel_layouts=mono`);
  const all: number[] = [];
  for await (const frame of filter.frames(decoder.frames(input.packets(stream.index)))) {
    const bytes = frame?.data?.[0]?.subarray(0, 4 * frame.nbSamples);
    if (bytes) all.push(...new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)));
    frame?.free();
  }
  filter.close();
  decoder.close();
  await input.close();
  return Float32Array.from(all);
}

const read = async (path: string): Promise<Float32Array> =>
  path.endsWith('.g722') ? readG722(path) : ((await readSound(path, RATE)) ?? new Float32Array());

const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

/** Vocoder and sentence of a fake, from the names that the three sets give their files. */
function nameParts(set: string, name: string): { generator: string; group: string } {
  const stem = name.replace(/\.flac$/, '').replace(/^samples_|^wav_for_/, '');
  if (set === 'bigvgan') {
    const at = stem.lastIndexOf('_');
    return { generator: stem.slice(0, at), group: stem.slice(at + 1) };
  }
  if (set === 'hifigan') {
    const [, kind = '', model = '', n = ''] = /^(ss|ms|e2e|as2)_(.+?)_(?:ss|ms|e2e|as)_.*_(\d+)$/.exec(stem) ?? [];
    return { generator: model, group: `${kind === 'e2e' ? 'ss' : kind}-${n}` };
  }
  const [, demo = '', model = '', what = ''] =
    /^(demo|mos)_(?:eng|kor)_(gt|melgan_orig|melgan_ours|waveglow|wavenet|wavernn)_(.+)$/.exec(stem) ?? [];
  return { generator: model, group: `${demo}-${what}` };
}

for (const set of ['unimelgan', 'hifigan', 'bigvgan'])
  for (const kind of ['real', 'fake'] as const)
    for (const name of list(join(data, 'speech', set, kind))) {
      const { generator, group } = nameParts(set, name);
      const about = { id: `${set}/${kind}/${name}`, source: set, class: kind, group: `${set}-${group}` };
      add(
        { ...about, generator: kind === 'real' ? '-' : generator },
        await read(join(data, 'speech', set, kind, name)),
      );
    }
const real = { class: 'real', generator: '-' } as const;
// Every second of the acted ones: they are one source of many.
for (const name of list(join(data, 'speech/ravdess/real')).filter((_, i) => i % 2 === 0)) {
  const group = `ravdess-${name.slice(-7, -5)}`;
  add(
    { ...real, id: `ravdess/${name}`, source: 'ravdess', group },
    await read(join(data, 'speech/ravdess/real', name)),
  );
}
for (const name of list(join(data, 'clips')))
  if (/^(speech_|grid_)/.test(name)) {
    const source = name.startsWith('grid') ? 'grid' : name.includes('jfk') ? 'jfk' : 'ljspeech';
    add({ ...real, id: `clips/${name}`, source, group: name }, await read(join(data, 'clips', name)), 12);
  }

// More speakers and microphones. The size of a file tells roughly how long it is, so that few are opened in vain; words
// of one language are joined, since a piece needs two seconds.
const random = new Random(20);
const pick = (paths: string[], count: number, least: number): string[] =>
  paths
    .filter((path) => /\.(g722|ogg|opus|wav)$/.test(path) && statSync(path).size >= least)
    .map((path) => ({ path, key: random.float() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, count)
    .map(({ path }) => path);
const below = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .map((name) => join(folder, String(name)))
        .sort()
    : [];

for (const pack of list(extra).filter((n) => /^(asterisk|fillets)-/.test(n))) {
  const source = pack.replace(/-core-sounds|-ng-data|-g722/g, '');
  const [count, least] = pack.startsWith('asterisk') ? [90, 22_000] : [80, 34_000];
  for (const path of pick(below(join(extra, pack, 'usr/share')), count, least))
    add({ ...real, id: `${source}/${basename(path)}`, source, group: source }, await read(path));
}
const words = join(extra, 'ktuberling-data/usr/share/ktuberling/sounds');
for (const language of list(words).filter((name) => statSync(join(words, name)).isDirectory())) {
  const joined: number[] = [];
  for (const path of pick(below(join(words, language)), 6, 6000))
    joined.push(...(await read(path).catch(() => new Float32Array())));
  const source = `words-${language}`;
  if (joined.length > 2.2 * RATE) add({ ...real, id: source, source, group: source }, Float32Array.from(joined));
}
// Letters and syllables in two dozen languages, mostly a volunteer and a microphone each; as many joined as last three seconds.
const letters = join(extra, 'klettres-data/usr/share/klettres');
for (const language of list(letters).filter((name) => /^[a-z]{2,3}(_[A-Z]{2})?$/.test(name))) {
  const source = `letters-${language}`;
  let joined: number[] = [];
  let count = 0;
  for (const path of pick(below(join(letters, language)), 40, 3000)) {
    if (count === 5) break;
    joined.push(...(await read(path).catch(() => new Float32Array())).subarray(0, 2 * RATE));
    if (joined.length < 3 * RATE) continue;
    add({ ...real, id: `${source}-${count++}`, source, group: source }, Float32Array.from(joined));
    joined = [];
  }
}
// Descriptions of stamps in eight languages, a speaker or two each; two of them joined.
const stamps = below(join(extra, 'tuxpaint-stamps-default/usr/share/tuxpaint/stamps'));
for (const language of ['be', 'bg', 'da', 'el', 'es', 'fr', 'ro', 'ru']) {
  const own = pick(
    stamps.filter((path) => path.endsWith(`_desc_${language}.ogg`)),
    80,
    9000,
  );
  const source = `stamps-${language}`;
  for (let i = 0; i + 1 < own.length; i += 2) {
    const both: number[] = [];
    for (const path of own.slice(i, i + 2)) {
      const one = await read(path).catch(() => new Float32Array());
      both.push(...one.subarray(0, 4 * RATE));
    }
    if (both.length > 2.2 * RATE)
      add({ ...real, id: `${source}-${i}`, source, group: source }, Float32Array.from(both));
  }
}

mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'clips.f32'), Buffer.concat(parts));
writeFileSync(join(out, 'clips.json'), JSON.stringify(clips));
const count = new Map<string, number>();
for (const { source, class: kind } of clips) count.set(`${source} ${kind}`, (count.get(`${source} ${kind}`) ?? 0) + 1);
process.stderr.write(`${clips.length} clips, ${(offset / RATE / 60).toFixed(1)} minutes\n`);
for (const [key, n] of count) process.stderr.write(`  ${key} ${n}\n`);
