/**
 * Marks in a file's metadata, as an XMP packet: the IPTC digital source type, and for China the implicit label of
 * GB 45438-2025. Metadata is the first thing that is lost on the way; it is there for programs that read nothing else.
 */
import type { LabelKind } from '../../law/index.js';
import { COMPOSITE_SOURCE } from '../manifest.js';

/** The implicit label of GB 45438-2025, annex E, as its fields are called there. */
export interface AigcLabel {
  /** `1` it is generated or synthesized, `2` it may be, `3` it is suspected to be. */
  readonly Label: '1' | '2' | '3';
  /** Who generated it: a name or the code of the service. */
  readonly ContentProducer: string;
  /** The producer's number of this content. */
  readonly ProduceID: string;
  /** For the producer's own use: a signature or hash. */
  readonly ReservedCode1: string;
  /** Who spreads it; empty until somebody does. */
  readonly ContentPropagator: string;
  readonly PropagateID: string;
  readonly ReservedCode2: string;
}

/** What the metadata is to say. */
export interface MetadataMarks {
  /** IPTC digital source type, a full address; real footage with a generated part where left out. */
  readonly sourceType?: string;
  /** Name and version of the program. */
  readonly tool: string;
  readonly aigc?: AigcLabel;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text as it may stand in XML: markup escaped, and characters that XML does not know left out. */
function xmlText(text: string): string {
  return [...text]
    .filter((c) => c >= ' ' || c === '\t' || c === '\n')
    .map((c) => ESCAPES[c] ?? c)
    .join('');
}

/** Whether the law asks for the implicit label of GB 45438-2025; the duties are those that a grant carries. */
export function wantsAigcLabel(duties: readonly LabelKind[]): boolean {
  return duties.includes('mark.metadata.cn');
}

/**
 * The implicit label of something that Likeness made.
 *
 * @param produceId number of the content: the payload of its watermark
 */
export function aigcLabel(produceId: string): AigcLabel {
  return {
    Label: '1',
    ContentProducer: 'Likeness',
    ProduceID: produceId,
    ReservedCode1: '',
    ContentPropagator: '',
    PropagateID: '',
    ReservedCode2: '',
  };
}

/** The XMP packet for a file. */
export function xmpPacket(marks: MetadataMarks): string {
  const space = marks.aigc === undefined ? '' : '\n    xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"';
  const aigc = marks.aigc === undefined ? '' : `\n   <TC260:AIGC>${xmlText(JSON.stringify(marks.aigc))}</TC260:AIGC>`;
  return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"${space}>
   <xmp:CreatorTool>${xmlText(marks.tool)}</xmp:CreatorTool>
   <Iptc4xmpExt:DigitalSourceType>${xmlText(marks.sourceType ?? COMPOSITE_SOURCE)}</Iptc4xmpExt:DigitalSourceType>${aigc}
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>`;
}
