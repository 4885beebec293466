/** Words of the screen of protected files. */
export const filesText = {
  title: 'Files',
  columns: { title: 'File', owner: 'Owner', recipients: 'May open', state: 'State', created: 'Protected' },
  empty: 'No protected files yet',
  emptyText: 'Files that people protect in the workspace or with “pavise protect” appear here.',
  revoked: 'revoked',
  deleted: 'deleted',
  expired: 'expired',
  active: 'active',
  until: (day: string) => `until ${day}`,
  ownerOnly: 'opens for its owner alone',
  labelled: (count: number) =>
    count === 1 ? 'One file opens for its owner alone' : `${count} files open for their owners alone`,
  labelledText:
    'A label (an attribute of OpenTDF) says who may read a file, and this server cannot judge labels yet: what it cannot judge, it does not open to others. Ask the owner to protect the file again without labels, and to stop access to this one.',
  openings: 'Openings',
  noOpenings: 'Nobody has opened this file.',
  opened: 'opened',
  refused: 'refused',
  mayOpen: (names: readonly string[]) =>
    names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`,
  size: 'Size',
  grade: 'Grade',
  grades: { client: 'View here', download: 'Open and save', pixels: 'View as pixels' },
} as const;

/** Words of who may open one file, for administrators. */
export const sharingText = {
  labelled:
    'Nobody but its owner can open this file: it was protected with a label, which this server cannot judge. Ask the owner to protect it again without labels, and to stop access to this one.',
  recipients: 'Who may open it',
  noRecipients: 'Nobody but its owner.',
  remove: 'Remove',
  addedBy: {
    token: () => 'Named when an API token sent the file in the owner’s name',
    person: (name: string | null) => `Added by ${name ?? 'somebody who has left'}, not by the owner`,
    request: (name: string | null) => `By two people’s agreement; ${name ?? 'somebody who has left'} had asked`,
  },
  groups: {
    title: 'Groups that may open it',
    members: (count: number) => (count === 1 ? '1 person may open it' : `${count} people may open it`),
    waits: 'Joined the group after you had shared the file with it, and cannot open it yet',
    waitsForOwner: 'Joined the group later; cannot open it until its owner confirms',
    confirm: 'Let open',
    remove: 'Remove',
    choose: 'Add a group of yours',
    nothingChosen: 'No group',
    hint: 'Who is in the group now may open the file. Who joins it later waits here until you say so.',
    add: 'Share with the group',
  },
  ownerAdds: 'Only the owner of the file gives access to it. You can take access away.',
  add: 'Add people',
  addHint: 'E-mail addresses, separated by commas',
  addAction: 'Share',
  until: 'Until',
  untilHint: 'Empty for no end. It cannot go beyond an end that was set when the file was protected.',
  untilHintEarlier: 'Only an earlier end than now: the owner alone gives more time.',
  setUntil: 'Set the end',
  revokeText:
    'From now on nobody gets the key. Views that are open close within seconds. Content that was already saved stays where it is.',
  revoke: 'Revoke access for everyone',
  deleteText: (size: string) =>
    `Its content still takes ${size} of its owner’s share of the disk. Deleting it cannot be undone; who opened the file stays on record.`,
  delete: 'Delete the content',
  deleteSure: 'Delete it for good',
} as const;
