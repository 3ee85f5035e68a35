/** The trained engine: runs an exported pair, encoder and the source person's decoder, on the target's crops. */
import { LikenessError } from '../../../base/index.js';
import { openModelFile } from '../../../models/index.js';
import { DRIVE_LENGTH } from '../drive.js';
import { defineSwapEngine } from '../engine.js';
import { openFaceSet } from '../face-set.js';
import { RealDetail } from '../real-detail.js';
import type { FaceCrop, SwappedFace, SwapSession } from '../types.js';
import { meshSession } from './mesh.js';

/** Shared encoder, a decoder and mask per person; see `net.ts` and `train.ts`. */
export const ganEngine = defineSwapEngine({
  id: 'gan',
  title: 'Trained pair (encoder, decoder and mask)',
  needsTraining: true,
  async prepare({ model, sourceFaces, read }): Promise<SwapSession> {
    if (model === null)
      throw new LikenessError('swap.untrained', 'The gan engine needs a trained pair and none was given.', {
        hint: 'Run "likeness train" first, or use --engine mesh for an instant preview.',
      });
    // Two sessions of one thread each: two frames are in work at once, which is faster than two threads on one.
    const session = await openModelFile(model, { instances: 2, read });
    const face = session.info.inputs.find((i) => i.name === 'face');
    const size = Number(face?.dims[2] ?? 0);
    if (face === undefined || !(size >= 32)) {
      await session.close();
      throw new LikenessError('swap.foreign-model', `${model} is not a pair that Likeness exported.`, {
        hint: 'Models in the DFM layout are brought in with "likeness train --import-dfm".',
      });
    }
    const faces = await openFaceSet(sourceFaces, read).catch(async (cause: unknown) => {
      await session.close();
      throw cause;
    });
    const shape = Float32Array.from(faces.index.neutral);
    // Pictures of another size than the pair's (a face set of the mesh engine) have no detail that would fit.
    const real = meshSession(faces);
    const detail = real.size === size ? new RealDetail(size) : null;
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
      const made = { size, image, mask };
      const [pictured] = detail === null ? [] : await real.render([crop]);
      if (pictured) detail?.put(made, pictured, crop);
      return made;
    };
    return { size, shape, render: (crops) => Promise.all(crops.map(one)), close: async () => session.close() };
  },
});
