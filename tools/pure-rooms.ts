/** What takes bytes or values and `now` and returns values (ARCHITECTURE.md, "Purity"). */
const PURE =
  /^src\/(base|formats|evidence|detection|access\/(decide|facts|reasons|judge-passcode|met|remedies)|audit\/leaf|policies\/(compile-|coverage|version|user-enrolment))(?!.*(\.test\.ts$|testing\.ts$))/;

const IMPURE: readonly (readonly [RegExp, string])[] = [
  [
    /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bperformance\b|\bprocess\.hrtime\b/,
    'reads the clock; take the time as a parameter',
  ],
  [
    /\bMath\.random\b|\bcrypto\.(getRandomValues|randomUUID)\b|\bcrypto\.subtle\.generateKey\b/,
    'draws randomness; take a `Randomness` as a parameter',
  ],
  [
    /import [^;]*\b(random|generate)[A-Z]\w*[^;]*from 'node:crypto'/,
    'draws randomness; take a `Randomness` as a parameter',
  ],
];

/**
 * Finds a clock or randomness in a room that says it is pure: the same bytes must give the same answer on every machine, and a decision of
 * last year must be made again from what was kept.
 *
 * @param file path below the checkout
 */
export function purityViolations(file: string, text: string): string[] {
  if (!PURE.test(file)) return [];
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  return IMPURE.filter(([pattern]) => pattern.test(code)).map(([, why]) => `pure: ${file} ${why}`);
}
