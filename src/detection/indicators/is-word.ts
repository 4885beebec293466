import { WORDS } from './words.data.ts';

const ENDINGS = ['', 's', 'es', 'ed', 'ing', 'er', 'ers', 'ly', 'ness'];

let known: ReadonlySet<string> | undefined;

/**
 * Whether a name is one word of the English dictionary, in any usual form and whatever its case.
 *
 * "payload", "Updates", "hooker"; not "stagingd" or "roleaccountd", which nobody writes by chance.
 */
export function isWord(name: string): boolean {
  const word = name.toLowerCase();
  if (!/^[a-z]{4,16}$/.test(word)) return false;
  known ??= readWords();
  return ENDINGS.some((ending) => word.endsWith(ending) && stems(word.slice(0, word.length - ending.length), ending));
}

function stems(stem: string, ending: string): boolean {
  const words = known ?? new Set();
  if (words.has(stem)) return true;
  if (ending === '') return false;
  // "staging" of "stage", "dropped" of "drop", "carries" of "carry".
  const doubled = stem.at(-1) === stem.at(-2) ? stem.slice(0, -1) : '';
  const changed = stem.endsWith('i') ? `${stem.slice(0, -1)}y` : '';
  return words.has(`${stem}e`) || words.has(doubled) || words.has(changed);
}

function readWords(): ReadonlySet<string> {
  const words = new Set<string>();
  let before = '';
  for (const [, shared, rest] of WORDS.matchAll(/(\d)([a-z]*)/g)) {
    before = before.slice(0, Number(shared)) + rest;
    words.add(before);
  }
  return words;
}
