/**
 * Runs a residual net on windows that `score.py` wrote, in the runtime that ships.
 *
 *   node scripts/run.mjs training/detect/residual/run-windows.ts <net.onnx> <windows.u8> <logits.f32>
 *
 * windows.u8: N x 112 x 112 x 3 bytes. logits.f32: N numbers.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { WINDOW_SIZE as SIZE } from '../../../src/detect/detectors/residual/windows.js';
import { openModelFile, stopModels } from '../../../src/models/index.js';

const [, , netFile = '', from = '', to = ''] = process.argv;
const BATCH = 20;
const plane = SIZE * SIZE;
const bytes = readFileSync(from);
const count = bytes.length / (3 * plane);
const logits = new Float32Array(count);
const net = await openModelFile(netFile);
for (let first = 0; first < count; first += BATCH) {
  const n = Math.min(BATCH, count - first);
  const data = new Float32Array(n * 3 * plane);
  for (let w = 0; w < n; w++)
    for (let p = 0; p < plane; p++)
      for (let c = 0; c < 3; c++)
        data[(w * 3 + c) * plane + p] = (bytes[((first + w) * plane + p) * 3 + c] as number) / 255;
  const out = await net.run({ windows: { dtype: 'float32', dims: [n, 3, SIZE, SIZE], data } });
  logits.set(out['logits']?.data as Float32Array, first);
}
writeFileSync(to, Buffer.from(logits.buffer));
await net.close();
stopModels();
