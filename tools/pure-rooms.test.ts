import { expect, it } from 'vitest';
import { purityViolations } from './pure-rooms.ts';

it.each([
  ['a parser that reads the clock', 'src/formats/plist/parse.ts', 'const at = Date.now();', 1],
  ['a parser that makes a date of nothing', 'src/formats/stamp/parse.ts', 'const year = new Date().getFullYear();', 1],
  ['a reader that measures', 'src/evidence/times.ts', 'const at = performance.now();', 1],
  ['a detector that throws dice', 'src/detection/report.ts', 'if (Math.random() < 0.5) return;', 1],
  ['a writer that draws a key', 'src/formats/tdf/writer.ts', 'crypto.getRandomValues(new Uint8Array(32));', 1],
  [
    'a writer that makes a key pair',
    'src/formats/tdf/wrap.ts',
    "await crypto.subtle.generateKey({ name: 'ECDH' });",
    1,
  ],
  ['a writer with an id of its own', 'src/formats/tdf/policy.ts', 'const uuid = crypto.randomUUID();', 1],
  [
    'what only Node can do',
    'src/formats/scep/node.ts',
    "import { type KeyObject, randomBytes } from 'node:crypto';",
    1,
  ],
  ['the decision', 'src/access/decide.ts', 'const nowMs = Date.now();', 1],
  ['a leaf of the log that draws its key', 'src/audit/leaf.ts', 'crypto.getRandomValues(key);', 1],
  ['a room of the server', 'src/access/authorize.ts', 'const id = crypto.randomUUID();', 0],
  ['a time that is given', 'src/formats/ips/parse.ts', 'const at = new Date(text);', 0],
  [
    'randomness that is given',
    'src/formats/tdf/wrap.ts',
    'random.getRandomValues(iv); await random.subtle.generateKey(x);',
    0,
  ],
  ['words about it', 'src/formats/tdf/wrap.ts', '// not Math.random()\n/** nor Date.now() */\nconst a = 1;', 0],
  ['a test', 'src/formats/tdf/tdf.test.ts', 'const at = Date.now();', 0],
])('purityViolations() and %s', (_, file, text, count) => {
  expect(purityViolations(file, text)).toHaveLength(count);
});
