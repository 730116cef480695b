import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/** `npm run build` puts the page beside the server's code; the dashboard room serves it from there. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../dist/web', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The page's policy allows no data: URLs, so nothing may be inlined as one.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': process.env['QUORATE_URL'] ?? 'http://localhost:4000' } },
})
