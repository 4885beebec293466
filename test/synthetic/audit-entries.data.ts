import type { Recorded } from '../../src/audit/leaf-fields.ts';

const [ADA, BOB] = ['0b6f9a3e-7c1d-4e52-9f10-3a5d2c8e7b41', 'f4d1c0aa-93b7-4d0e-8a2b-6c7e5d4f3a21'];
const PHONE = '5a2e7f60-1b9c-4c3d-b8e4-9f0a1d2c3b4e';

/** Entries by which implementations of docs/audit-log-format.md are compared; their keys are SHA-256 of "key" and the number of the entry. */
export const RECORDED: readonly Recorded[] = [
  {
    id: '00000000-0000-4000-8000-000000000000',
    at: '2026-11-24T22:10:03.000000Z',
    action: 'audit.adopted',
    object: { type: 'audit', id: null },
    actor: { kind: 'system' },
    subjects: [],
    detail: {},
  },
  {
    id: '6d1f2c3b-4a5e-4f60-9182-a3b4c5d6e7f8',
    at: '2026-11-24T22:10:03.123456Z',
    action: 'file.key.refused',
    object: { type: 'file', id: '7e2a3d4c-5b6f-4071-8293-b4c5d6e7f809' },
    actor: { kind: 'person', personId: ADA, role: 'member', sessionId: '8f3b4e5d-6c70-4182-93a4-c5d6e7f8091a' },
    subjects: [
      { type: 'person', id: ADA },
      { type: 'device', id: PHONE },
    ],
    detail: { deviceId: PHONE, reasons: ['system-old', 'passcode-missing'], graceMs: 86_400_000, allow: false },
  },
  {
    id: '9a4c5f6e-7d81-4293-a4b5-d6e7f8091a2b',
    at: '2026-11-24T22:10:04.999999Z',
    action: 'device.named',
    object: { type: 'device', id: PHONE },
    actor: { kind: 'device', deviceId: PHONE },
    // Not in the order in which they count.
    subjects: [
      { type: 'person', id: BOB },
      { type: 'person', id: ADA },
      { type: 'device', id: ADA },
    ],
    detail: { before: null, name: 'Größe "5\\6" 😀 \u2028\u2029 <&> \u007f\u0001\n\tnu\u0301ñ' },
  },
  {
    id: 'ab5d6f70-8e92-43a4-b5c6-e7f8091a2b3c',
    at: '2026-11-24T22:10:05.000001Z',
    action: 'access.rules',
    object: { type: 'rules', id: '' },
    actor: { kind: 'token', tokenId: 'c', role: 'administrator' },
    subjects: [],
    detail: {
      // Keys sort by UTF-16 code units inside of a value (RFC 8785): U+1F600 before U+FB33.
      keys: { '\ufb33': 1, '😀': 2, ö: 3, '1': 4, '\r': 5, '': 6, '€': 7, A: 8, a: 9, aa: 10 },
      numbers: [0, 1, -1, 0.1, 1e21, 1e-7, 123456789012345680000, 5e-324, 1.7976931348623157e308, 9007199254740991],
      nested: { empty: {}, list: [[], [null, true, false, '']], deep: [[[[[['x']]]]]] },
      '': 'an empty key',
      'subject/0': 'a key like a name',
      'with/slash and space': ' ',
      größe: 'ü',
      '😀': 'beyond the basic plane',
      nothing: null,
    },
  },
  {
    id: 'bc6e7081-9fa3-44b5-86d7-f8091a2b3c4d',
    at: '2026-11-24T22:10:06.500000Z',
    action: 'people.sign-in.failed',
    object: { type: 'person', id: BOB },
    actor: { kind: 'anonymous' },
    subjects: [{ type: 'person', id: BOB }],
    detail: { why: 'x'.repeat(3000) },
  },
];
