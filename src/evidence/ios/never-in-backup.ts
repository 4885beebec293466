import { type Artefact, type ArtefactModule, absent } from '../evidence.ts';
import type { IosBackup } from './backup.ts';
import { NEVER_IN_BACKUPS, ONLY_IN_ENCRYPTED } from './never-in-backup.data.ts';

/** Says plainly what this backup cannot show, so that nobody takes its silence for an answer. */
export const neverInBackup: ArtefactModule<IosBackup, never> = {
  artefact: 'never-in-backup',
  read(source) {
    const rows: Artefact[] = NEVER_IN_BACKUPS.filter(
      (item) => item.apps === undefined || hasApp(source, item.apps),
    ).map(({ artefact, says }) => absent(artefact, says));
    // A decrypted copy counts as what it was: its list still says that it was encrypted.
    if (!source.encrypted && !source.claimsEncryption)
      rows.push(...ONLY_IN_ENCRYPTED.map(({ artefact, says }) => absent(artefact, says)));
    return Promise.resolve(rows);
  },
};

function hasApp({ info, files }: IosBackup, apps: readonly string[]): boolean {
  const installed = info?.['Installed Applications'];
  if (Array.isArray(installed) && apps.some((app) => installed.includes(app))) return true;
  const domains = new Set(apps.map((app) => `AppDomain-${app}`));
  for (const { domain } of files) if (domains.has(domain)) return true;
  return false;
}
