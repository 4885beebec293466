import { readFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { AuditHead, AuditList } from '../audit/api.ts';
import { parseHeadLine, type SealedEntry, type SignedHead, verifyChain } from '../audit/index.ts';
import { entriesOf, parsed, sealed } from './audit-entries.ts';
import { type CommandIo, runCommand } from './command.ts';

const HELP = `pavise audit verify [FILE] [--head HEAD] [--public-key BASE64] [--json]
  Recomputes the chain of the audit log from its first entry.
  FILE                         what "Export as JSON lines" in the console gives (GET /api/v1/audit/export, JSON lines), or the JSON of GET /api/v1/audit?after=0
  --server URL --token T       reads them from the server when there is no FILE (or PAVISE_SERVER, PAVISE_TOKEN); the token's role is owner,
                               administrator, investigator or auditor
  --head HEAD                  a head that was kept: the line "audit head …" that the server and "pavise backup" print, the JSON of
                               "pavise backup --json", SEQ:HASH, or a file that holds one of these; a log that ends before it was cut.
                               Without it a server is measured against its own head, which shows mistakes but no lie
  --public-key BASE64          the key that signs heads, as it was kept elsewhere, in place of the one that HEAD names
  Exit 0 verified · 1 changed, dropped, reordered or cut · 2 usage or input error
`;

const PAGE = 1000;
const OPTIONS = { head: { type: 'string' }, 'public-key': { type: 'string' } } as const;

/** `pavise audit verify`: 0 verified, 1 broken, 2 usage or input error. */
export function auditVerify(args: string[], io: CommandIo): Promise<number> {
  return runCommand(args, io, { help: HELP, options: OPTIONS }, async ({ values, positionals, server, token }) => {
    const [file, more] = positionals;
    if (more !== undefined) throw new Error('Name one file of entries: pavise audit verify FILE');
    const kept = values.head === undefined ? undefined : await readHead(values.head, values['public-key']);
    const result =
      file === undefined
        ? await verifyServer(requireServer(server, token), kept)
        : await verifyEntries(entriesOf(file), kept);
    if (values.json) io.out(`${JSON.stringify(result)}\n`);
    else if (result.ok) io.out(`Verified: ${result.entries} entries, ${result.against}\n`);
    else io.out(`Not verified: ${result.why}\n`);
    return result.ok ? 0 : 1;
  });
}

/** A head that someone kept; without signature and key it still pins one hash at one place. */
interface KeptHead {
  readonly seq: number;
  readonly hash: string;
  readonly signed: { readonly head: SignedHead; readonly publicKey: Uint8Array } | undefined;
  /** True when nobody kept it: the server that is verified said it itself. */
  readonly isServersOwn?: true;
}

type Result =
  | { readonly ok: true; readonly entries: number; readonly hash: string; readonly against: string }
  | { readonly ok: false; readonly seq: number; readonly why: string };

async function verifyEntries(entries: AsyncIterable<SealedEntry>, kept: KeptHead | undefined): Promise<Result> {
  let hashThere: string | undefined;
  const watched = async function* (): AsyncGenerator<SealedEntry> {
    for await (const entry of entries) {
      if (entry.seq === kept?.seq) hashThere = entry.hash;
      yield entry;
    }
  };
  const result = await verifyChain(watched(), kept?.signed);
  if (!result.ok) return result;
  const { entries: count, hash } = result;
  if (kept === undefined)
    return { ok: true, entries: count, hash, against: 'no kept head given, so a cut tail would not show' };
  const name = kept.isServersOwn === true ? "the server's own head" : 'the kept head';
  if (hashThere === undefined)
    return { ok: false, seq: kept.seq, why: `the tail was cut: ${name} is at ${kept.seq}, the log ends at ${count}` };
  if (hashThere !== kept.hash)
    return { ok: false, seq: kept.seq, why: `the chain was rewritten: ${name} at ${kept.seq} differs` };
  const proof = kept.signed === undefined ? 'its signature was not checked' : 'its signature is right';
  const caution = kept.isServersOwn === true ? '; give --head, kept elsewhere, to see a cut tail too' : '';
  return { ok: true, entries: count, hash, against: `holds ${name} at ${kept.seq}, ${proof}${caution}` };
}

async function verifyServer(server: { url: string; token: string }, kept: KeptHead | undefined): Promise<Result> {
  const said = await ask(server, '/api/v1/audit/head', SaidHead);
  const keyKept = kept?.signed?.publicKey;
  if (keyKept !== undefined && !Buffer.from(said.publicKey, 'base64').equals(keyKept))
    return { ok: false, seq: kept?.seq ?? 0, why: 'the server signs by another key than the kept head was signed by' };
  const signed = said.head === null ? undefined : { head: said.head, publicKey: Buffer.from(said.publicKey, 'base64') };
  // The server's own head shows its own mistakes; only a head kept elsewhere shows a server that lies.
  const own = kept ?? (signed && { seq: signed.head.seq, hash: signed.head.hash, signed, isServersOwn: true as const });
  return await verifyEntries(pagesOf(server), own);
}

async function* pagesOf(server: { url: string; token: string }): AsyncGenerator<SealedEntry> {
  for (let after = 0; ; ) {
    const { items } = await ask(server, `/api/v1/audit?after=${after}&limit=${PAGE}`, AuditList);
    yield* items.map(sealed);
    const last = items.at(-1);
    if (last === undefined || items.length < PAGE) return;
    after = last.seq;
  }
}

/** What of the server's own head is used here, so that servers of other versions are verified too. */
const SaidHead = Type.Pick(AuditHead, ['publicKey', 'head']);

async function ask<T extends typeof SaidHead | typeof AuditList>(
  server: { url: string; token: string },
  path: string,
  schema: T,
): Promise<Type.Static<T>> {
  const response = await fetch(new URL(path, server.url), { headers: { authorization: `Bearer ${server.token}` } });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.status === 401)
    throw new Error('Give another API token: the server does not know this one, or it has expired or was revoked');
  if (response.status === 403)
    throw new Error(
      'Give a token of the role owner, administrator, investigator or auditor: the server does not show the audit log to this one',
    );
  if (!response.ok || !Value.Check(schema, body))
    throw new Error(`Cannot read the audit log: the server answered ${response.status}`);
  return body;
}

