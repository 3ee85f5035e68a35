/**
 * Super-resolution of swapped faces where the plate is larger than the model: twice the side by the shipped `esrgan-x2`
 * net. It invents texture, it recovers none, and costs several times what the pair itself costs; so it is asked for.
 */
import { openModel } from '../../models/index.js';
import type { SwappedFace, SwapSession } from './types.js';

/** Doubles a mask bilinearly, sample centres kept. */
function doubleMask(mask: Float32Array, size: number): Float32Array {
  const side = size * 2;
  const out = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    const v = Math.max(0, Math.min(size - 1, (y + 0.5) / 2 - 0.5));
    const y0 = Math.floor(v);
    const y1 = Math.min(size - 1, y0 + 1);
    for (let x = 0; x < side; x++) {
      const u = Math.max(0, Math.min(size - 1, (x + 0.5) / 2 - 0.5));
      const x0 = Math.floor(u);
      const x1 = Math.min(size - 1, x0 + 1);
      const top = (mask[y0 * size + x0] as number) * (1 - u + x0) + (mask[y0 * size + x1] as number) * (u - x0);
      const low = (mask[y1 * size + x0] as number) * (1 - u + x0) + (mask[y1 * size + x1] as number) * (u - x0);
      out[y * side + x] = top * (1 - v + y0) + low * (v - y0);
    }
  }
  return out;
}

/** A session whose faces come out at twice the side. Closing it closes the one inside. */
export async function enhanced(inner: SwapSession): Promise<SwapSession> {
  const net = await openModel('esrgan-x2', { instances: 2 });
  const one = async (face: SwappedFace): Promise<SwappedFace> => {
    const { size } = face;
    const plane = size * size;
    const data = new Float32Array(3 * plane);
    for (let i = 0; i < plane; i++)
      for (let c = 0; c < 3; c++) data[i * 3 + c] = (face.image[c * plane + i] as number) * 255;
    const answer = await net.run({ image: { dtype: 'float32', dims: [1, size, size, 3], data } });
    const made = answer['image2x']?.data;
    if (!(made instanceof Float32Array)) return face;
    const image = new Float32Array(12 * plane);
    for (let i = 0; i < 4 * plane; i++)
      for (let c = 0; c < 3; c++)
        image[c * 4 * plane + i] = Math.max(0, Math.min(1, (made[i * 3 + c] as number) / 255));
    return { size: size * 2, image, mask: doubleMask(face.mask, size) };
  };
  return {
    size: inner.size,
    ...(inner.place ? { place: inner.place } : {}),
    ...(inner.shape ? { shape: inner.shape } : {}),
    render: async (crops) => Promise.all((await inner.render(crops)).map(one)),
    close: async () => {
      await inner.close();
      await net.close();
    },
  };
}
