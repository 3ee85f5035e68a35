/**
 * What a file says of itself and can prove: a C2PA label of any maker, the watermark of Likeness, and the manifest store of
 * this machine. Where one of them holds, nothing has to be weighed.
 */
import { LikenessError } from '../../base/index.js';
import { type LabelReport, type VerifyReport, verifyFile, WatermarkPool } from '../../label/index.js';
import { defineDetector, silentBecause } from '../detector.js';
import type { Finding, Material } from '../types.js';

/** IPTC digital source types that a program gives to what it made or changed with a net. */
const MADE = new Set([
  'trainedAlgorithmicMedia',
  'compositeWithTrainedAlgorithmicMedia',
  'algorithmicMedia',
  'compositeSynthetic',
  'virtualRecording',
]);

/** What a camera or recorder says of its own. */
const CAPTURED = new Set(['digitalCapture', 'computationalCapture']);

const finding = (claim: string, certain: Finding['certain'], facts: Finding['facts'] = {}): Finding => ({
  claim,
  score: null,
  person: null,
  limits: [],
  facts,
  ...(certain === undefined ? {} : { certain }),
});

function ofLabel(label: LabelReport): Finding[] {
  if (label.found === 'none') return [];
  const who = `${label.madeBy ?? 'an unnamed program'}, signed by ${label.signedBy ?? 'nobody named'}`;
  if (label.found === 'damaged' || label.state === 'invalid')
    return [finding('It carries a C2PA label that does not hold: the file or the label was changed since.', undefined)];
  const types = label.actions.flatMap((a) => (a.sourceType === null ? [] : [a.sourceType]));
  const list = label.state === 'trusted' ? (label.signer?.listTitle ?? null) : null;
  const facts = {
    label: `${label.state}`,
    'made by': who,
    ...(list === null ? {} : { 'trust list': list }),
    ...(label.when === null ? {} : { when: label.when }),
  };
  if (types.some((t) => MADE.has(t)))
    return [
      finding(`Its C2PA label holds and says that it was made or changed by a program: ${who}.`, 'synthetic', facts),
    ];
  if (label.state === 'trusted' && types.length > 0 && types.every((t) => CAPTURED.has(t)))
    return [
      finding(
        `Its C2PA label holds, its signer is ${list === null ? 'trusted here' : `on the ${list}`}, and it says that it was captured: ${who}.`,
        'authentic',
        facts,
      ),
    ];
  return [finding(`Its C2PA label holds and does not say how the pictures were made: ${who}.`, undefined, facts)];
}

function ofStore({ store }: VerifyReport): Finding[] {
  if (store === null) return [];
  const by = { file: 'its bytes', content: 'its bytes without the label', watermark: 'its watermark' }[store.by];
  return store.confirmed
    ? [finding(`Likeness made it on this machine (${store.title}, ${store.sealedAt}), known by ${by}.`, 'synthetic')]
    : [];
}

/** Looks for the watermark in the kept stills, and for what it leads to only where it was found. */
async function ofMark(material: Material): Promise<Finding[]> {
  const pool = new WatermarkPool();
  const [first] = material.stills;
  for (const { frame } of material.stills)
    if (frame.width === first?.frame.width && frame.height === first.frame.height) pool.add(frame);
  const mark = pool.frames === 0 ? null : pool.detect({ effort: 'quick' });
  if (mark === null) return [];
  const { report } = await verifyFile(material.path);
  const known = ofStore(report);
  if (known.length > 0) return known;
  return [
    finding(
      'It carries the watermark that Likeness puts into everything it makes. The label that belonged to it is gone.',
      'synthetic',
      { 'by chance': `once in 10^${Math.floor(-mark.chance)} pictures` },
    ),
  ];
}

/** C2PA labels, the watermark of Likeness, and the manifest store. */
export const provenanceDetector = defineDetector({
  id: 'provenance',
  title: 'Provenance',
  asks: 'Does it carry a label or a watermark that says what made it?',
  media: ['picture', 'video', 'sound'],
  role: 'certain',
  speaksFor: null,
  models: [],
  limits: [
    'Most files carry neither, genuine or not: that they are missing says nothing.',
    'Labels are lost when a platform encodes a file again; only the watermark of Likeness is looked for in the pixels.',
  ],
  copies: false,
  async examine(material) {
    try {
      const { report } = await verifyFile(material.path, { labelOnly: true });
      const findings = [...ofLabel(report.label), ...ofStore(report)];
      if (!findings.some((f) => f.certain !== undefined)) findings.push(...(await ofMark(material)));
      return findings.length > 0
        ? { findings, silent: null }
        : silentBecause('It carries no label and no watermark that is known here. Most files do not.');
    } catch (cause) {
      if (!(cause instanceof LikenessError)) throw cause;
      return silentBecause(`Its label cannot be read: ${cause.message}`);
    }
  },
});
