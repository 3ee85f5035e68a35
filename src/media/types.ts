/** The shapes that files become inside Likeness. Types only. */

/** Matrix coefficients of a YCbCr picture (ITU-T H.273), or `rgb`. */
export type ColorMatrix = 'bt601' | 'bt709' | 'bt2020' | 'rgb';

/** How the numbers of a frame mean colour. */
export interface ColorInfo {
  readonly matrix: ColorMatrix;
  readonly range: 'limited' | 'full';
  /** H.273 names, kept for the way out: `bt709`, `smpte170m`, `bt2020`, ... */
  readonly primaries: string;
  /** H.273 names: `bt709`, `iec61966-2-1`, `pq`, `hlg`, ... */
  readonly transfer: string;
}

/**
 * One picture in time, upright (rotation flags are already applied).
 *
 * `i420`: `pixels` holds the Y plane (`width * height`), then U and V, each `ceil(width/2) * ceil(height/2)`, without row
 * padding, 8 bits. `rgba`: interleaved, not premultiplied, 8 bits.
 */
export interface Frame {
  /** Presentation time in microseconds, as the container has it. */
  readonly timestamp: number;
  /** In microseconds. */
  readonly duration: number;
  readonly width: number;
  readonly height: number;
  readonly format: 'i420' | 'rgba';
  readonly pixels: Uint8Array;
  readonly color: ColorInfo;
}

/** What a file holds, as found by `probe`. Durations and times in seconds. */
export interface MediaInfo {
  readonly path: string;
  /** `mp4`, `mov`, `webm`, `mkv`, `jpeg`, `png`, `webp`, ... by content, never by name. */
  readonly container: string;
  readonly bytes: number;
  readonly kind: 'video' | 'picture' | 'audio';
  readonly duration: number;
  readonly video: VideoInfo | null;
  readonly audio: readonly AudioInfo[];
}

/** The picture track of a file. */
export interface VideoInfo {
  readonly codec: string;
  /** Upright size in pixels, after rotation and pixel aspect. */
  readonly width: number;
  readonly height: number;
  /** Clockwise degrees that the container asks for; frames come with it applied. */
  readonly rotation: 0 | 90 | 180 | 270;
  /** Mean frames per second, and whether all frames last equally long. */
  readonly frameRate: number;
  readonly variableFrameRate: boolean;
  /** Exact where the container says it, else an estimate. */
  readonly frameCount: number;
  /** Ticks per second of the track's clock: all its times are whole numbers of these. */
  readonly timeResolution: number;
  /** Bits of a sample in the file; frames always come with 8. */
  readonly bitDepth: number;
  readonly alpha: boolean;
  readonly color: ColorInfo;
}

/** One sound track of a file. */
export interface AudioInfo {
  readonly codec: string;
  readonly sampleRate: number;
  readonly channels: number;
  readonly language: string;
}
