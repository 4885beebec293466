import { expect, it } from 'vitest';
import { isWord } from './is-word.ts';

it('isWord() knows the words of the dictionary in their usual forms, and nothing that only looks like one', () => {
  const words = [
    'payload',
    'Payload',
    'implants',
    'dropper',
    'staging',
    'staged',
    'carries',
    'agent',
    'updates',
    'zones',
  ];
  expect(words.filter((word) => !isWord(word))).toEqual([]);
  const others = [
    'stagingd',
    'roleaccountd',
    'gatekeeperd',
    'bh',
    'fmld',
    'rce_loader.js',
    'natgd',
    'ckeblld',
    '',
    'payload2',
  ];
  expect(others.filter((name) => isWord(name))).toEqual([]);
});
