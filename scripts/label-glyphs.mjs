// Draws the letters of the visible labels out of openly licensed fonts, once; a machine that marks a video needs no font.
//
//   mkdir fonts && cd fonts && npm init -y && npm install --ignore-scripts fontkit @fontsource/noto-sans \
//     @fontsource/noto-sans-sc @fontsource/noto-sans-jp @fontsource/noto-sans-kr && cd ..
//   node scripts/label-glyphs.mjs fonts
//
// Writes src/label/visible/glyphs-*.ts. The outlines are those of Noto Sans, Noto Sans SC, JP and KR, weight 700, from
// the @fontsource packages, under the SIL Open Font License 1.1, which lets outlines be used in documents and software.
import { readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';

const folder = resolve(process.argv[2] ?? 'fonts');
await build();
const { LABEL_WORDS } = await import(pathToFileURL(resolve('dist/label/visible/words.js')).href);
const require = createRequire(join(folder, 'package.json'));
const fontkit = require('fontkit');

/** Steps in an em: finer than a pixel at any size that a label is drawn in. */
const EM = 400;

const SETS = {
  latin: { package: 'noto-sans', languages: ['en', 'de', 'fr', 'es', 'it'], name: 'Noto Sans' },
  zh: { package: 'noto-sans-sc', languages: ['zh'], name: 'Noto Sans SC' },
  ja: { package: 'noto-sans-jp', languages: ['ja'], name: 'Noto Sans JP' },
  ko: { package: 'noto-sans-kr', languages: ['ko'], name: 'Noto Sans KR' },
};

/** All files of a family in weight 700; each holds some of the letters. */
function fontsOf(name) {
  const files = join(folder, 'node_modules', '@fontsource', name, 'files');
  return readdirSync(files)
    .filter((f) => f.endsWith('-700-normal.woff2'))
    .sort((a, b) => a.length - b.length)
    .map((f) => fontkit.openSync(join(files, f)));
}

/** An outline as relative moves: `m`, `l`, `q` and `z`, whole steps of the em, y downwards. */
function outline(glyph, unitsPerEm) {
  const k = EM / unitsPerEm;
  let [px, py] = [0, 0];
  let out = '';
  const pair = (x, y) => {
    const [ix, iy] = [Math.round(x * k), Math.round(-y * k)];
    return [ix - px, iy - py, ix, iy];
  };
  for (const { command, args } of glyph.path.commands) {
    if (command === 'closePath') out += 'z';
    else if (command === 'bezierCurveTo') throw new Error('cubic outlines are not expected in these fonts');
    else {
      const letter = { moveTo: 'm', lineTo: 'l', quadraticCurveTo: 'q' }[command];
      const numbers = [];
      let last = [px, py];
      for (let i = 0; i < args.length; i += 2) {
        const [dx, dy, x, y] = pair(args[i], args[i + 1]);
        numbers.push(dx, dy);
        last = [x, y];
      }
      [px, py] = last;
      out += letter + numbers.join(' ').replaceAll(' -', '-');
    }
  }
  return out;
}

for (const [id, set] of Object.entries(SETS)) {
  const fonts = fontsOf(set.package);
  const letters = new Set(set.languages.flatMap((l) => [...Object.values(LABEL_WORDS[l]).flat().join('')]));
  const rows = [...letters].sort().map((letter) => {
    const font = fonts.find((f) => f.hasGlyphForCodePoint(letter.codePointAt(0)));
    if (font === undefined) throw new Error(`${set.name} has no ${letter}`);
    const glyph = font.glyphForCodePoint(letter.codePointAt(0));
    return `  ${JSON.stringify(letter)}: [${Math.round((glyph.advanceWidth * EM) / font.unitsPerEm)}, '${outline(glyph, font.unitsPerEm)}'],`;
  });
  writeFileSync(
    `src/label/visible/glyphs-${id}.ts`,
    `/**
 * Outlines of ${set.name} Bold, made by scripts/label-glyphs.mjs. Copyright The Noto Project Authors, SIL Open Font License 1.1
 * (https://openfontlicense.org).
 */
import type { GlyphTable } from './glyphs.js';

/** Advance in ${EM}ths of the em, and outline, by letter. */
export const ${id}: GlyphTable = {
${rows.join('\n')}
};
`,
  );
}
