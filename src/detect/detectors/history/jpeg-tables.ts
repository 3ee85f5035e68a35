/** The standard quantisation tables (ITU-T T.81, annex K) as the Independent JPEG Group scales them to a quality. */

const LUMA = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
  87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
  72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMA = [
  17,
  18,
  24,
  47,
  99,
  99,
  99,
  99,
  18,
  21,
  26,
  66,
  99,
  99,
  99,
  99,
  24,
  26,
  56,
  99,
  99,
  99,
  99,
  99,
  47,
  66,
  99,
  99,
  99,
  99,
  99,
  99,
  ...new Array<number>(32).fill(99),
];

/**
 * The table of a quality, row by row.
 *
 * @param quality 1 to 100
 */
export function standardTable(quality: number, chroma = false): number[] {
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return (chroma ? CHROMA : LUMA).map((v) => Math.max(1, Math.min(255, Math.floor((v * scale + 50) / 100))));
}

const distance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, v, i) => sum + Math.abs(Math.log(v / (b[i] as number))), 0) / a.length;

/** The quality whose standard tables come nearest, and whether they are the very same. */
export function nearestQuality(
  luma: readonly number[],
  chroma: readonly number[] | null,
): { quality: number; exact: boolean } {
  let best = { quality: 0, exact: false, far: Number.POSITIVE_INFINITY };
  const safe = luma.map((v) => Math.max(1, v));
  for (let quality = 1; quality <= 100; quality++) {
    const own = standardTable(quality);
    const far = distance(safe, own);
    if (far >= best.far) continue;
    const same = (a: readonly number[], b: readonly number[]): boolean => a.every((v, i) => v === b[i]);
    const exact = same(luma, own) && (chroma === null || same(chroma, standardTable(quality, true)));
    best = { quality, exact, far };
  }
  return { quality: best.quality, exact: best.exact };
}
