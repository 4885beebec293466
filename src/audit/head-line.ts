import type { SignedHead } from './entry.ts';

/** A head as the server prints it, with the key (base64 of DER SPKI) by which its signature can be checked. */
export type PrintedHead = SignedHead & { readonly publicKey: string };

// What collects a log may put time and host before it.
const LINE =
  /(?:^|\s)audit head (\d{1,16}) ([0-9a-f]{64}) (\d{4}-\d\d-\d\dT[\d:.]+Z) ([A-Za-z0-9+/]+=*) ([0-9a-f]{128})$/;

/** The line of the server's log: size of the log, hash, time, public key, signature. `pavise audit verify --head` takes it as it is. */
export function headLine({ seq, hash, signedAt, publicKey, signature }: PrintedHead): string {
  return `audit head ${seq} ${hash} ${signedAt} ${publicKey} ${signature}`;
}

/** Reads such a line; undefined when it is none. */
export function parseHeadLine(line: string): PrintedHead | undefined {
  const [, seq, hash = '', signedAt = '', publicKey = '', signature = ''] = LINE.exec(line.trim()) ?? [];
  return seq === undefined ? undefined : { seq: Number(seq), hash, signedAt, publicKey, signature };
}
