import { formatMinisignKey, parseMinisignKey } from '../../formats/minisign/index.ts';
import { versionNamed } from './inspect.ts';
import { readState, writeInOneStep } from './state.ts';
import { readSignature, readVersion } from './store.ts';
import { IndicatorStoreError } from './store-error.ts';

/**
 * Writes a version as FILE, its signature as FILE.minisig and the signer's public key as FILE.pub, for a machine without network.
 *
 * The key beside the file is a convenience: whoever imports it must get the key, or compare it, by another way.
 */
export function exportVersion(
  folder: string,
  name: string,
  out: string | undefined,
): { readonly name: string; readonly version: number; readonly file: string; readonly key: string } {
  if (out === undefined) throw new IndicatorStoreError('usage', 'Give --out FILE: the bundle has nowhere to go');
  const opened = readState(folder);
  const { set, version } = versionNamed(opened?.state.sets ?? [], name);
  if (opened === undefined)
    throw new IndicatorStoreError('indicators-name', 'Add indicators first: the store is empty');
  const { bytes } = readVersion(folder, set.name, version);
  const signature = readSignature(folder, set.name, version.version);
  const signer = version.signedBy === 'publisher' ? parseMinisignKey(set.publisherKey ?? '') : opened.key.minisign;
  const key = formatMinisignKey(signer);
  try {
    writeInOneStep(out, bytes, 0o600);
    writeInOneStep(`${out}.minisig`, signature, 0o600);
    writeInOneStep(`${out}.pub`, `untrusted comment: key of ${set.name}\n${key}\n`, 0o600);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    throw new IndicatorStoreError('indicators-output', `Choose another --out: cannot write "${out}": ${why}`);
  }
  return { name: set.name, version: version.version, file: out, key };
}
