import { FormatError } from '../../base/index.ts';
import { type DerNode, TAG, textOf } from '../asn1/index.ts';
import { parseSigned, type Signed } from '../cms/index.ts';
import { ATTRIBUTE } from './oids.ts';

/** A pkiMessage as it came; its signature is not verified yet. */
export interface PkiMessage {
  readonly signed: Signed;
  /** RFC 8894 section 3.2.1.2: 19 PKCSReq, 17 RenewalReq, 3 CertRep. */
  readonly messageType: string;
  readonly transactionId: string;
  readonly senderNonce: Uint8Array;
  readonly envelope: Uint8Array;
}

/** Parses a pkiMessage. Throws FormatError `scep-…`, `cms-…`, `x509-…` or `asn1-…`. */
export function parsePkiMessage(bytes: Uint8Array): PkiMessage {
  const signed = parseSigned(bytes);
  const attribute = (id: string): DerNode => {
    const node = signed.attributes.get(id);
    if (node === undefined)
      throw new FormatError('scep-attribute', -1, 'Cannot parse SCEP message: an attribute is missing');
    return node;
  };
  const nonce = attribute(ATTRIBUTE.senderNonce);
  if (nonce.tag !== TAG.octetString || nonce.content.length > 64)
    throw new FormatError('scep-attribute', -1, 'Cannot parse SCEP message: bad nonce');
  if (signed.content === undefined) throw new FormatError('scep-content', -1, 'Cannot parse SCEP message: no content');
  return {
    signed,
    messageType: textOf(attribute(ATTRIBUTE.messageType)),
    transactionId: textOf(attribute(ATTRIBUTE.transactionId)),
    senderNonce: nonce.content,
    envelope: signed.content,
  };
}
