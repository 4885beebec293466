import { type DerNode, oid, oidOf, sequence, setOf, text, textOf } from '../asn1/index.ts';

const COMMON_NAME = '2.5.4.3'; // RFC 5280, appendix A.1, id-at-commonName
const ORGANISATION = '2.5.4.10'; // id-at-organizationName

/** Writes a distinguished name. */
export function nameOf(name: { readonly organisation?: string; readonly commonName: string }): Uint8Array<ArrayBuffer> {
  const part = (id: string, value: string): Uint8Array => setOf(sequence(oid(id), text(value)));
  const organisation = name.organisation === undefined ? [] : [part(ORGANISATION, name.organisation)];
  return sequence(...organisation, part(COMMON_NAME, name.commonName));
}

/** Reads the first common name of a distinguished name. */
export function commonNameOf(name: DerNode): string | undefined {
  for (const set of name.children) {
    for (const pair of set.children) {
      const [type, value] = pair.children;
      if (value !== undefined && oidOf(type) === COMMON_NAME) return textOf(value);
    }
  }
  return undefined;
}
