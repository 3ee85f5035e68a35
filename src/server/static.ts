/**
 * The web page: files of `web/build`, read once, compressed once, with a policy that lets only their own scripts run.
 * Paths that are not a file get the page itself, which finds its way by the address.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Context } from 'hono';
import { packageRoot } from '../base/index.js';
import type { StudioEnv } from './api.js';

/** Where the built page lies. */
export const WEB_BUILD: string = join(packageRoot, 'web', 'build');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.onnx': 'application/octet-stream',
  '.txt': 'text/plain; charset=utf-8',
};
const SQUEEZABLE = /^(text|application\/(json|manifest|wasm)|image\/svg)/;

/** Files above are read when they are asked for, and were compressed by the build: nets and what runs them. */
const LARGE = 1024 * 1024;

interface Asset {
  readonly bytes: Buffer<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
  readonly lasting: boolean;
  /** Of a page, by its address. */
  readonly policy: ((path: string) => string) | null;
  br: Buffer<ArrayBuffer> | null;
  gz: Buffer<ArrayBuffer> | null;
  /** Where a large one lies; its bytes are not kept. */
  readonly path: string | null;
}

/** Hashes of the scripts that stand in a page, for its policy. */
function scriptHashes(html: string): string[] {
  return [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
    ([, code = '']) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`,
  );
}

/** Addresses whose page runs WebAssembly: that of a live capture looks for landmarks. */
const RUNS_WASM = /^\/capture\/?$/;

/**
 * The policy of a page: only the studio's own files, and the scripts that stand in it by their hashes.
 *
 * @param path address at which it is shown
 */
export function pagePolicy(html: string, path: string): string {
  return [
    "default-src 'self'",
    ["script-src 'self'", ...(RUNS_WASM.test(path) ? ["'wasm-unsafe-eval'"] : []), ...scriptHashes(html)].join(' '),
    // Style attributes cannot run anything; style elements and sheets from elsewhere stay out.
    "style-src 'self'",
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-src 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const MISSING = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Likeness</title>
<h1>The page is not built</h1><p>The studio runs; its page is not there. Build it with <code>npm run build:web</code>,
or use the API: <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p></html>`;

function assetOf(name: string, bytes: Buffer<ArrayBuffer>, path: string | null = null): Asset {
  const type = TYPES[extname(name).toLowerCase()] ?? 'application/octet-stream';
  const large = path !== null && bytes.length > LARGE;
  return {
    bytes: large ? Buffer.alloc(0) : bytes,
    path: large ? path : null,
    type,
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    lasting: name.startsWith('_app/immutable/'),
    policy: type.startsWith('text/html') ? (at) => pagePolicy(bytes.toString('utf8'), at) : null,
    br: null,
    gz: null,
  };
}

/** The files of a folder, by their path with forward slashes. Links are not followed. */
function readAll(folder: string): Map<string, Asset> {
  const assets = new Map<string, Asset>();
  if (!existsSync(folder)) return assets;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || /\.(br|gz)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(sep).join('/');
    assets.set(name, assetOf(name, readFileSync(path), path));
  }
  return assets;
}

function squeezed(asset: Asset, accept: string): { bytes: Buffer<ArrayBuffer>; encoding: string | null } {
  if (asset.path !== null) {
    const small = `${asset.path}.br`;
    const brotli = /\bbr\b/.test(accept) && existsSync(small);
    return { bytes: readFileSync(brotli ? small : asset.path), encoding: brotli ? 'br' : null };
  }
  if (!SQUEEZABLE.test(asset.type) || asset.bytes.length < 1024) return { bytes: asset.bytes, encoding: null };
  if (/\bbr\b/.test(accept)) {
    asset.br ??= brotliCompressSync(asset.bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
    return { bytes: asset.br, encoding: 'br' };
  }
  if (/\bgzip\b/.test(accept)) {
    asset.gz ??= gzipSync(asset.bytes);
    return { bytes: asset.gz, encoding: 'gzip' };
  }
  return { bytes: asset.bytes, encoding: null };
}

/** Answers requests for the page and its files. */
export type PageHandler = (c: Context<StudioEnv>) => Response;

/** Reads the page and its files. */
export function staticFiles(folder: string = WEB_BUILD): PageHandler {
  const assets = readAll(folder);
  const page = assets.get('200.html') ?? assets.get('index.html') ?? assetOf('index.html', Buffer.from(MISSING));
  const find = (path: string): Asset | null => {
    const name = path.replace(/^\/+/, '');
    const known = assets.get(name === '' ? 'index.html' : name) ?? assets.get(`${name}.html`);
    if (known !== undefined) return known;
    // A file that is not there must not be answered with a page; an address without an ending is one of the page's own.
    return extname(name) === '' ? page : null;
  };
  return (c) => {
    const asset = find(c.req.path);
    if (asset === null) return c.text('Not found.', 404);
    const headers = new Headers({
      etag: asset.etag,
      vary: 'accept-encoding',
      'cache-control': asset.lasting ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    if (asset.policy !== null) headers.set('content-security-policy', asset.policy(c.req.path));
    if (c.req.header('if-none-match') === asset.etag) return new Response(null, { status: 304, headers });
    headers.set('content-type', asset.type);
    const { bytes, encoding } = squeezed(asset, c.req.header('accept-encoding') ?? '');
    if (encoding !== null) headers.set('content-encoding', encoding);
    headers.set('content-length', String(bytes.length));
    return new Response(c.req.method === 'HEAD' ? null : bytes, { headers });
  };
}
