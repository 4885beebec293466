import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'src/console',
  base: '/console/',
  plugins: [react()],
  build: {
    chunkSizeWarningLimit: 1500, // npm run bench -- web watches the first load
    outDir: '../../dist/console',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
