/** What no backup of an iPhone holds. `apps`: told only where one of these apps is installed. */
export const NEVER_IN_BACKUPS: readonly {
  readonly artefact: string;
  readonly says: string;
  readonly apps?: readonly string[];
}[] = [
  {
    artefact: 'signal',
    says: 'never in a backup: Signal keeps its messages out of it; look at them on the phone',
    apps: ['org.whispersystems.signal'],
  },
  {
    artefact: 'running-processes',
    says: 'never in a backup: running programs, crash reports and the shutdown log; make a sysdiagnose for them',
  },
  {
    artefact: 'system-files',
    says: 'never in a backup: the files of the system itself and of temporary folders, where most spyware lives',
  },
];

/** Apple, "About encrypted backups on your iPhone"; MVT's documentation on backups. */
export const ONLY_IN_ENCRYPTED: readonly { readonly artefact: string; readonly says: string }[] = [
  {
    artefact: 'encrypted-only',
    says: 'only in an encrypted backup: call history, Safari history, Health and saved passwords; make one with a password',
  },
];
