import type { ArtefactModule } from '../evidence.ts';
import { type AndroidFiles, filesAt, isObject, jsonOf, readFiles, textOf } from './files.ts';
import { appSightings } from './sightings.ts';

export interface QfPackageFile {
  readonly path: string;
  readonly sha256: string;
  /** SHA-256, SHA-1 and MD5 of the certificate, those that are told. */
  readonly certificates: readonly string[];
  readonly trustedCertificate: boolean | undefined;
}

/** An app as AndroidQF lists it, with its files. */
export interface QfPackageRecord {
  readonly path: string;
  readonly packageName: string;
  /** The text "null" where the phone knows none. */
  readonly installer: string;
  readonly system: boolean;
  readonly disabled: boolean;
  readonly files: readonly QfPackageFile[];
}

const DIGESTS = ['sha256', 'sha1', 'md5'] as const;
const MAX_PACKAGES = 50_000;
const MAX_FILES = 1000;

/** `packages.json` of AndroidQF. */
export const qfPackages: ArtefactModule<AndroidFiles, QfPackageRecord> = {
  artefact: 'qf-packages',
  read: (source, emit) =>
    readFiles('qf-packages', filesAt(source, 'packages.json'), 'packages.json', (open, path) => {
      const list = jsonOf(open);
      const items = (Array.isArray(list) ? list : []).filter(isObject).slice(0, MAX_PACKAGES);
      const sight = appSightings(emit, 'qf-packages', path);
      for (const item of items) {
        const packageName = textOf(item.name);
        const files = (Array.isArray(item.files) ? item.files : []).filter(isObject).slice(0, MAX_FILES);
        const locator = `package ${packageName}`;
        const common = {
          evidence: 'present',
          installed: true,
          artefact: 'qf-packages',
          path,
          atMs: undefined,
        } as const;
        sight(packageName, { evidence: 'present', installed: true, locator, atMs: undefined });
        const read = files.map((file) => {
          const place = { ...common, locator: `${locator}, ${textOf(file.path)}` };
          if (textOf(file.path) !== '') emit.sighting({ kind: 'path', value: textOf(file.path), ...place });
          for (const digest of DIGESTS) {
            if (textOf(file[digest]) !== '') emit.sighting({ kind: 'hash', value: textOf(file[digest]), ...place });
          }
          const certificates = certificatesOf(file.certificate);
          for (const value of certificates) emit.sighting({ kind: 'certificate', value, ...place });
          const trusted = typeof file.trusted_certificate === 'boolean' ? file.trusted_certificate : undefined;
          return { path: textOf(file.path), sha256: textOf(file.sha256), certificates, trustedCertificate: trusted };
        });
        emit.record({
          path,
          packageName,
          installer: textOf(item.installer),
          system: item.system === true,
          disabled: item.disabled === true,
          files: read,
        });
      }
      return items.length;
    }),
};

/** AndroidQF writes "Sha256", other versions "sha256". */
function certificatesOf(certificate: unknown): string[] {
  if (!isObject(certificate)) return [];
  const digests = new Map(Object.entries(certificate).map(([key, value]) => [key.toLowerCase(), textOf(value)]));
  return DIGESTS.map((digest) => digests.get(digest) ?? '').filter((digest) => digest !== '');
}
