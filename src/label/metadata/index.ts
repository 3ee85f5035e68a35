/** Marks in a file's metadata: IPTC and, for China, GB 45438-2025. */
export { embedXmp, pngWithXmp } from './embed.js';
export { type AigcLabel, aigcLabel, type MetadataMarks, wantsAigcLabel, xmpPacket } from './xmp.js';
