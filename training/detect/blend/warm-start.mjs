// Writes the trunk's first weights, the nsfwjs MobileNetV2 (MIT; pinned in scripts/models/nets.mjs), as one flat file
// for net.py: length of the head, the head as JSON [{ name, shape, at }], then 32-bit floats.
//
//   node training/detect/blend/warm-start.mjs .cache/training/blend/warm.bin
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { runInNewContext } from 'node:vm';
import { packageFile } from '../../../scripts/models/packages.mjs';

const NSFW = 'nsfwjs@4.4.0';
const MODEL = [
  'dist/models/mobilenet_v2/model.min.js',
  'c32f104fd562b08cdff5ed69dfe1209643afa47e792fb12751d2949aa61a397a',
];
const WEIGHTS = [
  'dist/models/mobilenet_v2/group1-shard1of1.min.js',
  'ef2e0a63f7d2c4960b37b024b669313f65d3c45cd59e9042636c55b39de53517',
];

function exportsOf(text) {
  const module = { exports: {} };
  runInNewContext(text, { module, exports: module.exports });
  return JSON.parse(JSON.stringify(module.exports));
}

const [, , out = '.cache/training/blend/warm.bin'] = process.argv;
const model = exportsOf(`${packageFile(NSFW, ...MODEL)}`);
const bytes = Buffer.from(exportsOf(`${packageFile(NSFW, ...WEIGHTS)}`), 'base64');
const head = [];
const parts = [];
let [from, at] = [0, 0];
for (const { name, shape, quantization } of model.weightsManifest.flatMap((group) => group.weights)) {
  const size = shape.reduce((a, b) => a * b, 1);
  const { scale, min } = quantization;
  parts.push(Float32Array.from(bytes.subarray(from, from + size), (v) => v * scale + min));
  head.push({ name, shape, at });
  from += size;
  at += size;
}
const json = Buffer.from(JSON.stringify(head));
const length = Buffer.alloc(4);
length.writeUInt32LE(json.length);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, Buffer.concat([length, json, ...parts.map((p) => Buffer.from(p.buffer))]));
