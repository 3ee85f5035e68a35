/** The sizes a pair can be trained at. One table: the command line, the docs and the nets read it. */

/** How big the nets are and how long they train. */
export interface SwapPreset {
  readonly id: 'draft' | 'standard' | 'fine';
  readonly title: string;
  /** Side of the crop in pixels; a multiple of 32. */
  readonly size: number;
  /** Channels of the encoder, from the first stride-2 convolution on. */
  readonly encoder: readonly number[];
  /** Length of the code. */
  readonly code: number;
  /** Channels of the decoder from its 8x smaller grid up to the crop. */
  readonly decoder: readonly number[];
  /** Channels of the patch discriminator. */
  readonly discriminator: readonly number[];
  /** Pictures of each person in a step. */
  readonly batch: number;
  /** How many of the faces that are put on the other person, of each side in a step, the identity loss looks at. */
  readonly identity: number;
  /** Minutes of training when the user names none. */
  readonly minutes: number;
  readonly learningRate: number;
}

/** All presets, smallest first. */
export const SWAP_PRESETS: readonly SwapPreset[] = [
  {
    id: 'draft',
    title: '64 px, minutes on two CPU cores: to see whether the material works',
    size: 64,
    encoder: [32, 64, 128, 256],
    code: 256,
    decoder: [160, 96, 64, 32],
    discriminator: [32, 64, 128],
    batch: 8,
    identity: 1,
    minutes: 15,
    learningRate: 5e-4,
  },
  {
    id: 'standard',
    title: '128 px, half an hour on two CPU cores',
    size: 128,
    encoder: [24, 48, 96, 192, 320],
    code: 320,
    decoder: [192, 128, 64, 32, 16],
    discriminator: [24, 48, 96],
    batch: 8,
    identity: 2,
    minutes: 30,
    learningRate: 7e-4,
  },
  {
    id: 'fine',
    title: '192 px, for a GPU or a night',
    size: 192,
    encoder: [32, 64, 128, 256, 384],
    code: 384,
    decoder: [256, 160, 96, 48, 24],
    discriminator: [32, 64, 128],
    batch: 8,
    identity: 2,
    minutes: 480,
    learningRate: 3e-4,
  },
];
