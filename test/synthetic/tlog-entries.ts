import { concatBytes, utf8Bytes } from '../../src/base/index.ts';
import { nodeSha256 } from '../../src/formats/merkle-tree/node.ts';

const PREFIX = utf8Bytes('pavise.audit.entry/1\n');

/** The entry of a log for tests, as long as one of the audit log: test/interop/tlog/main.go makes the same. */
export function entryAt(index: number): Uint8Array {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(index));
  return concatBytes([PREFIX, nodeSha256(number)]);
}
