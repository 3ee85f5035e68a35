import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';

/** SvelteKit styles its announcer inline, which the content security policy forbids; `styles/base.css` does it instead. */
const announcer: Plugin = {
  name: 'announcer-without-inline-style',
  enforce: 'pre',
  transform: (code, id) =>
    id.endsWith('/generated/root.svelte')
      ? code.replace(/(<div id="svelte-announcer"[^>]*?) style="[^"]*"/, '$1')
      : undefined,
};

export default defineConfig({
  plugins: [announcer, sveltekit()],
  build: {
    target: 'es2022',
    reportCompressedSize: false,
    // Data is fetched, which the security policy allows from the studio itself and not out of a script.
    assetsInlineLimit: (path) => (path.endsWith('.json') ? false : undefined),
  },
  // `npm run dev -w web` shows the pages of a studio that runs on its usual port.
  server: { proxy: { '/api': 'http://127.0.0.1:4600' } },
});
