/** The invisible watermark: 64 bits in the brightness of pictures and video, and the hash that confirms what it leads to. */
export {
  type DetectOptions,
  detectWatermark,
  type WatermarkFinding,
  WatermarkPool,
  type WatermarkTransform,
} from './detect.js';
export { clipLayout, embedWatermark, WatermarkEmbedder } from './embed.js';
export {
  comparePerceptual,
  hashText,
  type PerceptualHash,
  type PerceptualMatch,
  parseHash,
  perceptualHash,
} from './hash.js';
export { type Layout as WatermarkLayout, PAYLOAD_BYTES } from './pattern.js';
