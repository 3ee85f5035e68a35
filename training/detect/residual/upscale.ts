/**
 * Runs an upscaling net on square pictures that `rebuild.py` wrote, in the runtime that ships.
 *
 *   node scripts/run.mjs training/detect/residual/upscale.ts <net.onnx> <range> <sides.json> <pictures.u8> <large.u8>
 *
 * range: the value of white, 255 or 1. sides.json: the side of each picture; pictures.u8: their RGB bytes one after the other.
 */

import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { openModelFile, stopModels } from '../../../src/models/index.js';

const [, , netFile = '', range = '255', sidesFile = '', from = '', to = ''] = process.argv;
const white = Number(range);
const sides = JSON.parse(readFileSync(sidesFile, 'utf8')) as number[];
const bytes = readFileSync(from);
const out = createWriteStream(to);
const net = await openModelFile(netFile);
let at = 0;
for (const side of sides) {
  const data = Float32Array.from(bytes.subarray(at, at + 3 * side * side), (v) => (v / 255) * white);
  at += data.length;
  const made = await net.run({ image: { dtype: 'float32', dims: [1, side, side, 3], data } });
  const large = made['large']?.data as Float32Array;
  out.write(Uint8Array.from(large, (v) => Math.max(0, Math.min(255, Math.round((v / white) * 255)))));
}
out.end();
await once(out, 'finish');
await net.close();
stopModels();
