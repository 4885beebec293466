#!/usr/bin/env node
// Checks the Node version before any TypeScript is read: below 24 a .ts entry dies without a word that helps.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `Run it as "npm run pavise -- COMMAND", which brings Node 24, or on Node 24 or newer: this is Node ${process.versions.node}`,
  );
  process.exit(2);
}
await import('../src/cli/main.ts');
