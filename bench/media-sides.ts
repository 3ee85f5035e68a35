/**
 * The three codec packages that could stand behind the media room, doing the same work: decode a clip, and decode and
 * encode it at a bit rate. Two of them are no dependencies of ours; they are taken from the folder given to the bench.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createVideoWriter, openVideo, releaseFrame, type VideoWriterOptions } from '../src/media/index.js';

/** What a side can do. Both give the number of frames. */
export interface Side {
  decode(clip: string): Promise<number>;
  transcode(clip: string, out: string, bitrate: number): Promise<number>;
}

/** Decodes with the media room. */
export async function decodeOurs(clip: string): Promise<number> {
  const video = await openVideo(clip);
  let count = 0;
  for await (const frame of video.frames()) {
    count++;
    releaseFrame(frame);
  }
  video.close();
  return count;
}

/** Decodes and encodes with the media room. */
export async function transcodeOurs(
  clip: string,
  out: string,
  options: Pick<VideoWriterOptions, 'quality' | 'copyAudioFrom'>,
): Promise<number> {
  const source = await openVideo(clip);
  const { video } = source.info;
  if (!video) throw new Error('no video');
  const { width, height, color, frameRate, timeResolution } = video;
  const writer = await createVideoWriter(out, { width, height, color, frameRate, timeResolution, ...options });
  let count = 0;
  for await (const frame of source.frames()) {
    await writer.write(frame);
    releaseFrame(frame);
    count++;
  }
  await writer.finish();
  source.close();
  return count;
}

/** The parts of a foreign copy of mediabunny that are used here. */
interface Bunny {
  Input: new (o: object) => { getPrimaryVideoTrack(): Promise<object>; dispose(): void };
  FilePathSource: new (p: string) => object;
  ALL_FORMATS: object;
  VideoSampleSink: new (t: object) => { samples(): AsyncIterable<Sample> };
  VideoSampleSource: new (o: object) => { add(s: Sample): Promise<void> };
  Output: new (o: object) => { addVideoTrack(s: object): void; start(): Promise<void>; finalize(): Promise<void> };
  Mp4OutputFormat: new (o: object) => object;
  FilePathTarget: new (p: string) => object;
}

interface Sample {
  allocationSize(): number;
  copyTo(to: Uint8Array): Promise<unknown>;
  close(): void;
}

/** Work through mediabunny's own samples, whatever codec package is registered behind it. */
function through(bunny: Bunny): Side {
  const open = async (clip: string) => {
    const input = new bunny.Input({ source: new bunny.FilePathSource(clip), formats: bunny.ALL_FORMATS });
    return { input, sink: new bunny.VideoSampleSink(await input.getPrimaryVideoTrack()) };
  };
  return {
    async decode(clip) {
      const { input, sink } = await open(clip);
      let count = 0;
      let pixels = new Uint8Array(0);
      for await (const sample of sink.samples()) {
        if (pixels.length !== sample.allocationSize()) pixels = new Uint8Array(sample.allocationSize());
        await sample.copyTo(pixels);
        sample.close();
        count++;
      }
      input.dispose();
      return count;
    },
    async transcode(clip, out, bitrate) {
      const { input, sink } = await open(clip);
      const format = new bunny.Mp4OutputFormat({ fastStart: false });
      const output = new bunny.Output({ format, target: new bunny.FilePathTarget(out) });
      const source = new bunny.VideoSampleSource({ codec: 'avc', bitrate, keyFrameInterval: 2 });
      output.addVideoTrack(source);
      await output.start();
      let count = 0;
      for await (const sample of sink.samples()) {
        await source.add(sample);
        sample.close();
        count++;
      }
      await output.finalize();
      input.dispose();
      return count;
    },
  };
}

/**
 * One of the sides.
 *
 * @param folder where the other packages are installed (its `node_modules`)
 */
export async function side(name: string, folder: string): Promise<Side> {
  if (name === 'node-av') {
    const transcode = (clip: string, out: string, bitrate: number) =>
      transcodeOurs(clip, out, { quality: { bitrate } });
    return { decode: decodeOurs, transcode };
  }
  const require = createRequire(join(folder, 'package.json'));
  const load = async (id: string): Promise<Record<string, unknown>> =>
    (await import(pathToFileURL(require.resolve(id)).href)) as Record<string, unknown>;
  if (name === '@mediabunny/server') {
    // Node 20 lacks what this package cannot do without.
    const promise = Promise as unknown as Record<string, unknown>;
    promise['withResolvers'] ??= () => {
      let resolve: unknown;
      let reject: unknown;
      const made = new Promise((a, b) => {
        resolve = a;
        reject = b;
      });
      return { promise: made, resolve, reject };
    };
    const server = await load('@mediabunny/server');
    const register = (server['registerMediabunnyServer'] ??
      (server['default'] as Record<string, unknown>)['registerMediabunnyServer']) as () => void;
    register();
  } else {
    const codecs = await load('@napi-rs/webcodecs');
    const all = { ...(codecs['default'] as Record<string, unknown>), ...codecs };
    const world = globalThis as unknown as Record<string, unknown>;
    for (const key of Object.keys(all)) if (/^[A-Z]/.test(key)) world[key] ??= all[key];
  }
  const bunny = await load('mediabunny');
  return through({ ...(bunny['default'] as object | undefined), ...bunny } as unknown as Bunny);
}
