/** The trained engine: runs an exported pair, encoder and the source person's decoder, on the target's crops. */
import { LikenessError } from '../../../base/index.js';
import { openModelFile } from '../../../models/index.js';
import { DRIVE_LENGTH } from '../drive.js';
import { defineSwapEngine } from '../engine.js';
import type { FaceCrop, SwappedFace, SwapSession } from '../types.js';

/** Shared encoder, a decoder and mask per person; see `net.ts` and `train.ts`. */
export const ganEngine = defineSwapEngine({
  id: 'gan',
  title: 'Trained pair (encoder, decoder and mask)',
  needsTraining: true,
  async prepare({ model }): Promise<SwapSession> {
    if (model === null)
      throw new LikenessError('swap.untrained', 'The gan engine needs a trained pair and none was given.', {
        hint: 'Run "likeness train" first, or use --engine mesh for an instant preview.',
      });
    // Two sessions of one thread each: two frames are in work at once, which is faster than two threads on one.
    const session = await openModelFile(model, { instances: 2 });
    const face = session.info.inputs.find((i) => i.name === 'face');
    const size = Number(face?.dims[2] ?? 0);
    if (face === undefined || !(size >= 32)) {
      await session.close();
      throw new LikenessError('swap.foreign-model', `${model} is not a pair that Likeness exported.`, {
        hint: 'Models in the DFM layout are brought in with "likeness train --import-dfm".',
      });
    }
    const plane = size * size;
    const one = async (crop: FaceCrop): Promise<SwappedFace> => {
      const answer = await session.run({
        face: { dtype: 'float32', dims: [1, 3, size, size], data: crop.image.slice() },
        drive: { dtype: 'float32', dims: [1, DRIVE_LENGTH], data: crop.drive.slice() },
      });
      const image = answer['image']?.data;
      const mask = answer['mask']?.data;
      if (!(image instanceof Float32Array) || !(mask instanceof Float32Array) || image.length !== 3 * plane)
        throw new LikenessError('swap.foreign-model', `${model} gave an answer of the wrong shape.`, {
          hint: 'Train the pair again.',
        });
      return { size, image, mask };
    };
    return { size, render: (crops) => Promise.all(crops.map(one)), close: async () => session.close() };
  },
});
