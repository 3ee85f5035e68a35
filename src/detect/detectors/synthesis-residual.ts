/**
 * Whether a face was generated as a whole: what nets that draw faces leave in skin, eyes, teeth and hair, looked for in
 * parts of the square round the face, near the picture's own resolution. How it was trained and what it reaches:
 * docs/detect-residual.md.
 */
import { defineDetector, found, silentBecause } from '../detector.js';
import type { Finding, Material, Person, Still } from '../types.js';
import { HEAT_SIDE, heatOf } from './residual/heat.js';
import { faceCore, faceWindows, WINDOW_SIZE, WINDOWS } from './residual/windows.js';

/** Neither was trained on what the other is tested on, so figures of both are of sources left out; their mean counts. */
const NETS = ['residual-1', 'residual-2'] as const;
/** Pixels of a face's width below which nothing was trained. */
const SMALLEST = 60;
/** Below this width the figures are those of strong compression. */
const SMALL = 96;
/** Degrees: faces turned further are rare in all training sets. */
const TURNED = 45;
/** People of a file and stills of each that are looked at, for the time it takes. */
const MOST_PEOPLE = 4;
const MOST_STILLS = 3;

interface Look {
  readonly index: number;
  readonly still: Still;
  readonly score: number;
  readonly cells: Float32Array;
  readonly core: { readonly x: number; readonly y: number; readonly size: number };
  readonly yaw: number;
}

/** Place by place. */
const meanOf = (lists: readonly Float32Array[]): Float32Array =>
  Float32Array.from(lists[0] ?? [], (_, i) => lists.reduce((sum, one) => sum + (one[i] as number), 0) / lists.length);

const meanLogit = (logits: Float32Array): number => logits.reduce((a, b) => a + b, 0) / logits.length;

async function look(material: Material, person: Person, index: number): Promise<Look | null> {
  const still = material.stills[index];
  const face = still?.faces.find((f) => f.person === person.id)?.face;
  if (still === undefined || face === undefined) return null;
  const core = faceCore(still.frame, face.landmarks);
  const windows = {
    dtype: 'float32',
    dims: [WINDOWS.length, 3, WINDOW_SIZE, WINDOW_SIZE],
    data: faceWindows(core),
  } as const;
  const answers = await Promise.all(NETS.map(async (id) => (await material.net(id)).run({ windows }, { keep: true })));
  return {
    index,
    still,
    score: meanLogit(meanOf(answers.map((a) => a['logits']?.data as Float32Array))),
    cells: meanOf(answers.map((a) => a['cells']?.data as Float32Array)),
    core,
    yaw: face.pose.yaw,
  };
}

/** Scores between these were common among photographs and generated faces alike; see docs/detect-residual.md. */
const UNCLEAR = [-0.5, 2] as const;

function claimOf(score: number): string {
  if (score > UNCLEAR[1]) return 'Its texture is like that of faces that a net drew.';
  if (score < UNCLEAR[0]) return 'Its texture is like that of photographed faces.';
  return 'Its texture is found in photographed faces and in faces that a net drew.';
}

/** Some of a list, spread over it evenly. */
const spread = (list: readonly number[], most: number): number[] =>
  list.length <= most
    ? [...list]
    : Array.from({ length: most }, (_, i) => list[Math.floor(((i + 0.5) * list.length) / most)] as number);

function findingOf(person: Person, looks: readonly Look[]): Finding {
  const score = looks.reduce((sum, one) => sum + one.score, 0) / looks.length;
  const [strongest] = [...looks].sort((a, b) => b.score - a.score) as [Look, ...Look[]];
  const box = {
    x: strongest.core.x,
    y: strongest.core.y,
    width: strongest.core.size,
    height: strongest.core.size,
  };
  const limits = [
    ...(person.width < SMALL ? [`The face is ${Math.round(person.width)} px wide; it errs more often there.`] : []),
    ...(Math.abs(strongest.yaw) > TURNED ? ['The face is turned away; few such faces were learned from.'] : []),
  ];
  const side = Math.round(Math.sqrt(strongest.cells.length / WINDOWS.length));
  return {
    claim: claimOf(score),
    score,
    person: person.id,
    box,
    heat: {
      width: HEAT_SIDE,
      height: HEAT_SIDE,
      values: heatOf(strongest.cells, side),
      box,
      still: strongest.index,
    },
    limits,
    facts: { 'face width': `${Math.round(person.width)} px`, 'stills looked at': looks.length },
  };
}

/** Faces that a net drew as a whole. */
export const synthesisResidualDetector = defineDetector({
  id: 'synthesis-residual',
  title: 'Synthesis residual',
  asks: 'Was this face drawn as a whole by a net?',
  media: ['picture', 'video'],
  role: 'weighed',
  speaksFor: 'generated',
  models: NETS,
  limits: [
    'Looks at faces only: of a picture without one it says nothing.',
    'Learned from faces of StyleGAN and StyleGAN2 only; those of other generators, diffusion among them, mostly pass. That it finds nothing clears nobody.',
    'Smoothed, filtered or enlarged photographs can look generated to it.',
  ],
  copies: true,
  async examine(material, signal) {
    if (material.people.length === 0) return silentBecause('It looks at faces, and there is none.');
    const large = material.people.filter((p) => p.width >= SMALLEST).slice(0, MOST_PEOPLE);
    if (large.length === 0)
      return silentBecause(`No face is ${SMALLEST} pixels wide or more; smaller ones hold too little.`);
    const findings: Finding[] = [];
    for (const person of large) {
      const looks: Look[] = [];
      for (const index of spread(person.stills, MOST_STILLS)) {
        signal?.throwIfAborted();
        const one = await look(material, person, index);
        if (one) looks.push(one);
      }
      if (looks.length > 0) findings.push(findingOf(person, looks));
    }
    return findings.length > 0
      ? found(...findings)
      : silentBecause('No still shows a face of those that were followed.');
  },
});
