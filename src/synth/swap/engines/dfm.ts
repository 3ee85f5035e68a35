/** Runs a pair in the DFM layout, trained here or by another program. */
import { LikenessError } from '../../../base/index.js';
import { openModelFile } from '../../../models/index.js';
import { placeWholeFace } from '../dfm.js';
import { defineSwapEngine } from '../engine.js';
import type { FaceCrop, SwappedFace, SwapSession } from '../types.js';

/** Channels-last to planar with the colour order turned, and back. */
function turn(from: Float32Array, size: number, toPlanar: boolean): Float32Array {
  const plane = size * size;
  const out = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++)
    for (let c = 0; c < 3; c++)
      if (toPlanar) out[c * plane + i] = Math.max(0, Math.min(1, from[i * 3 + 2 - c] as number));
      else out[i * 3 + 2 - c] = from[c * plane + i] as number;
  return out;
}

/** The `dfm` engine: `in_face:0` in; mask, face and its mask out. */
export const dfmEngine = defineSwapEngine({
  id: 'dfm',
  title: 'A pair in the DFM layout',
  needsTraining: true,
  async prepare({ model, read }): Promise<SwapSession> {
    if (model === null)
      throw new LikenessError('swap.untrained', 'The dfm engine needs a .dfm file and none was given.', {
        hint: 'Give --model <file.dfm>.',
      });
    const session = await openModelFile(model, { instances: 2, read });
    const face = session.info.inputs.find((i) => i.name === 'in_face:0');
    const size = Number(face?.dims[1] ?? 0);
    const names = session.info.outputs.map((o) => o.name);
    const missing = ['out_face_mask:0', 'out_celeb_face:0', 'out_celeb_face_mask:0'].filter((n) => !names.includes(n));
    if (face === undefined || !(size >= 64) || Number(face.dims[3]) !== 3 || missing.length > 0) {
      await session.close();
      throw new LikenessError(
        'swap.foreign-model',
        `${model} is not in the DFM layout${missing.length > 0 ? ` (no ${missing.join(', ')})` : ''}.`,
        {
          hint: 'Export it again as DFM from the program that trained it.',
        },
      );
    }
    const one = async (crop: FaceCrop): Promise<SwappedFace> => {
      const feeds: Record<string, { dtype: 'float32'; dims: number[]; data: Float32Array }> = {
        'in_face:0': { dtype: 'float32', dims: [1, size, size, 3], data: turn(crop.image, size, false) },
      };
      if (session.info.inputs.some((i) => i.name === 'morph_value:0'))
        feeds['morph_value:0'] = { dtype: 'float32', dims: [1], data: Float32Array.of(1) };
      const answer = await session.run(feeds);
      const read = (name: string): Float32Array => {
        const data = answer[name]?.data;
        if (!(data instanceof Float32Array)) throw new LikenessError('swap.foreign-model', `${model} gave no ${name}.`);
        return data;
      };
      const own = read('out_celeb_face_mask:0');
      const theirs = read('out_face_mask:0');
      return {
        size,
        image: turn(read('out_celeb_face:0'), size, true),
        mask: own.map((v, i) => Math.max(0, Math.min(1, v, theirs[i] as number))),
      };
    };
    return {
      size,
      place: placeWholeFace,
      render: (crops) => Promise.all(crops.map(one)),
      close: async () => session.close(),
    };
  },
});
