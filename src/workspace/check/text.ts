/** Every sentence of the page that checks a phone. */
export const text = {
  title: 'Check a phone',
  lead: 'Looks for traces of spyware in a backup or an archive of a phone. It is read on this computer, and nothing of it is sent.',
  drop: 'Drop the backup or the archive here',
  dropHint:
    'A backup folder of an iPhone or a zip of it, a sysdiagnose archive, a bug report, an AndroidQF folder, or an Android backup.',
  folder: 'Choose a folder',
  file: 'Choose a file',
  password: 'Password of the backup, if it is encrypted',
  passwordHint: 'It stays in this page and is forgotten with it. Encrypted backups hold more, so they tell more.',
  level: 'How much to read',
  levels: [
    ['thorough', 'Every file (finds more, takes minutes)'],
    ['quick', 'Only what is known to hold traces'],
  ],
  indicators: 'More indicators',
  indicatorsHint: (count: number) =>
    count === 0
      ? 'No signs of known spyware are loaded yet: add a STIX file, or only the structure of the evidence is judged.'
      : `${count.toLocaleString()} signs of known spyware are loaded. A STIX file of your own adds to them.`,
  indicatorsAdd: 'Add a file',
  badIndicators: (name: string) => `“${name}” is no STIX 2 file: choose another one.`,
  where: 'Where the backup lies',
  whereMac:
    'Mac: in Finder choose the phone, “Manage Backups…”, right click on the backup, “Show in Finder”. Drop that folder here. The button above cannot open it, since browsers close the Library folder; dropping works.',
  whereWindows:
    'Windows: the folder Apple\\MobileSync\\Backup (or Apple Computer\\MobileSync\\Backup) in your user folder or in AppData\\Roaming. Drop the folder with the long name here. The button above cannot open AppData; dropping works, and so does a copy in Documents.',
  wherePhone:
    'A sysdiagnose or a bug report comes from the phone itself: send it to this computer and drop the file here.',
  running: 'Checking',
  cancel: 'Cancel',
  cancelled: 'The check was cancelled. Nothing was kept.',
  files: (done: number, total: number | undefined) =>
    total === undefined
      ? `${done.toLocaleString()} files`
      : `${done.toLocaleString()} of ${total.toLocaleString()} files`,
  unknown:
    'This is no evidence that can be read here. For an iPhone backup, drop the folder that holds Manifest.db, the folder above it, or a zip of it; an archive must be the file itself.',
  failed: (why: string) => `The check stopped: ${why}`,
  again: 'Check something else',
  save: 'Save the report',
  found: 'What was found',
  checked: 'What was checked',
  notRead: (count: number) => `${count} could not be read`,
  absent: (count: number) => `${count} are not in this evidence`,
  read: (count: number) => `${count} read`,
  where1: 'Where',
  when: 'When',
  known: 'Known from',
  oftenFound: 'Found so often that it is counted and not listed:',
  more: (count: number) => `and ${count} more, in the saved report`,
  verdicts: { trace: 'Trace', unusual: 'Unusual', weakness: 'Weakness' },
  verdict: {
    'trace-found': 'Trace found',
    unusual: 'Unusual',
    weakness: 'Weakness',
    'nothing-found': 'Nothing found',
    incomplete: 'Incomplete',
  },
  send: 'Send the result',
  sendLead:
    'Your security team can help when it knows. This, and nothing else, is sent: what was found, the list of what was and was not read, names of the system’s own programs and profiles to compare with next time, and hashes.',
  sendHashes: (size: string) =>
    `With it goes a list of hashes (${size}) of the addresses, programs and files that stood on the phone. It holds no name, message or address in clear, and lets your team ask later whether a newly known sign of spyware was there. Whoever has the list can test a guess, such as whether a certain address stood on the phone.`,
  sendShow: 'Show exactly what is sent',
  sendDevice: 'Phone that was checked',
  sendAction: 'Send it',
  sendBusy: 'Sending',
  sent: 'Sent. Your security team sees it now.',
  online: 'This page needs no account.',
  offline: 'This page needs no account, and from now on no network: you may disconnect.',
  noDevice: 'No phone of yours is enrolled here: nothing can be sent. Save the report instead.',
} as const;
