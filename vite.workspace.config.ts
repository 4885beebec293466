import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'src/workspace',
  base: '/workspace/',
  plugins: [react()],
  build: {
    chunkSizeWarningLimit: 1500, // pdf.js and its worker, loaded only by the viewer
    outDir: '../../dist/workspace',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // viewer.html is its own page: it runs in a sandboxed frame and shares nothing with the workspace but messages.
    rolldownOptions: { input: ['src/workspace/index.html', 'src/workspace/viewer.html'] },
  },
});
