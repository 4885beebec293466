/** Words for what is kept of a phone and its owner, and what checks of it left with the organisation; both apps show them. */
export const heldText = {
  told: (age: string) => `Told by the phone ${age}.`,
  toldNothing: 'It has told nothing.',
  hasLeft: 'It belongs to the organisation no more. What it told until then is kept.',
  hasLeftShort: 'has left',
  counts: {
    facts: (count: number) => (count === 0 ? '' : count === 1 ? '1 fact' : `${count} facts`),
    apps: (count: number) => (count === 0 ? '' : count === 1 ? '1 app' : `${count} apps`),
    checks: (count: number) => (count === 0 ? '' : count === 1 ? '1 check' : `${count} checks`),
  },
  technical: (count: number) => (count === 1 ? '1 technical detail' : `${count} technical details`),
  title: 'Checks for spyware',
  none: 'No check was sent.',
  last: (count: number, age: string) =>
    count === 1 ? `One check was sent, ${age}.` : `${count} checks were sent, the last one ${age}.`,
  hashes: (count: number) =>
    `${count.toLocaleString()} fingerprints (hashes) of addresses, programs and files are kept. What was on the phone cannot be read from them; but your organisation can ask whether an address, program or file that it already knows was there. The audit log keeps each question.`,
  seeAll:
    'A check that was sent is the exception: what it found, such as a link in a message or a page that was visited, stands beside its phone with its value.',
  differentPhone: (when: string) => `On ${when} somebody confirmed that this is a different phone than the one before.`,
  claimFalse: 'It was marked as not the phone that it claimed to be.',
  kept: {
    title: 'Also kept about you',
    lead: 'Kept to explain afterwards what happened. Your name, address, role, passkeys, sign-ins and what you were told stand under Me; lessons and signatures under Learn; files under Files.',
    ofPhone: 'Also kept of this phone',
    groups: (names: readonly string[]) =>
      names.length === 0 ? 'You are in no group.' : `Groups that you are in: ${names.join(', ')}`,
    decisions: (count: number) => `Decisions about opening files, each with what was known of the phone then: ${count}`,
    requests: (count: number) =>
      `Requests about others that take two people, which you asked for or agreed to: ${count}`,
    entries: (count: number) =>
      `Entries of the audit log about you and your phones: ${count}. What you do yourself is written there too; nothing in it is changed or removed`,
    places: (count: number) =>
      `Places that you signed in from within half a year, so that a new one can be told to you: ${count}. Each is a fingerprint of network and browser, from which nobody can read where you were`,
    reports: (count: number) => `Messages as the phone sent them: ${count}`,
    commands: (count: number) => `Orders and questions that the phone was given: ${count}`,
    refusals: (count: number) => `Reasons for which the server did not take what the phone sent: ${count}`,
    tokens: (count: number) => `Keys by which the phone is woken, or a forgotten passcode can be removed: ${count}`,
    cases: (cases: number, notes: number) =>
      `${cases === 1 ? 'One case is' : `${cases} cases are`} kept about what was found, with ${notes === 0 ? 'no notes' : notes === 1 ? 'one note' : `${notes} notes`} of investigators.`,
  },
  requests: {
    title: 'Asked about you',
    lead: 'What one person must not do to another alone: who asked for it about you, why, who agreed, and how it ended. Kept for a year.',
    none: 'Nobody asked for anything about you.',
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
