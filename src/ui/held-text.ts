/** Words for what checks of a phone left with the organisation; both apps show them. */
export const heldText = {
  title: 'Checks for spyware',
  none: 'No check was sent.',
  last: (count: number, age: string) =>
    count === 1 ? `One check was sent, ${age}.` : `${count} checks were sent, the last one ${age}.`,
  hashes: (count: number) =>
    `${count.toLocaleString()} hashes of addresses, programs and files are kept. Nobody can read from them what was on the phone; but your organisation can look up whether an address, program or file that it names was there. The audit log keeps each look-up.`,
  seeAll:
    'A check that was sent is the exception: what it found, such as a link in a message or a page that was visited, stands beside its phone with its value.',
  kept: {
    title: 'Also kept about you',
    lead: 'Kept as records, to explain afterwards what happened. Your name, address, role, passkeys and sign-ins stand under Me; lessons and signatures under Learn; files under Files.',
    groups: (names: readonly string[]) =>
      names.length === 0 ? 'You are in no group.' : `Groups that you are in: ${names.join(', ')}`,
    decisions: (count: number) => `Decisions about opening files, each with what was known of the phone then: ${count}`,
    entries: (count: number) =>
      `Entries of the audit log about you and your phones: ${count}. What you do yourself is written there too; nothing in it is changed or removed`,
    reports: (count: number) => `Raw reports, as the phone sent them: ${count}`,
    commands: (count: number) => `Commands that the phone was given: ${count}`,
    refusals: (count: number) => `Reasons for which the server did not take what the phone sent: ${count}`,
    tokens: (count: number) => `Tokens by which the phone could be reached, or its passcode removed: ${count}`,
    cases: (cases: number, notes: number) =>
      `Cases about what was found: ${cases}, with ${notes} ${notes === 1 ? 'note' : 'notes'} of investigators`,
  },
  found: (count: number) => (count === 1 ? '1 thing was found' : `${count} things were found`),
  cleared: 'cleared',
  kinds: {
    'network-program': 'Programs of the system that used the network',
    'running-program': 'Programs of the system that ran',
    profile: 'Configuration profiles',
    shutdown: 'Times at which it was switched off',
    'adb-key': 'Computers that may debug it',
  },
} as const;
