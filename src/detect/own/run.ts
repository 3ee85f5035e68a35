/** Running a net that a user brought, as its card says. */
import { LikenessError } from '../../base/index.js';
import type { Box } from '../../faces/index.js';
import { type Frame, sampleAffine } from '../../media/index.js';
import { type ModelSession, openModelFile } from '../../models/index.js';
import { defineDetector, silentBecause } from '../detector.js';
import type { Detector, Finding, Material } from '../types.js';
import type { OwnCard } from './card.js';

const whole = ({ width, height }: Frame): Box => ({ x: 0, y: 0, width, height });

/** An upright square round a face. */
function square(box: Box, margin: number): Box {
  const side = Math.max(box.width, box.height) * margin;
  return { x: box.x + box.width / 2 - side / 2, y: box.y + box.height / 2 - side / 2, width: side, height: side };
}

function inputOf(frame: Frame, part: Box, { input }: OwnCard): Float32Array {
  const { width, height, mean, std } = input;
  const [sx, sy] = [part.width / width, part.height / height];
  const view = [sx, 0, part.x + sx / 2 - 0.5, 0, sy, part.y + sy / 2 - 0.5] as const;
  return sampleAffine(frame, view, width, height, new Float32Array(3 * width * height), {
    layout: input.layout === 'nchw' ? 'planar' : 'interleaved',
    bgr: input.colour === 'bgr',
    scale: [1 / (255 * std[0]), 1 / (255 * std[1]), 1 / (255 * std[2])],
    offset: [-mean[0] / std[0], -mean[1] / std[1], -mean[2] / std[2]],
  });
}

const logit = (p: number): number => Math.log(Math.max(1e-6, p) / Math.max(1e-6, 1 - p));

async function scoreOf(net: ModelSession, frame: Frame, part: Box, card: OwnCard): Promise<number> {
  const { input, output } = card;
  const data = inputOf(frame, part, card);
  const dims = input.layout === 'nchw' ? [1, 3, input.height, input.width] : [1, input.height, input.width, 3];
  const answer = await net.run({ [input.name]: { dtype: 'float32', dims, data } }, { outputs: [output.name] });
  const value = Number(answer[output.name]?.data[output.index]);
  if (!Number.isFinite(value))
    throw new LikenessError('detect.own', `${card.title} gave no number at ${output.name}[${output.index}].`, {
      hint: 'Correct output.name and output.index in its card.',
    });
  const score = output.means === 'probability' ? logit(value) : value;
  return output.high === 'synthetic' ? score : -score;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Where to look in a material: for each person the faces, or the whole of every still. */
function parts(material: Material, { input }: OwnCard): Map<number | null, { frame: Frame; box: Box; part: Box }[]> {
  const looks = new Map<number | null, { frame: Frame; box: Box; part: Box }[]>();
  for (const { frame, faces } of material.stills) {
    const list =
      input.crop === 'picture'
        ? [{ person: null, frame, box: whole(frame), part: whole(frame) }]
        : faces.map(({ person, face }) => ({
            person,
            frame,
            box: face.box,
            part: square(face.box, input.margin ?? 1.3),
          }));
    for (const { person, ...look } of list) looks.set(person, [...(looks.get(person) ?? []), look]);
  }
  return looks;
}

/** A detector out of a card and its net. The net is opened when first needed; other bytes than `sha256` never run. */
export function ownDetector(card: OwnCard, model: string, sha256: string): Detector {
  let net: Promise<ModelSession> | null = null;
  return defineDetector({
    id: card.id,
    title: card.title,
    asks: card.asks,
    media: ['picture', 'video'],
    role: 'weighed',
    speaksFor: card.speaksFor,
    models: [],
    limits: card.limits,
    copies: true,
    async examine(material, signal) {
      const looks = parts(material, card);
      if (looks.size === 0) return silentBecause('There is no face that it could look at.');
      net ??= openModelFile(model, { sha256, threads: 2 });
      const open = await net;
      const findings: Finding[] = [];
      for (const [person, list] of looks) {
        const scores: number[] = [];
        for (const { frame, part } of list) {
          signal?.throwIfAborted();
          scores.push(await scoreOf(open, frame, part, card));
        }
        const score = median(scores);
        findings.push({
          claim: `${card.title} scored ${score.toFixed(2)} (median of ${scores.length} ${scores.length === 1 ? 'look' : 'looks'}).`,
          score,
          person,
          limits: [],
          facts: {},
          ...(list[0] === undefined ? {} : { box: list[0].box }),
        });
      }
      return { findings, silent: null };
    },
  });
}
