/**
 * All marks of one product in one place: the visible label and the invisible watermark in the pixels, what the manifest
 * says of them, and the packet for the metadata. Everything that is rendered goes through one of these before it is encoded.
 */
import { createHash } from 'node:crypto';
import type { Box } from '../faces/index.js';
import type { LabelKind as LawLabelKind } from '../law/index.js';
import type { Frame, SoundChange } from '../media/index.js';
import { type NoticeTime, noticeIn } from './audible/index.js';
import type { SealDetails } from './manifest.js';
import { aigcLabel, wantsAigcLabel, xmpPacket } from './metadata/index.js';
import {
  isLabelLanguage,
  type LabelKind,
  VisibleLabel,
  type VisibleLabelChoice,
  type VisibleLabelFootage,
} from './visible/index.js';
import { clipLayout, PAYLOAD_BYTES, WatermarkEmbedder } from './watermark/index.js';

/** Name of the watermark in `c2pa.soft-binding`. */
export const WATERMARK_ALGORITHM = 'org.likeness.watermark.1';

/**
 * The payload of a product: 8 bytes out of what it was made from, the same for the same render. It says nothing by itself.
 *
 * @param parts hashes of footage and records, names of engines and settings
 */
export function watermarkPayload(parts: readonly string[]): Uint8Array {
  const digest = createHash('sha256')
    .update(JSON.stringify(['likeness watermark', ...parts]))
    .digest();
  return new Uint8Array(digest.subarray(0, PAYLOAD_BYTES));
}

/** What is to be put on a product. */
export interface MarkPlan {
  /** 8 bytes; see {@link watermarkPayload}. */
  readonly payload: Uint8Array;
  readonly label: VisibleLabelChoice;
  readonly footage: VisibleLabelFootage;
  /** When an audible notice plays in the sound of a film, which may be there or not; `off` where left out. */
  readonly notice?: { readonly when: NoticeTime; readonly sound: boolean } | undefined;
  /** Labels and marks that the law asks for where it will be shown: `grant.terms.law.required` and `.defaults`. */
  readonly duties: readonly LawLabelKind[];
}

const describe = ({ kind, language }: VisibleLabelChoice): string => `Visible label put in: ${kind}, ${language}`;

/** The visible label that a manifest's actions speak of, or null. */
export function visibleLabelOf(actions: readonly { readonly description: string | null }[]): VisibleLabelChoice | null {
  for (const { description } of actions) {
    const [, kind, language] =
      /^Visible label put in: (corner|lower-third|credits), ([a-z]{2})$/.exec(description ?? '') ?? [];
    if (kind !== undefined && language !== undefined && isLabelLanguage(language))
      return { kind: kind as LabelKind, language };
  }
  return null;
}

/** Marks the frames of one product, in any order. */
export class Marker {
  readonly #plan: MarkPlan;
  readonly #label: VisibleLabel;
  #watermark: WatermarkEmbedder | null = null;

  constructor(plan: MarkPlan) {
    this.#plan = plan;
    this.#label = new VisibleLabel(plan.label, plan.footage);
  }

  /** Marks a finished frame in place, and says where the visible label stands. */
  apply(frame: Frame, index: number): Box | null {
    const box = this.#label.apply(frame, index);
    const { width, height } = frame;
    if (this.#watermark?.width !== width || this.#watermark.height !== height) {
      const layout = this.#plan.footage.frameRate > 0 ? clipLayout(width, height) : 'fine';
      this.#watermark = new WatermarkEmbedder(width, height, this.#plan.payload, layout);
    }
    this.#watermark.apply(frame);
    return box;
  }

  /** What is done to the sound: a notice is put in, in the language of the visible label. Null: it stays as it is. */
  get sound(): SoundChange | null {
    const { notice, label, footage } = this.#plan;
    if (notice === undefined || notice.when === 'off' || !notice.sound || footage.frameRate <= 0) return null;
    return noticeIn({ when: notice.when, language: label.language, seconds: footage.frames / footage.frameRate });
  }

  /** What it was made from. */
  get plan(): MarkPlan {
    return this.#plan;
  }

  /** The payload as lower-case hex. */
  get payload(): string {
    return Buffer.from(this.#plan.payload).toString('hex');
  }

  /** What the manifest says of the marks. */
  get details(): Required<Pick<SealDetails, 'actions' | 'softBinding'>> {
    return {
      actions: [
        { action: 'c2pa.edited', description: describe(this.#plan.label) },
        ...(this.sound === null ? [] : [{ action: 'c2pa.edited', description: this.#heard() }]),
        { action: 'c2pa.watermarked', description: 'Invisible watermark put in, over the whole picture' },
      ],
      softBinding: { algorithm: WATERMARK_ALGORITHM, payload: this.payload },
    };
  }

  #heard(): string {
    const { notice, label } = this.#plan;
    const when = notice?.when === 'minute' ? 'at the beginning and every minute' : 'at the beginning';
    return `Audible notice put in: ${when}, ${label.language}`;
  }

  /** The XMP packet for the file. */
  xmp(tool: string): string {
    const aigc = wantsAigcLabel(this.#plan.duties) ? { aigc: aigcLabel(this.payload) } : {};
    return xmpPacket({ tool, ...aigc });
  }
}
