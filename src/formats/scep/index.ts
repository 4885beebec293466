/**
 * formats/scep: Simple Certificate Enrolment Protocol (RFC 8894), the server's part.
 *
 * A request is SignedData (signed by the client's own, mostly self-signed, certificate) around EnvelopedData (to the authority) around a
 * PKCS#10 request, whose challenge password says which enrolment it is. The reply is the same the other way round, with the new
 * certificate in a degenerate SignedData. `node.ts` opens requests and builds replies.
 * Old clients (every smallstep/scep one) send single DES and SHA-1 whatever the capabilities say: see `legacyDes`.
 */
export { type PkiMessage, parsePkiMessage } from './message.ts';
