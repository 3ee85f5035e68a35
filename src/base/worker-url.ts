import { sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * The address of a compiled worker file. Workers always run from `dist`: Node 20 cannot load TypeScript, and tests load
 * the sources through a transformer that a worker thread does not have.
 *
 * @param importMetaUrl `import.meta.url` of the calling module
 * @param file the worker beside it, with a `.js` ending
 */
export function workerUrl(importMetaUrl: string, file: string): URL {
  const url = new URL(file, importMetaUrl);
  const path = fileURLToPath(url);
  const at = path.lastIndexOf(`${sep}src${sep}`);
  if (at < 0 || !importMetaUrl.endsWith('.ts')) return url;
  return pathToFileURL(`${path.slice(0, at)}${sep}dist${sep}${path.slice(at + 5)}`);
}
