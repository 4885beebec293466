import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { AuditEntry } from '../audit/api.ts';
import type { SealedEntry } from '../audit/index.ts';

const LINE_LIMIT = 1 << 20;
const ANSWER_LIMIT_BYTES = 64 << 20; // a page of the API has a thousand entries at most

/** What `GET /api/v1/audit` answers, or its entries alone. */
const Answer = Type.Union([Type.Object({ items: Type.Array(AuditEntry) }), Type.Array(AuditEntry)]);

/**
 * Reads entries of the audit log from a file, oldest first: JSON lines, as the export gives them, or the API's JSON answer.
 *
 * @throws Error with the line that is no entry
 */
export async function* entriesOf(file: string): AsyncGenerator<SealedEntry> {
  const answer = await answerIn(file);
  if (answer !== undefined) {
    yield* answer;
    return;
  }
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (line.trim() === '') continue;
    const value = line.length > LINE_LIMIT ? undefined : parsed(line);
    if (!Value.Check(AuditEntry, value))
      throw new Error(`Cannot read ${file}: line ${number} is not an entry of the audit log`);
    yield sealed(value);
  }
}

/** A whole answer of the API in one file; without `after` it lists the newest first. */
async function answerIn(file: string): Promise<readonly SealedEntry[] | undefined> {
  if ((await stat(file)).size > ANSWER_LIMIT_BYTES) return undefined;
  const value = parsed(await readFile(file, 'utf8'));
  if (!Value.Check(Answer, value)) return undefined;
  const items = (Array.isArray(value) ? value : value.items).map(sealed);
  const isNewestFirst = (items[0]?.seq ?? 0) > (items.at(-1)?.seq ?? 0);
  return isNewestFirst ? items.reverse() : items;
}

/** An entry as the chain hashes it. */
export function sealed(entry: AuditEntry): SealedEntry {
  return entry as SealedEntry; // checked by AuditEntry; its records came from JSON
}

/** @returns the JSON value, or undefined for the schema to refuse */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