function requireServer(url: string | undefined, token: string | undefined): { url: string; token: string } {
  if (url === undefined || token === undefined)
    throw new Error('Name a file of entries, or a server with --server URL --token T');
  return { url, token };
}

const HeadJson = Type.Object({ seq: Type.Integer({ minimum: 1 }), hash: Type.String({ pattern: '^[0-9a-f]{64}$' }) });
const SignedHeadJson = Type.Object({
  seq: Type.Integer({ minimum: 1 }),
  hash: Type.String(),
  signedAt: Type.String(),
  signature: Type.String(),
  publicKey: Type.Optional(Type.String()),
});
const Wrapped = [Type.Object({ auditHead: HeadJson }), Type.Object({ head: HeadJson })] as const;

/** SEQ:HASH, and the line of versions that printed neither time nor key. */
const PAIR = /^(?:audit head )?(\d{1,16})[: ]([0-9a-f]{64})(?: [0-9a-f]+)?$/;

async function readHead(given: string, publicKey: string | undefined): Promise<KeptHead> {
  const isInPlace = PAIR.test(given.trim()) || parseHeadLine(given) !== undefined || given.trim().startsWith('{');
  const text = (isInPlace ? given : await readFile(given, 'utf8').catch(() => '')).trim(); // no such file: refused below
  const pair = PAIR.exec(text);
  if (pair !== null) return { seq: Number(pair[1]), hash: pair[2] ?? '', signed: undefined };
  const value = parseHeadLine(text) ?? unwrapped(parsed(text));
  if (!Value.Check(HeadJson, value))
    throw new Error('Give --head as the line "audit head …", as SEQ:HASH or as the JSON of a signed head');
  if (!Value.Check(SignedHeadJson, value)) return { seq: value.seq, hash: value.hash, signed: undefined };
  const key = publicKey ?? value.publicKey;
  return {
    seq: value.seq,
    hash: value.hash,
    signed: key === undefined ? undefined : { head: value, publicKey: Buffer.from(key, 'base64') },
  };
}

function unwrapped(value: unknown): unknown {
  if (Value.Check(Wrapped[0], value)) return value.auditHead;
  return Value.Check(Wrapped[1], value) ? value.head : value;
}
