import { OUTSIDE_HELP, TRACE_STEPS } from '../detection/report/advice.data.ts';

/** What a reason says to the person who holds the phone, and what repairs it. */
export interface Wording {
  readonly text: string;
  readonly title: string;
  readonly steps: readonly string[];
}

const CHECK_IN = ['Connect the phone to the internet', 'Unlock it and wait two minutes', 'Open this page again'];

const LINK = 'Ask your administrator for an enrolment link';

/** What each reason says to the person who holds the phone. Each step names a screen that exists, or a person to ask. */
export const WORDINGS: Readonly<Record<string, Wording>> = {
  'person.unknown': { text: 'We do not know who is asking', title: 'Sign in', steps: ['Sign in with your passkey'] },
  'person.suspended': {
    text: 'This account is not active',
    title: 'Ask your administrator',
    steps: ['Ask your administrator to activate your account'],
  },
  'person.invited': {
    text: 'The invitation is not accepted yet',
    title: 'Accept the invitation',
    steps: [
      'Open the invitation link that you were sent',
      'If it does not work any more, ask your administrator for another',
    ],
  },
  'device.unknown': {
    text: 'This browser is not linked to a phone that your organisation knows',
    title: 'Open this on your enrolled phone',
    steps: [
      'Take the phone that you enrolled and open the workspace there',
      'If this is that phone, its browser was cleared or is another: ask your administrator to connect another browser',
      'If you have enrolled none yet, ask your administrator for an enrolment link',
    ],
  },
  'policy.none': {
    text: 'No policy says what this phone must be like',
    title: 'Ask your administrator for a policy',
    steps: ['Ask your administrator to assign a policy to you or to everyone', 'Open this page again a minute later'],
  },
  'device.pending': {
    text: 'This phone has not finished its enrolment',
    title: 'Finish the enrolment',
    steps: [
      'Open your enrolment link on the phone and follow its first step',
      'If it does not work any more, ask your administrator for another',
      'Wait two minutes and open this page again',
    ],
  },
  'device.left': {
    text: 'This phone no longer belongs to the organisation',
    title: 'Enrol it again',
    steps: [LINK, 'Open it on the phone and follow both steps'],
  },
  'device.foreign': {
    text: 'This phone belongs to somebody else',
    title: 'Use your own phone',
    steps: ['Open the workspace on the phone that you enrolled'],
  },
  'device.silent': { text: 'This phone has not reported for too long', title: 'Let the phone report', steps: CHECK_IN },
  'fact.missing': { text: 'The phone has not reported this yet', title: 'Let the phone report', steps: CHECK_IN },
  'fact.stale': { text: 'What we know about this is too old', title: 'Let the phone report', steps: CHECK_IN },
  'fact.unreadable': {
    text: 'The phone reported something that we cannot read',
    title: 'Let the phone report again',
    steps: [...CHECK_IN, 'If it stays, tell your administrator'],
  },
  'os.too-old': {
    text: 'The system is too old',
    title: 'Update the system',
    steps: [
      'Connect to power and Wi-Fi',
      'Open Settings, then General or System, then Software Update',
      'Install the update; it takes about 20 minutes',
    ],
  },
  'passcode.missing': {
    text: 'No passcode is set',
    title: 'Set a passcode',
    steps: ['Open Settings', 'Open Face ID & Passcode, or Security on Android', 'Turn the passcode on'],
  },
  'passcode.weak': {
    text: 'The passcode is simpler than your organisation asks for',
    title: 'Choose a longer passcode',
    steps: ['Open Settings', 'Open Face ID & Passcode, or Security on Android', 'Change the passcode'],
  },
  'passcode.no-rule': {
    text: 'The phone does not carry the rule for its passcode, so nothing shows that one is set',
    title: 'Let the phone take its settings',
    steps: [
      'Connect the phone to the internet and unlock it',
      'Wait two minutes and open this page again',
      'If it stays, ask your administrator to send the profile again',
    ],
  },
  'passcode.unprovable': {
    text: 'Your organisation asks for a longer passcode than this way of enrolling can show',
    title: 'Ask your administrator',
    steps: [
      'Tell your administrator that this phone is under User Enrollment, which shows six digits and no more',
      'They can ask your group for six digits, or enrol the phone with an enrolment link',
    ],
  },
  'encryption.off': {
    text: 'Storage is not encrypted',
    title: 'Turn encryption on',
    steps: ['Set a passcode', 'On Android open Settings, Security, Encryption and follow the steps'],
  },
  'integrity.rooted': {
    text: 'The phone reports that its system was altered',
    title: 'Keep the phone as it is and tell the person responsible for security',
    steps: [...TRACE_STEPS],
  },
  'threat.trace': {
    text: 'A trace of spyware was found on this phone',
    title: 'Keep the phone as it is and tell the person responsible for security',
    steps: [...TRACE_STEPS, OUTSIDE_HELP],
  },
  'threat.former-phone': {
    text: 'A trace of spyware is open on an earlier phone of the same person, and nobody has confirmed that this is a different phone',
    title: 'Show both phones to the person responsible for security',
    steps: [
      'Keep the earlier phone as it is, and reset neither of them',
      'Bring both to the person responsible for security, who confirms in the console that this is a different phone, or clears the trace',
    ],
  },
  'threat.unchecked': {
    text: 'This phone has not been examined for too long',
    title: 'Check the phone',
    steps: [
      'Open Me and choose Check a phone, on a computer that has a backup of it',
      'Follow the steps there',
      'Send the result',
    ],
  },
  'threat.unreadable': {
    text: 'The results of this phone’s checks cannot be read',
    title: 'Ask your administrator',
    steps: ['Tell your administrator'],
  },
  'training.due': {
    text: 'A lesson is waiting',
    title: 'Take the lesson',
    steps: ['Open Learn', 'Take the lesson and its quiz, about four minutes'],
  },
  'training.overdue': {
    text: 'A lesson is overdue',
    title: 'Take the lesson',
    steps: ['Open Learn', 'Take the lesson and its quiz, about four minutes'],
  },
  'training.unreadable': {
    text: 'Your training record cannot be read',
    title: 'Ask your administrator',
    steps: ['Tell your administrator'],
  },
  'agreement.due': {
    text: 'The acceptable-use text waits for your signature',
    title: 'Read and sign the text',
    steps: ['Open Learn', 'Read the acceptable-use text', 'Sign it with your passkey'],
  },
  'agreement.unsigned': {
    text: 'The acceptable-use text is not signed',
    title: 'Read and sign the text',
    steps: ['Open Learn', 'Read the acceptable-use text', 'Sign it with your passkey'],
  },
};
