/** Which files of a folder are genuine and which synthetic, by the names of the folders they lie in: as the command line has it. */

/** A file with its label. */
export interface Labelled {
  readonly file: File;
  readonly label: 'real' | 'fake';
  readonly source: string;
  readonly generator: string | null;
}

const REAL = new Set(['real', 'reals', 'genuine', 'authentic', 'bonafide', '0']);
const FAKE = new Set(['fake', 'fakes', 'synthetic', 'generated', 'spoof', '1']);
const NO_MEDIA = /(^|\/)\.|\.(c2pa|json|html?|csv|txt|md|tsv)$/i;

/** Reads labels off the paths: `<set>/real/...`, `<set>/fake/[generator/]...`. What lies elsewhere is left out. */
export function labelsOf(files: readonly File[]): Labelled[] {
  return files.flatMap((file) => {
    const path = file.webkitRelativePath;
    if (NO_MEDIA.test(path)) return [];
    // The first part is the folder that was chosen.
    const parts = path.split('/').slice(0, -1);
    const at = parts.findIndex((part) => REAL.has(part.toLowerCase()) || FAKE.has(part.toLowerCase()));
    if (at < 0) return [];
    const fake = FAKE.has((parts[at] ?? '').toLowerCase());
    const source = parts.slice(1, at).join('/') || 'all';
    const below = parts.slice(at + 1).join('/');
    return [
      { file, label: fake ? ('fake' as const) : ('real' as const), source, generator: fake ? below || source : null },
    ];
  });
}
