import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { FormatError } from '../base/index.ts';
import { importWrapKey, joinShares, readContainer, type TdfContainer, unwrapShare } from '../formats/tdf/index.ts';
import { openFile, withReading } from '../formats/tdf/node.ts';
import { type CommandIo, onlyOne, runCommand } from './command.ts';
import { privateKeyOf } from './pem.ts';

const HELP = `pavise open FILE.tdf [-o OUT] --kas-private-key KEY.pem [--json]
  Opens without a server, for recovery and conformance. The key is PEM, or a JSON list of keys as "pavise keys export" writes it on the
  server's machine and OpenTDF's tests publish it.
  With a server, files open in the workspace: the key server wants proof of an enrolled device, which a command line is not.
`;

const OPTIONS = {
  out: { type: 'string', short: 'o' },
  'kas-private-key': { type: 'string' },
} as const;

/** `pavise open`: 0 done, 2 usage error, damaged file or wrong key. */
export function open(args: string[], io: CommandIo): Promise<number> {
  return runCommand(args, io, { help: HELP, options: OPTIONS }, async ({ values, positionals }) => {
    const path = onlyOne(positionals, 'Name one file: pavise open FILE.tdf');
    const keyPath = values['kas-private-key'];
    if (keyPath === undefined)
      throw new Error(
        'Give --kas-private-key KEY.pem ("pavise keys export" on the server\'s machine writes it), or open the file in the workspace',
      );
    const output = values.out ?? defaultOutput(path);
    const { sizeBytes, container } = await withReading(path, async (input) => {
      const container = await readContainer(input.readAt, input.sizeBytes);
      const key = await keyOf(container, privateKeys(keyPath));
      const { sizeBytes } = await openFile(input, container, key, output);
      key.fill(0);
      return { sizeBytes, container };
    });
    io.out(
      values.json
        ? `${JSON.stringify({ file: output, sizeBytes, mimeType: container.manifest.mimeType })}\n`
        : `${output}\n`,
    );
    return 0;
  });
}

/** Tries every key on every key access: dead entries of foreign servers are common. */
async function keyOf(container: TdfContainer, keys: readonly KeyObject[]): Promise<Uint8Array> {
  const shares = new Map<string, Uint8Array>();
  for (const key of keys) {
    const privateKey = await importWrapKey(key.export({ type: 'pkcs8', format: 'pem' }).toString());
    for (const access of container.manifest.keyAccess) {
      const share = shares.get(access.splitId) ?? (await unwrapShare(privateKey, access).catch(otherKey));
      if (share !== undefined) shares.set(access.splitId, share);
    }
  }
  if (shares.size === 0)
    throw new Error(
      "Give the private key of the server that protected this file: none of these keys unwraps the file's key",
    );
  return joinShares(container.manifest, shares);
}

function otherKey(error: unknown): undefined {
  if (!(error instanceof FormatError)) throw error;
}

function privateKeys(path: string): KeyObject[] {
  const text = readFileSync(path, 'utf8');
  if (!text.trimStart().startsWith('[')) return [privateKeyOf(text, path)];
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw new Error(`Give a private key in PEM, or a JSON list of keys: "${path}" is neither`);
  }
  const pems = (Array.isArray(list) ? list : [])
    .map((item: unknown) => (item as { privateKey?: unknown } | null)?.privateKey) // checked below
    .filter((key) => typeof key === 'string');
  if (pems.length === 0) throw new Error(`Give a list with a "privateKey" in PEM: "${path}" has none`);
  return pems.map((pem) => privateKeyOf(pem, path));
}

function defaultOutput(path: string): string {
  return path.endsWith('.tdf') && path.length > 4 ? path.slice(0, -4) : `${path}.open`;
}
