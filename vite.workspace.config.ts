import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import packageJson from './package.json' with { type: 'json' };

export default defineConfig({
  root: 'src/workspace',
  base: '/workspace/',
  plugins: [react()],
  define: { __PAVISE_VERSION__: JSON.stringify(packageJson.version) },
  worker: { format: 'es' },
  build: {
    chunkSizeWarningLimit: 1500, // pdf.js and its worker, loaded only by the viewer
    outDir: '../../dist/workspace',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // viewer.html is its own page: it runs in a sandboxed frame and shares nothing with the workspace but messages.
    // check.html works without an account; its service worker keeps one name, since browsers know it by that.
    rolldownOptions: {
      input: {
        index: 'src/workspace/index.html',
        viewer: 'src/workspace/viewer.html',
        check: 'src/workspace/check.html',
        'check-offline': 'src/workspace/check/offline.ts',
      },
      output: {
        entryFileNames: ({ name }) => (name === 'check-offline' ? 'check-offline.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
