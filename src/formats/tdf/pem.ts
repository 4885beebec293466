import { FormatError, fromBase64, toBase64 } from '../../base/index.ts';

/** Gives the DER inside a PEM block of this label (RFC 7468); throws FormatError `tdf-pem`. */
export function derOfPem(pem: string, label: 'PUBLIC KEY' | 'PRIVATE KEY'): Uint8Array<ArrayBuffer> {
  const match = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(
    pem.slice(0, 0x10000),
  );
  if (match?.[1] === undefined) throw new FormatError('tdf-pem', -1, `Cannot read key: no PEM block "${label}"`);
  return fromBase64(match[1]);
}

export function pemOfDer(der: Uint8Array, label: 'PUBLIC KEY' | 'PRIVATE KEY'): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
