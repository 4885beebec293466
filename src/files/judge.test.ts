import { describe, expect, test } from 'vitest';
import type { TdfPolicy } from '../formats/tdf/index.ts';
import { endOf, refusalsOfFile, refusalsOfPolicy } from './judge.ts';
import { type Part, partByPolicy, partOf, reaches } from './part-of.ts';
import type { FileRecord } from './store.ts';

const nowMs = Date.UTC(2026, 0, 1);
const at = (ms: number): Date => new Date(nowMs + ms);
const policy: TdfPolicy = { uuid: 'u', attributes: [], dissem: ['rana@example.org'], owner: 'olga@example.org' };
const file: FileRecord = {
  ...{
    id: 'f',
    policyUuid: 'u',
    ownerId: 'olga',
    recipientIds: ['rana'],
    groups: [],
    title: 't',
    mediaType: 'text/plain',
  },
  ...{ sizeBytes: 1, protectedBytes: 1, sha256: '00', labels: [], view: 'client', watermark: false },
  ...{ policyEndsAt: null, expiresAt: null, revokedAt: null, deletedAt: null, createdAt: at(-1) },
};
const codes = (reasons: readonly { readonly code: string }[]): string[] => reasons.map(({ code }) => code);

describe('refusalsOfFile()', () => {
  test.each<[string, Partial<FileRecord>, Part, string[]]>([
    ['a file in order opens for its owner', {}, 'owner', []],
    ['a file in order opens for a recipient', {}, 'recipient', []],
    ['for nobody else', {}, 'nobody', ['file.not-recipient']],
    ['to others it tells nothing more', { revokedAt: at(0), labels: ['l'] }, 'nobody', ['file.not-recipient']],
    ['withdrawn', { revokedAt: at(0) }, 'recipient', ['file.revoked']],
    ['withdrawn, for its owner too', { revokedAt: at(0) }, 'owner', ['file.revoked']],
    ['at the server’s end', { expiresAt: at(0) }, 'owner', ['file.expired']],
    ['before the server’s end', { expiresAt: at(1) }, 'recipient', []],
    ['at the bound end', { policyEndsAt: at(0) }, 'recipient', ['file.expired']],
    ['at the earlier of both', { policyEndsAt: at(0), expiresAt: at(9) }, 'recipient', ['file.expired']],
    ['at the earlier of both, the other way', { policyEndsAt: at(9), expiresAt: at(0) }, 'recipient', ['file.expired']],
    ['with a label', { labels: ['l'] }, 'recipient', ['file.label-unknown']],
    ['with a label, for its owner', { labels: ['l'] }, 'owner', []],
    ['with labels that were not read yet', { labels: null }, 'recipient', []],
  ])('%s', (_, state, part, expected) => {
    expect(codes(refusalsOfFile({ ...file, ...state }, part, nowMs))).toEqual(expected);
  });
});

describe('refusalsOfPolicy()', () => {
  test.each<[string, Partial<TdfPolicy>, Part, string[]]>([
    ['without restrictions', {}, 'recipient', []],
    ['for nobody else', {}, 'nobody', ['file.not-recipient']],
    ['at its end', { notAfterMs: nowMs }, 'owner', ['file.expired']],
    ['before its end', { notAfterMs: nowMs + 1 }, 'recipient', []],
    ['before its time', { notBeforeMs: nowMs + 1 }, 'owner', ['file.not-yet']],
    ['at its time', { notBeforeMs: nowMs }, 'recipient', []],
    ['as pictures only', { view: 'pixels' }, 'owner', ['file.pixels-only']],
    ['to be viewed', { view: 'client' }, 'recipient', []],
    ['with a label', { attributes: ['l'] }, 'recipient', ['file.label-unknown']],
    ['with a label, for its owner', { attributes: ['l'] }, 'owner', []],
  ])('%s', (_, said, part, expected) => {
    expect(codes(refusalsOfPolicy({ ...policy, ...said }, part, nowMs))).toEqual(expected);
  });
});

test('endOf() is the earlier of the two ends, if there is one', () => {
  expect(endOf({ policyEndsAt: null, expiresAt: null })).toBeNull();
  expect(endOf({ policyEndsAt: at(2), expiresAt: at(1) })).toBe(nowMs + 1);
  expect(endOf({ policyEndsAt: at(1), expiresAt: at(2) })).toBe(nowMs + 1);
});

test.each([
  ['olga@example.org', 'owner'],
  ['rana@example.org', 'recipient'],
  ['stan@example.org', 'nobody'],
])('partByPolicy() calls %s %s', (email, part) => {
  expect(partByPolicy(policy, email)).toBe(part);
});

test('partOf() asks nobody about groups where the file has none', async () => {
  const noDatabase = {} as Parameters<typeof partOf>[0]; // would throw if it were asked
  for (const [personId, part] of [
    ['olga', 'owner'],
    ['rana', 'recipient'],
    ['stan', 'nobody'],
  ] as const)
    expect(await partOf(noDatabase, file, personId)).toBe(part);
});

describe('reaches()', () => {
  const share = { groupId: 'g', sharedAtMs: 1000, confirmed: { lara: 3000 } };
  test.each<[string, string, string, number | null, boolean]>([
    ['who was in the group before', 'g', 'elsa', 999, true],
    ['who came as it was shared', 'g', 'elsa', 1000, true],
    ['who was in it before that was kept', 'g', 'elsa', null, true],
    ['not who came later', 'g', 'elsa', 1001, false],
    ['who came later and was confirmed', 'g', 'lara', 3000, true],
    ['not who came back after that', 'g', 'lara', 3001, false],
    ['not who is in another group', 'h', 'elsa', 1, false],
    ['not who is called like a member of every object', 'g', 'constructor', 1001, false],
  ])('%s', (_, groupId, personId, sinceMs, expected) => {
    expect(reaches(share, { groupId, personId, sinceMs })).toBe(expected);
  });
});
