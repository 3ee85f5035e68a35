// Writes the canonical face (468 points, its triangles, the weights of the rigid points) into src/faces/geometry, from
// the geometry metadata inside @mediapipe/face_mesh. Run: node scripts/models/face-geometry.mjs
import { writeFileSync } from 'node:fs';
import { packageFile } from './packages.mjs';

const PACKAGE = '@mediapipe/face_mesh@0.4.1657299874';
const ASSETS = 'face_mesh_solution_packed_assets.data';
const ASSETS_SHA256 = 'dbe5905c582c0462cdaea17e7e6ecea92edaa8cccc515c5e2e7291f2cbb5fb99';
/** Where geometry_pipeline_metadata_landmarks.binarypb lies in the packed assets, as their loader says. */
const [START, END] = [3737848, 3757224];

/** A protobuf message as lists of values by field number; nested messages stay bytes. */
function message(bytes) {
  const fields = {};
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    fields[tag >> 3] ??= [];
    const list = fields[tag >> 3];
    if ((tag & 7) === 0) list.push(varint());
    else if ((tag & 7) === 5) {
      list.push(bytes.readFloatLE(at));
      at += 4;
    } else if ((tag & 7) === 2) {
      const length = varint();
      list.push(bytes.subarray(at, at + length));
      at += length;
    } else throw new Error(`protobuf wire type ${tag & 7} is not expected here`);
  }
  return fields;
}

const metadata = message(packageFile(PACKAGE, ASSETS, ASSETS_SHA256).subarray(START, END));
const mesh = message(metadata[1][0]);
const vertices = mesh[3]; // x y z u v; x to the picture's right, y up, z towards the viewer, in centimetres
const triangles = mesh[4];
const rigid = metadata[2].map((entry) => message(entry)).map((m) => [m[1][0], m[2][0]]);
if (vertices.length !== 468 * 5 || triangles.length !== 898 * 3)
  throw new Error('the canonical face is not 468 points in 898 triangles');

const wrapped = (numbers) => {
  const lines = [];
  let line = ' ';
  for (const n of numbers) {
    if (line.length + 1 + String(n).length + 1 > 120) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${n},`;
  }
  return [...lines, line].join('\n');
};
const micrometres = [];
const texture = [];
for (let i = 0; i < 468; i++) {
  const [x, y, z, u, v] = vertices.slice(i * 5, i * 5 + 5);
  micrometres.push(Math.round(x * 1e4), Math.round(-y * 1e4), Math.round(-z * 1e4));
  texture.push(Math.round(u * 1e4), Math.round((1 - v) * 1e4));
}

const header = (what) =>
  `/**\n * ${what}\n * Written by scripts/models/face-geometry.mjs from ${PACKAGE} (Apache-2.0); not edited by hand.\n */\n`;
const out = (file) => new URL(`../../src/faces/geometry/${file}`, import.meta.url);

writeFileSync(
  out('canonical-points.ts'),
  `${header('The canonical face: 468 points at rest, and which of them hardly move when the face does.')}
// biome-ignore format: a table of numbers
const MICROMETRES = [
${wrapped(micrometres)}
];

/** 468 points, x y z each, in centimetres: x to the picture's right, y down, z away from the viewer. */
export const CANONICAL_POINTS: Float32Array = Float32Array.from(MICROMETRES, (value) => value / 1e4);

/** Indices of the points that move least with expression, and how much each counts in a rigid fit. */
export const RIGID_WEIGHTS: readonly (readonly [index: number, weight: number])[] = [
${rigid.map(([i, w]) => `  [${i}, ${Number(w.toFixed(6))}],`).join('\n')}
];
`,
);
writeFileSync(
  out('mesh-triangles.ts'),
  `${header('The triangles of the 468-point face mesh.')}
/** 898 triangles, three point indices each, all with the same winding. Mouth and eyes are filled; the only border is the face oval. */
// biome-ignore format: a table of numbers
export const MESH_TRIANGLES: Uint16Array = Uint16Array.of(
${wrapped(triangles)}
);
`,
);
