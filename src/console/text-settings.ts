/** Sentences of the console's settings. */
export const settingsText = {
  title: 'Settings',
  enrol: 'Enrolment links',
  enrolText:
    'A link for one phone. Its owner opens it on the phone and is led through both steps: the phone, then its browser.',
  make: 'Make',
  makes: [
    ['apple', 'iPhone or iPad'],
    ['android', 'Android phone'],
  ],
  phoneName: 'Name, if not its model',
  androidUnset: 'Android phones are not set up on this server',
  androidUnsetText:
    'Start the server with --android-url and --android-enterprise: where the Android Management API answers, and your organisation’s name there. The guide “Enrol phones” says how.',
  androidLinkReady:
    'Send this link to the phone’s owner. It is shown once. For a new or reset phone, open it on a computer: it shows the code to scan.',
  person: 'Whose phone',
  choosePerson: 'Choose a person',
  ownership: 'Who owns it',
  makeLink: 'Make enrolment link',
  tokens: 'API tokens',
  tokensText: 'For scripts and the command line. A token has one role and an end.',
  tokenName: 'Name',
  tokenRole: 'Role',
  tokenDays: 'Days',
  makeToken: 'Make token',
  copyToken: 'Copy token',
  tokenReady: 'Copy the token now. It is shown once.',
  remove: 'Remove',
  until: (day: string) => `until ${day}`,
  never: 'not used yet',
  used: (age: string) => `used ${age}`,
  noTokens: 'No tokens.',
  account: {
    passkeys: 'Your passkeys',
    addPasskey: 'Add a passkey',
    synced: 'synced between your devices',
    onDevice: 'on one device',
    used: (age: string) => `used ${age}`,
    neverUsed: 'not used yet',
    remove: 'Remove',
    sessions: 'Your sessions',
    current: 'this browser',
    end: 'End',
  },
  ruleForm: {
    fields: {
      factDays: [
        'A fact counts as unknown after (days)',
        'Whatever the phone reported longer ago refuses, because nobody knows whether it still holds.',
      ],
      silenceDays: [
        'A phone may be silent for (days)',
        'One that has not reported for longer opens no file until it does.',
      ],
      checkDays: [
        'A spyware check is needed every (days)',
        'A phone without a check in this time opens no file. Empty asks for none.',
      ],
      osHours: [
        'Grace for an old system (hours)',
        'So long it is only warned about, from when it was first seen. 0 refuses at once.',
      ],
      passcodeHours: ['Grace for the passcode (hours)', 'For one that is missing or breaks the policy.'],
      encryptionHours: ['Grace for encryption (hours)', 'For storage that is not encrypted.'],
    },
    required: 'To open files a person must have',
    training: 'finished her lessons, once they are due',
    agreement: 'signed the acceptable-use text',
    warning: 'Every phone is decided anew when this is saved; stricter rules refuse some at once.',
    save: 'Save the rules',
    ownersOnly: 'Owners change these rules.',
  },
  rules: 'Rules of the decision',
  rulesText: (version: number) =>
    `${version === 0 ? 'As delivered' : `Version ${version}`}. Facts older than the limit count as unknown, and unknown refuses.`,
} as const;
