import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { DemoError } from './demo-error.ts';

const Text = Type.String();
const Profile = Type.Object({
  identifier: Text,
  uuid: Text,
  displayName: Text,
  minPasscodeLength: Type.Union([Type.Number(), Type.Null()]),
  payloads: Type.Optional(Type.Array(Text)),
});

/** What the practice organisation knows of itself between two starts: the simulated people's and phones' own keys. */
const Book = Type.Object({
  version: Type.Literal(1),
  seeded: Type.Boolean(),
  /** By address. */
  passkeys: Type.Record(Text, Type.Object({ credentialId: Text, privateKeyPem: Text })),
  /** By the phone's number. */
  phones: Type.Record(
    Text,
    Type.Object({
      certificate: Text,
      privateKeyPem: Text,
      serverPath: Text,
      checkInPath: Text,
      topic: Text,
      profiles: Type.Array(Profile),
      erased: Type.Boolean(),
    }),
  ),
  /** Enrolment tokens of phones that have yet to enrol. */
  tokens: Type.Record(Text, Text),
  /** The first phone: its id at the server, and its enrolment token, which also binds the visitor's browser to it. */
  visitorPhone: Type.Optional(Type.Object({ token: Text, deviceId: Text })),
  /** The Android phone of the last run. */
  androidDevice: Type.Optional(Text),
});
export type Book = Static<typeof Book>;

/** The book on disk; a second save waits for the first. */
export interface PracticeBook {
  readonly book: Book;
  readonly isNew: boolean;
  save(): Promise<void>;
}

/** Opens the book, or begins one that is not yet on disk. */
export async function openBook(path: string): Promise<PracticeBook> {
  const stored = await readFile(path, 'utf8').catch(() => undefined);
  const book = stored === undefined ? emptyBook() : parseBook(stored, path);
  let saving: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(`${path}.part`, JSON.stringify(book), { mode: 0o600 });
    await rename(`${path}.part`, path);
  };
  return {
    book,
    isNew: stored === undefined,
    save() {
      saving = saving.then(write, write);
      return saving;
    },
  };
}

function emptyBook(): Book {
  return { version: 1, seeded: false, passkeys: {}, phones: {}, tokens: {} };
}

function parseBook(text: string, path: string): Book {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (!Value.Check(Book, value)) {
    throw new DemoError('demo-book', 500, `Remove the data folder and start again: "${path}" is damaged`);
  }
  return value;
}
