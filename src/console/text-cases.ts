const OTHER_PHONES: readonly string[] = ['no other phone', '1 other phone'];

/** Sentences about cases and indicators. */
export const caseText = {
  sections: { label: 'Findings, cases and indicators', findings: 'Findings', cases: 'Cases', indicators: 'Indicators' },
  toCase: 'Its case',
  title: 'Cases',
  lead: 'One case for each phone and investigation: what was found, what it means, and who decided.',
  filter: 'Show',
  filters: [
    ['open', 'Open cases'],
    ['new', 'New'],
    ['in-work', 'In work'],
    ['waiting', 'Waiting'],
    ['closed', 'Closed'],
    ['all', 'All cases'],
  ],
  status: { new: 'new', 'in-work': 'in work', waiting: 'waiting', closed: 'closed' },
  toSign: 'waiting for a second person',
  columns: { number: 'Case', phone: 'Phone', status: 'Status', found: 'Found', opened: 'Opened', changed: 'Changed' },
  number: (number: number) => `Case ${number}`,
  found: (open: number, all: number) => `${open} open of ${all}`,
  empty: 'No cases',
  emptyText:
    'A check that finds a trace or something unusual opens one by itself. Check a phone with “pavise check”, or in the workspace under “Check a phone”.',
  noMatch: 'No case is in this state',
  noMatchText: 'Choose another state above.',
  verdict: {
    trace: 'A trace of spyware was found on this phone.',
    unusual: 'Something unusual was found on this phone. It needs a person to judge it.',
    closed: (who: string, other: string) => `Closed by ${who} and ${other}.`,
    nothing: 'No finding of this case is open any more.',
  },
  ownPhone: 'This is or was your own phone: another investigator works on this case.',
  mayNot: 'Owners and investigators work on cases; you can read this one.',
  groups: {
    title: 'What was found',
    none: 'No findings',
    executed: ['Ran or is installed', 'The strongest evidence: a program ran, or is on the phone.'],
    permitted: ['Stands among permissions', 'A name among permissions; the program may be gone.'],
    visited: ['Was opened or reached', 'The phone opened or reached an address. That alone shows no infection.'],
    received: ['Was received', 'Anyone can send a message: it shows a target, not an infection.'],
    changed: [
      'Changed since an earlier check, or on this phone alone',
      'An update, a new app or another model can explain it. It shows where to look, not that anything was done.',
    ],
    together: ['Stands together in time', 'Each is ordinary alone; what they were at the same moment needs a person.'],
    structure: ['Unusual without an indicator', 'The shape of the evidence is odd.'],
  },
  reportedBy: (who: string) => `reported by ${who}`,
  changes: 'What else changed between checks',
  noChanges: 'No other difference is known. Two checks of the same kind of evidence are needed to see one.',
  fleet: (fleet: { osVersion: string; phones: number; needed: number } | null) =>
    fleet === null
      ? 'This phone was not compared with others: no check told of its programs and its system.'
      : fleet.phones >= fleet.needed
        ? `Compared with ${fleet.phones} other phones here with system ${fleet.osVersion}: what none of them has is among the findings.`
        : `Too few phones to compare: ${OTHER_PHONES[fleet.phones] ?? `${fleet.phones} other phones`} here with system ${fleet.osVersion}, and ${fleet.needed} are needed to say what this one has alone.`,
  findingState: { open: 'open', cleared: 'cleared' },
  openings: 'What the phone opened lately',
  /** Beside the times of what happened on the phone: of this one only the check's time is known. */
  foundAt: (when: string) => `found ${when}, time on the phone unknown`,
  openingsText: (days: number) =>
    `Protected files asked for on this phone in the last ${days} days, newest first: what could have been read there.`,
  enrolment: (name: string) => `Under the enrolment “${name}”`,
  checks: 'Checks of this phone',
  noChecks: 'No check was sent for this phone: what is known of it comes from an earlier enrolment.',
  notes: 'Notes',
  noNotes: 'Write down what you looked at and what you concluded. Notes are never changed or removed.',
  note: 'A note',
  noteCheck: 'About a check',
  noCheck: 'None',
  pack: 'SHA-256 of an evidence pack',
  packHint: 'From “pavise check --out”, to find the pack again; may stay empty',
  addNote: 'Add note',
  noteAbout: (when: string) => `About the check of ${when}`,
  notePack: (hash: string) => `Evidence pack ${hash}`,
  nobody: 'someone who is gone',
  move: { 'in-work': 'Take it up', waiting: 'Lay it aside' },
  again: 'Take it up again',
  close: 'Close this case',
  closeText:
    'Two people close a case, one of them an investigator. Closing clears its open findings; access returns when nothing else refuses.',
  conclusion: 'What you conclude',
  conclusionHint: 'At least ten characters; the second person signs these very words',
  propose: 'Propose to close',
  proposal: (who: string, when: string) => `${who} proposed to close this case, ${when}:`,
  tracesToClear: (count: number) =>
    count === 1
      ? 'This trace is cleared by closing the case:'
      : `These ${count} traces are cleared by closing the case:`,
  noTraces: 'No trace of spyware is open in this case.',
  othersToClear: (count: number) =>
    count === 1
      ? 'With it, one finding that is no trace is cleared.'
      : `With it, ${count} findings that are no trace are cleared.`,
  tracesMore: (count: number) => `All ${count} are named in the audit log.`,
  hash: (hash: string) => `SHA-256 ${hash.slice(0, 16)}…`,
  leftOut: (count: number) =>
    count === 1
      ? '1 finding of this report was left out: examine the phone yourself'
      : `${count} findings of this report were left out: examine the phone yourself`,
  sign: 'Sign off and close',
  signNot: 'Do not sign: take it up again',
  signOther: 'Another person has to sign this off. What is found meanwhile ends the proposal.',
  concluded: 'Conclusion',
} as const;

