/** Files in and out: the only room that knows codecs and containers. */
export { bendsOf } from './bend.js';
export { i420Size, reclaimFrame, releaseFrame, takeBuffer } from './buffers.js';
export { BT709, SRGB, type YuvConstants, yuvConstants } from './color.js';
export { cropFrame, lumaOf, rgbaFrame, rgbaToI420, toRgba } from './convert.js';
export type { Quality } from './encoder.js';
export { type JoinOptions, joinVideos, type MemoryPart } from './join.js';
export { refuseSameFile } from './part-file.js';
export {
  embeddedPicture,
  encodePicture,
  encodePictureFor,
  type PictureFormat,
  readPicture,
  writePicture,
} from './picture.js';
export { probe } from './probe.js';
export { type RecodeOptions, recodePicture, recodeSound, wavOf } from './recode.js';
export { type RegionOptions, type RgbValues, writeRgbRegion } from './region.js';
export { type ReducedFrame, reduceFrame, type SampleOptions, sampleAffine } from './sample.js';
export type { Affine } from './sample-view.js';
export { readSound } from './sound.js';
export type { SoundChange } from './sound-change.js';
export { checkSound } from './sound-copy.js';
export { encodeThumbnail, smallerFrame } from './thumbnail.js';
export type { AudioInfo, ColorInfo, ColorMatrix, Frame, MediaInfo, VideoInfo } from './types.js';
export { type FrameRange, openVideo, type VideoSource } from './video-source.js';
export {
  createVideoPart,
  createVideoWriter,
  type VideoPart,
  type VideoWriter,
  type VideoWriterOptions,
} from './video-writer.js';
