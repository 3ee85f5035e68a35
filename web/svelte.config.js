// One static page application: every address gets index.html, and the studio's server answers /api.
import adapter from '@sveltejs/adapter-static';

// `scripts/build-web.mjs` builds into a folder of its own and renames it.
const out = process.env.LIKENESS_WEB_OUT ?? 'build';

/** @type {import('@sveltejs/kit').Config} */
export default {
  kit: {
    adapter: adapter({ pages: out, assets: out, fallback: 'index.html', strict: true }),
    // The name of the build is its content, so that the same sources give the same files.
    version: { name: process.env.LIKENESS_WEB_VERSION ?? 'dev' },
    paths: { relative: false },
  },
  compilerOptions: { runes: true },
};
