import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { StorageError } from './storage-error.ts';

/** The last entry of a backup. */
export const MANIFEST_PATH = 'manifest.json';
export const MANIFEST_LIMIT_BYTES = 1 << 30; // some 130 bytes for each blob

const TableCopy = Type.Object({
  schema: Type.String(),
  name: Type.String(),
  columns: Type.Array(Type.String()),
  /** Pieces of one COPY stream, in order. */
  files: Type.Array(Type.String()),
});
export type TableCopy = Static<typeof TableCopy>;

const Manifest = Type.Object({
  schema: Type.Literal('pavise.backup/1'),
  kind: Type.Union([Type.Literal('physical'), Type.Literal('logical')]),
  createdAt: Type.String(),
  postgres: Type.String(),
  migrations: Type.Array(Type.String()),
  /** The last signed head of the audit log, with the key that signed it: whoever keeps it sees a cut tail. */
  auditHead: Type.Union([
    Type.Null(),
    Type.Object({
      seq: Type.Integer(),
      hash: Type.String(),
      signedAt: Type.String(),
      signature: Type.String(),
      publicKey: Type.String(),
    }),
  ]),
  tables: Type.Array(TableCopy),
  files: Type.Array(Type.Object({ path: Type.String(), sizeBytes: Type.Integer(), sha256: Type.String() })),
});
/** What a backup says of itself. */
export type BackupManifest = Readonly<Omit<Static<typeof Manifest>, 'files'>> & {
  readonly files: readonly { readonly path: string; readonly sizeBytes: number; readonly sha256: string }[];
};

/** Reads the manifest; throws StorageError `storage-backup-damaged`. */
export function parseManifest(bytes: Uint8Array): BackupManifest {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    value = undefined; // the check below refuses it
  }
  if (!Value.Check(Manifest, value)) {
    throw new StorageError(
      'storage-backup-damaged',
      'Cannot restore this backup: its manifest is not one of pavise.backup/1',
      400,
    );
  }
  return value;
}
