// Converts the upscaling nets that rebuild.py makes twins with. None of them ships.
// Usage: node training/detect/residual/upscalers.mjs <folder>
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from '../../../scripts/models/packages.mjs';
import { tfjsLayersToOnnx } from '../../../scripts/models/tfjs-layers-to-onnx.mjs';

const one = ['group1-shard1of1.bin'];
const seven = Array.from({ length: 7 }, (_, k) => `group1-shard${k + 1}of7.bin`);
/** All MIT. By name: package, folder, files of weights, sha256 of the weights. */
const NETS = {
  'slim-x2': ['@upscalerjs/esrgan-slim@1.0.0', 'models/x2', one],
  'slim-x4': ['@upscalerjs/esrgan-slim@1.0.0', 'models/x4', one],
  'medium-x2': ['@upscalerjs/esrgan-medium@1.0.0', 'models/x2', one],
  'medium-x3': ['@upscalerjs/esrgan-medium@1.0.0', 'models/x3', one],
  'medium-x4': ['@upscalerjs/esrgan-medium@1.0.0', 'models/x4', one],
  'gans-x4': ['@upscalerjs/esrgan-legacy@1.0.0', 'models/gans', one],
  'psnr-x2': ['@upscalerjs/esrgan-legacy@1.0.0', 'models/psnr-small', one],
  'thick-x2': ['@upscalerjs/esrgan-thick@1.0.0', 'models/x2', seven],
  'thick-x3': ['@upscalerjs/esrgan-thick@1.0.0', 'models/x3', seven],
  'thick-x4': ['@upscalerjs/esrgan-thick@1.0.0', 'models/x4', seven],
};

const folder = process.argv[2] ?? '.cache/training/detect/upscalers';
mkdirSync(folder, { recursive: true });
for (const [name, [spec, path, parts]] of Object.entries(NETS)) {
  const weights = Buffer.concat(parts.map((part) => packageFile(spec, `${path}/${part}`)));
  const graph = tfjsLayersToOnnx(packageFile(spec, `${path}/model.json`), weights, {
    name,
    input: 'image',
    output: 'large',
  });
  const bytes = graph.encode();
  writeFileSync(join(folder, `${name}.onnx`), bytes);
  console.log(name, bytes.length, createHash('sha256').update(bytes).digest('hex'));
}
