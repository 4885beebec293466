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
  indicators: 'Signs of known spyware',
  indicatorsHint: (count: number) =>
    count === 0
      ? 'None are loaded yet. Without them only what looks odd in itself is found: add a file of signs (STIX), such as those that Amnesty’s Security Lab publishes.'
      : `${count.toLocaleString()} signs of known spyware are loaded. A file of your own (STIX) adds to them.`,
  indicatorsAdd: 'Add a file',
  badIndicators: (name: string) => `“${name}” is no STIX 2 file: choose another one.`,
  where: 'How to get the backup or the archive',
  ways: [
    {
      title: 'iPhone, with a Mac',
      steps: [
        'Connect the phone by cable, open Finder and choose the phone',
        'Tick “Encrypt local backup”, choose a password, press “Back Up Now” and wait until it is done',
        'Press “Manage Backups…”, right click on the backup, “Show in Finder”',
        'Drop that folder here. The button above cannot open it, since browsers close the Library folder; dropping works',
      ],
    },
    {
      title: 'iPhone, with Windows',
      steps: [
        'Connect the phone by cable, open Apple Devices or iTunes and choose the phone',
        'Tick “Encrypt local backup”, choose a password, press “Back Up Now” and wait until it is done',
        'Open Apple\\MobileSync\\Backup (or Apple Computer\\MobileSync\\Backup) in your user folder or in AppData\\Roaming',
        'Drop the folder with the long name here. The button above cannot open AppData; dropping works, and so does a copy in Documents',
      ],
    },
    {
      title: 'iPhone, without a backup: a sysdiagnose',
      steps: [
        'Hold both volume buttons and the side button for a second, until the phone vibrates; let go and wait ten minutes',
        'Open Settings, Privacy & Security, Analytics & Improvements, Analytics Data; tap the entry that begins with “sysdiagnose”',
        'Send it to this computer, and drop the file here as it is',
      ],
    },
    {
      title: 'Android: a bug report',
      steps: [
        'Open Settings, System, Developer options, and tap “Bug report”; choose the full report',
        'Tap the notice that comes after some minutes, and send the file to this computer',
        'Drop the file here as it is',
      ],
    },
  ],
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
  notes: 'Notes',
  notesLead: 'What may be worth knowing and says nothing about the phone by itself.',
  notOpened: 'Not opened',
  checked: 'What was checked',
  noSigns:
    'No signs of known spyware were loaded, so none could be looked for. Press “Check something else”, add a file of signs, and check again.',
  notRead: (count: number) => `${count} could not be read`,
  absent: (count: number) => `${count} are not in this evidence`,
  read: (count: number) => `${count} read`,
  where1: 'Where',
  when: 'When',
  known: 'Known from',
  oftenFound: 'Found so often that it is counted and not listed:',
  more: (count: number) => `and ${count} more, in the saved report`,
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
  leftOut: (count: number) =>
    `The worst of it is kept: ${count} lesser findings were left out, which only an investigator can send.`,
  sent: 'Sent. Your security team sees it now.',
  warned: 'Has Apple or Google warned you?',
  warnedLead:
    'Both tell people by mail, by message and on the page of their account when they see a targeted attack. Your security team can act on that at once, also where nothing is found on the phone.',
  warnedBy: 'Who warned you',
  warnedDevice: 'Phone that you use with that account',
  warnedSends: (sentence: string) =>
    `This sentence, the time and which phone it is about are sent, and nothing else: “${sentence}”`,
  warnedAction: 'Tell my security team',
  warnedSent: 'Your security team has it. Do not reset the phone, and keep the warning.',
  online: 'This page needs no account.',
  offline: 'This page needs no account, and from now on no network: you may disconnect.',
  noDevice: 'No phone of yours is enrolled here: nothing can be sent. Save the report instead.',
} as const;
