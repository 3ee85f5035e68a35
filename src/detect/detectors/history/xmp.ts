/**
 * XMP, as far as a history goes: which programs wrote, and what the IPTC source type says. The packet is searched as text
 * and never parsed as XML, so nothing in it can grow or reach out.
 */

/** What is read from XMP. */
export interface Xmp {
  /** `xmp:CreatorTool` and the `softwareAgent` of each step, each once. */
  readonly programs: readonly string[];
  /** Last part of the IPTC digital source type, or empty. */
  readonly sourceType: string;
  /** How many steps of history it lists. */
  readonly steps: number;
}

const unescaped = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');

/** Values of a property, written as an attribute or as an element. */
function valuesOf(packet: string, name: string): string[] {
  const found = packet.matchAll(new RegExp(`\\b${name}\\s*=\\s*"([^"<]{0,400})"|<${name}>([^<]{0,400})</`, 'g'));
  return [...found].map((m) => unescaped((m[1] ?? m[2] ?? '').trim())).filter((v) => v !== '');
}

/** Reads an XMP packet. */
export function readXmp(packet: string): Xmp {
  const agents = valuesOf(packet, 'stEvt:softwareAgent');
  const type = valuesOf(packet, 'Iptc4xmpExt:DigitalSourceType').concat(
    valuesOf(packet, 'Iptc4xmpExt:digitalsourcetype'),
  );
  return {
    programs: [...new Set([...valuesOf(packet, 'xmp:CreatorTool'), ...agents])].slice(0, 8),
    sourceType: type[0]?.split('/').at(-1) ?? '',
    steps: agents.length,
  };
}