export const indicatorText = {
  title: 'Indicators',
  lead: 'Known signs of spyware. Each new version is looked up in what every phone held at its checks.',
  add: 'Add indicators',
  file: 'File',
  fileHint:
    'STIX 2 (.stix2, .json), a stalkerware list (.yaml), or a plain list (.txt, .csv): one address, name or digest a line',
  name: 'Name of the set',
  nameHint: 'A name that is there already gets a new version',
  private: 'Private: never published to the page where phones are checked without an account',
  send: 'Add and look up',
  added: (name: string, version: number) => `${name} has version ${version}. It is being looked up in all phones.`,
  same: (name: string) => `${name} held all of that already.`,
  empty: 'No indicators on this server',
  emptyText:
    'Add a list that you trust, such as those of Amnesty’s Security Lab or Citizen Lab. What it names is looked up at once in every phone that was checked before.',
  phones: (count: number) => (count === 1 ? '1 phone can be looked up.' : `${count} phones can be looked up.`),
  noPhones: 'No phone can be looked up yet: checks sent by “pavise check --server” bring what is needed.',
  isPrivate: 'private',
  isPublic: 'published',
  current: (count: number, version: number) => `${count} indicators, version ${version}`,
  versions: 'Versions',
  columns: { version: 'Version', file: 'File', change: 'Change', when: 'Added', hunt: 'Looked up in all phones' },
  change: (added: number, removed: number) => `${added} new, ${removed} gone`,
  unsupported: (count: number) => (count === 1 ? '1 line could not be used' : `${count} lines could not be used`),
  running: 'running',
  hunted: (found: number, devices: number) =>
    found === 0
      ? 'nothing found; this does not prove that the phones are clean'
      : `${found} findings on ${devices} phones`,
  common: (values: string) => `Too common to say anything: ${values}`,
  diff: 'What changed',
  diffTitle: (from: number, to: number) => `From version ${from} to ${to}`,
  came: (count: number) => `New: ${count}`,
  went: (count: number) => `Gone: ${count}`,
  noChange: 'Nothing.',
  more: (count: number) => `and ${count} more`,
  remove: 'Remove',
  removeTitle: (name: string) => `Remove ${name}?`,
  removeText: 'Findings that it led to stay. Later checks and phones are no longer compared with it.',
  cancel: 'Cancel',
} as const;
