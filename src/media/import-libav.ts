/**
 * Importing with the built-in codecs: any container and codec that libav knows becomes an MP4 of H.264, almost
 * lossless. Sound that an MP4 can carry is copied, other sound becomes AAC.
 */
import { Decoder, Demuxer, Encoder, Muxer } from 'node-av/api';
import {
  AV_CODEC_ID_AAC,
  AV_CODEC_ID_AC3,
  AV_CODEC_ID_MP3,
  AV_CODEC_ID_OPUS,
  AV_NOPTS_VALUE,
  type AVCodecID,
  AVMEDIA_TYPE_AUDIO,
  FF_ENCODER_AAC,
  FF_ENCODER_LIBX264,
} from 'node-av/constants';
import type { Packet, Stream } from 'node-av/lib';
import './with-resolvers.js';

const CARRIED: ReadonlySet<AVCodecID> = new Set([AV_CODEC_ID_AAC, AV_CODEC_ID_AC3, AV_CODEC_ID_MP3, AV_CODEC_ID_OPUS]);

/** How the packets of one stream go over. */
interface Lane {
  readonly stream: Stream;
  readonly to: number;
  /** `null` where packets are copied. */
  readonly codec: { readonly decoder: Decoder; readonly encoder: Encoder } | null;
}

async function pictureLane(stream: Stream, output: Muxer): Promise<Lane> {
  const decoder = await Decoder.create(stream);
  const options = { preset: 'veryfast', crf: 8 };
  const encoder = await Encoder.create(FF_ENCODER_LIBX264, { decoder, autoFormat: true, options });
  return { stream, to: output.addStream(encoder), codec: { decoder, encoder } };
}

async function soundLane(stream: Stream, output: Muxer): Promise<Lane> {
  if (CARRIED.has(stream.codecpar.codecId)) {
    // Other containers number their codecs in other ways; MP4 finds its own number.
    stream.codecpar.codecTag = 0;
    return { stream, to: output.addStream(stream), codec: null };
  }
  const decoder = await Decoder.create(stream);
  const encoder = await Encoder.create(FF_ENCODER_AAC, { decoder, bitrate: 256_000, autoResample: true });
  return { stream, to: output.addStream(encoder), codec: { decoder, encoder } };
}

/** Takes one packet (`null` at the end) over into the output. */
async function carry(lane: Lane, packet: Packet | null, output: Muxer): Promise<void> {
  if (!lane.codec) {
    if (packet) await output.writePacket(packet, lane.to);
    return;
  }
  const { decoder, encoder } = lane.codec;
  const write = async (packets: readonly Packet[]): Promise<void> => {
    for (const made of packets) {
      await output.writePacket(made, lane.to);
      made.free();
    }
  };
  for (const frame of await decoder.decodeAll(packet)) {
    await write(await encoder.encodeAll(frame));
    frame.free();
  }
  if (!packet) await write(await encoder.encodeAll(null));
}

const seconds = (ticks: bigint, stream: Stream): number => (Number(ticks) * stream.timeBase.num) / stream.timeBase.den;

/** The earliest time of all streams in seconds: broadcast files begin anywhere, an MP4 shall begin at zero. */
function firstTime(lanes: Iterable<Lane>): number {
  const starts = [...lanes].filter((l) => l.stream.startTime !== AV_NOPTS_VALUE);
  return Math.min(...starts.map((l) => seconds(l.stream.startTime, l.stream)), Number.POSITIVE_INFINITY);
}

function shift(packet: Packet, stream: Stream, by: number): void {
  const ticks = BigInt(Math.round((by * stream.timeBase.den) / stream.timeBase.num));
  if (packet.pts !== AV_NOPTS_VALUE) packet.pts -= ticks;
  if (packet.dts !== AV_NOPTS_VALUE) packet.dts -= ticks;
}

/**
 * Writes the first picture track and all sound tracks of a file as MP4.
 *
 * @param format libav's name of the container: naming it keeps a file from posing as a playlist that opens others
 * @param target receives the MP4; half-written after an error
 */
export async function importWithLibav(path: string, format: string, target: string): Promise<void> {
  const input = await Demuxer.open(path, { format, options: { protocol_whitelist: 'file' } });
  const lanes = new Map<number, Lane>();
  try {
    const output = await Muxer.open(target, { format: 'mp4' });
    try {
      const video = input.video();
      if (video) lanes.set(video.index, await pictureLane(video, output));
      for (const stream of input.streams)
        if (stream.codecpar.codecType === AVMEDIA_TYPE_AUDIO) lanes.set(stream.index, await soundLane(stream, output));
      const start = firstTime(lanes.values());
      let packets = 0;
      for await (const packet of input.packets()) {
        if (!packet) break;
        packets++;
        const lane = lanes.get(packet.streamIndex);
        if (lane && Number.isFinite(start)) shift(packet, lane.stream, start);
        if (lane) await carry(lane, packet, output);
        packet.free();
      }
      if (packets === 0) throw new Error('it holds no packets');
      for (const lane of lanes.values()) await carry(lane, null, output);
    } finally {
      await output.close();
    }
  } finally {
    for (const lane of lanes.values()) {
      lane.codec?.decoder.close();
      lane.codec?.encoder.close();
    }
    await input.close();
  }
}
