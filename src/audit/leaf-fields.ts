import { canonicalJson, FormatError, type Json, utf8Bytes } from '../base/index.ts';

/** Whom or what an entry is about: a person or a device. */
export interface Subject {
  readonly type: string;
  readonly id: string;
}

/** An entry of the log as it is committed to: what was recorded, and nothing of its place. */
export interface Recorded {
  readonly id: string;
  /** Microseconds and `Z`, as text: "2026-11-24T22:10:03.123456Z". */
  readonly at: string;
  readonly action: string;
  readonly object: { readonly type: string; readonly id: string | null };
  /** Who did it; a `sessionId` becomes a field of its own. */
  readonly actor: { readonly kind: string; readonly [key: string]: Json | undefined };
  readonly subjects: readonly Subject[];
  readonly detail: { readonly [key: string]: Json | undefined };
}

/** What can be shown of an entry by itself. */
export interface Field {
  readonly name: string;
  readonly value: Json;
}

/** Deep enough for what rooms write, and far from what a stack bears. */
const MAX_DEPTH = 32;
const NAME = /^(id|at|action|object|actor|session|subject\/(0|[1-9]\d{0,8})|detail\/.*)$/s;
const MAX_NAME_BYTES = 0xffff;

/**
 * The fields of an entry (docs/audit-log-format.md, "Fields"), each name once.
 *
 * A key of `detail` that is undefined makes no field; one that is null does, and says null.
 * @throws FormatError `audit-field` for what JSON does not carry to everybody alike, and for a subject that is named twice
 */
export function fieldsOf({ id, at, action, object, actor, subjects, detail }: Recorded): readonly Field[] {
  const { sessionId, ...who } = actor;
  const fields: (readonly [name: string, value: Json | undefined])[] = [
    ['id', id],
    ['at', at],
    ['action', action],
    ['object', { type: object.type, id: object.id }],
    ['actor', who],
    ['session', sessionId],
    ...sortedSubjects(subjects).map((subject, i) => [`subject/${i}`, subject] as const),
    ...Object.entries(detail).map(([key, value]) => [`detail/${key}`, value] as const),
  ];
  return fields.flatMap(([name, value]) => {
    if (value === undefined) return [];
    checkField({ name, value });
    return [{ name, value }];
  });
}

/** Throws FormatError `audit-field` for a name that no entry has, and for a value that canonical JSON (RFC 8785) does not have. */
export function checkField({ name, value }: Field): void {
  if (!NAME.test(name) || !name.isWellFormed() || utf8Bytes(name).length > MAX_NAME_BYTES)
    throw wrong('a name is none of those that entries have');
  checkValue(value, MAX_DEPTH);
}

/** Compares by bytes; where one is the beginning of the other, it comes first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (const [i, byte] of a.entries()) {
    const difference = byte - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function sortedSubjects(subjects: readonly Subject[]): readonly Json[] {
  const sorted = subjects
    .map(({ type, id }) => ({ subject: { type, id }, bytes: utf8Bytes(canonicalJson({ type, id })) }))
    .sort((a, b) => compareBytes(a.bytes, b.bytes));
  if (sorted.some(({ bytes }, i) => compareBytes(bytes, sorted[i + 1]?.bytes ?? new Uint8Array(0)) === 0))
    throw wrong('a subject is named twice');
  return sorted.map(({ subject }) => subject);
}

function checkValue(value: Json | undefined, depth: number): void {
  if (depth === 0) throw wrong(`a value is nested over ${MAX_DEPTH} deep`);
  switch (typeof value) {
    case 'string':
      // RFC 8785 section 3.2.2.2: half a character is no text, and encoders write it differently.
      if (!value.isWellFormed()) throw wrong('a text holds half a character');
      return;
    case 'number':
      // JSON.stringify() writes null for them, which is another value.
      if (!Number.isFinite(value)) throw wrong('a number is infinite, or none');
      return;
    case 'boolean':
      return;
    case 'object':
      if (Array.isArray(value)) for (const item of value) checkValue(item, depth - 1);
      else if (value !== null) checkMembers(value as { readonly [key: string]: Json | undefined }, depth);
      return;
    default:
      throw wrong(`a ${typeof value} is no JSON`);
  }
}

function checkMembers(members: { readonly [key: string]: Json | undefined }, depth: number): void {
  for (const [key, member] of Object.entries(members)) {
    if (!key.isWellFormed()) throw wrong('a key holds half a character');
    // canonicalJson() leaves it out, as JSON does.
    if (member !== undefined) checkValue(member, depth - 1);
  }
}

function wrong(why: string): FormatError {
  return new FormatError('audit-field', -1, `Cannot commit to entry: ${why}`);
}
