import {
  canonicalJson,
  FormatError,
  fromCanonicalBase64,
  type Json,
  toBase64,
  utf8Bytes,
  utf8Text,
} from '../base/index.ts';
import { HASH_BYTES } from '../formats/merkle-tree/index.ts';
import { commitmentOfDigests, entryOf, fieldDigest, saltsOf } from './leaf.ts';
import { checkField, compareBytes, type Field, fieldsOf, type Recorded } from './leaf-fields.ts';

/** Some fields of an entry, with what proves that they are in it, and nothing of the others but that they are there. */
export interface Disclosure {
  /** In ascending order of the bytes of their names. */
  readonly fields: readonly (Field & { readonly salt: Uint8Array })[];
  /** Of all other fields, in ascending order. */
  readonly digests: readonly Uint8Array[];
}

const SCHEMA = 'pavise.audit.disclosure/1';
/** As much as a tlog-proof has room for. */
const MAX_BYTES = 262_144;

/**
 * Shows the fields of an entry that `shown` names; the key stays where it is.
 *
 * @throws FormatError `audit-field`, `audit-key`, or `audit-disclosure` where nothing would be shown
 */
export function disclose(recorded: Recorded, key: Uint8Array, shown: (name: string) => boolean): Disclosure {
  const salt = saltsOf(key);
  const all = fieldsOf(recorded).map((field) => ({ ...field, salt: salt(field.name) }));
  const fields = all
    .filter(({ name }) => shown(name))
    .sort((a, b) => compareBytes(utf8Bytes(a.name), utf8Bytes(b.name)));
  if (fields.length === 0) throw wrong('no field');
  const digests = all.filter(({ name }) => !shown(name)).map((field) => fieldDigest(field, field.salt));
  return { fields, digests: digests.sort(compareBytes) };
}

/** The entry of the log that has these fields. @throws FormatError `audit-digests` where a field would count twice */
export function disclosedEntry({ fields, digests }: Disclosure): Uint8Array {
  return entryOf(commitmentOfDigests([...fields.map((field) => fieldDigest(field, field.salt)), ...digests]));
}

/** Writes a disclosure as canonical JSON; throws FormatError `audit-disclosure` beyond 256 KiB. */
export function formatDisclosure({ fields, digests }: Disclosure): Uint8Array {
  const bytes = utf8Bytes(
    canonicalJson({
      schema: SCHEMA,
      fields: fields.map(({ name, salt, value }) => ({ name, salt: toBase64(salt), value })),
      digests: digests.map((digest) => toBase64(digest)),
    }),
  );
  if (bytes.length > MAX_BYTES) throw wrong(`${bytes.length} bytes, ${MAX_BYTES} at most`);
  return bytes;
}

/**
 * Reads a disclosure, which has one spelling alone; what it says is true of an entry once a log is proven to have `disclosedEntry`.
 *
 * @throws FormatError `audit-disclosure`, `audit-field`
 */
export function parseDisclosure(bytes: Uint8Array): Disclosure {
  if (bytes.length > MAX_BYTES) throw wrong(`${bytes.length} bytes, ${MAX_BYTES} at most`);
  const { fields, digests } = membersOf(jsonOf(bytes), ['digests', 'fields', 'schema']);
  const disclosure = {
    fields: listOf(fields).map((field) => fieldOf(field)),
    digests: listOf(digests).map((digest) => hashOf(digest)),
  };
  if (disclosure.fields.length === 0) throw wrong('no field');
  checkAscending(disclosure.fields.map(({ name }) => utf8Bytes(name)));
  checkAscending(disclosure.digests);
  for (const field of disclosure.fields) checkField(field);
  // Also where a key stands twice, a number is written at length or of more digits than count, or a member is unknown.
  if (compareBytes(formatDisclosure(disclosure), bytes) !== 0) throw wrong('not canonical JSON');
  return disclosure;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Text(bytes));
  } catch {
    return undefined; // which has no members, as is told next
  }
}

function membersOf(value: unknown, names: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || names.some((name) => !Object.hasOwn(value, name)))
    throw wrong(`no ${names.join(', ')}`);
  return value as Readonly<Record<string, unknown>>; // an object, as was just seen
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong('fields and digests are lists');
  return value;
}

function fieldOf(value: unknown): Disclosure['fields'][number] {
  const { name, salt, value: shown } = membersOf(value, ['name', 'salt', 'value']);
  if (typeof name !== 'string') throw wrong('a field without a name');
  return { name, salt: hashOf(salt), value: shown as Json }; // out of JSON
}

function hashOf(value: unknown): Uint8Array {
  try {
    const hash = fromCanonicalBase64(typeof value === 'string' ? value : '');
    if (hash.length === HASH_BYTES) return hash;
  } catch {
    // told below
  }
  throw wrong('a salt or digest is not 32 bytes of base64');
}

function checkAscending(list: readonly Uint8Array[]): void {
  if (list.some((bytes, i) => i > 0 && compareBytes(list[i - 1] ?? bytes, bytes) >= 0))
    throw wrong('fields or digests are not in ascending order, or one is there twice');
}

function wrong(why: string): FormatError {
  return new FormatError('audit-disclosure', -1, `Cannot read disclosure: ${why}`);
}
