import { preact } from '@preact/preset-vite';
import { defineConfig } from 'vite';

/** `npm run dev -w @weir/console` shows the page from source, with a hub elsewhere behind it. */
const hub = process.env.WEIR_HUB ?? 'http://127.0.0.1:8087';

/**
 * Built for a strict Content-Security-Policy: no inline script, no data: script, no request to another host. Paths are
 * relative, so that the page also works under a path of a reverse proxy.
 */
export default defineConfig({
  base: './',
  plugins: [preact()],
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
  server: { proxy: { '/api': { target: hub, ws: true } } },
});
