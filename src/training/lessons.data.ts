export interface Question {
  readonly id: string;
  readonly text: string;
  readonly choices: readonly string[];
  /** Index of the right choice. Never leaves the server. */
  readonly right: number;
  readonly explanation: string;
}

export interface Lesson {
  readonly id: string;
  /** A new version asks everyone again. */
  readonly version: number;
  readonly title: string;
  readonly summary: string;
  readonly minutes: number;
  readonly screens: readonly { readonly title: string; readonly paragraphs: readonly string[] }[];
  readonly questions: readonly Question[];
  /** Right answers needed. */
  readonly passMark: number;
}

export const LESSONS: readonly Lesson[] = [
  {
    id: 'zero-click',
    version: 1,
    title: 'Spyware that needs no click',
    summary: 'How a phone can be taken over without any mistake of yours, and what still helps.',
    minutes: 4,
    screens: [
      {
        title: 'You did nothing wrong',
        paragraphs: [
          'Some spyware arrives without a link, a call that you answer, or an app that you install. It hides in something that the phone reads by itself: a picture in a message, a shared pass, a call that rings once.',
          'This is called a zero-click attack. It costs a great deal and is aimed at a few people: journalists, lawyers, activists, politicians, and those close to them.',
        ],
      },
      {
        title: 'What it takes',
        paragraphs: [
          'Once inside, it can read messages in every app, also in encrypted ones, because it reads them on the screen of your own phone. It can listen through the microphone and follow where you go.',
          'There is usually nothing to notice. A warm phone or an empty battery proves nothing, and a phone that seems normal proves nothing either.',
        ],
      },
      {
        title: 'Updates close the door',
        paragraphs: [
          'Each attack needs a fault that the maker does not know yet. As soon as the maker learns of it, an update closes it, for everyone.',
          'So install updates on the day they appear. It is the one thing that helps most, and it is why work files may wait until your phone is up to date.',
        ],
      },
      {
        title: 'Restart, and Lockdown Mode',
        paragraphs: [
          'Many attacks do not survive a restart. Restart your phone once a day: the attacker has to try again, and may be seen.',
          'If you may be a target, switch on Lockdown Mode on an iPhone, or Advanced Protection on Android. They shut the parts of the phone that these attacks use most. A few conveniences go away.',
        ],
      },
      {
        title: 'If you get a warning',
        paragraphs: [
          'Apple, Google or your security team may tell you that your phone was attacked. Do not reset, update, restart or switch off the phone, and delete nothing: what is on it is the evidence.',
          'Put it aside, use another phone to call your security team, and tell nobody about it on the phone itself.',
        ],
      },
    ],
    questions: [
      {
        id: 'click',
        text: 'Can a phone be taken over although its owner opened no link?',
        choices: [
          'No, somebody has to tap something',
          'Yes, the phone reads some messages by itself',
          'Only if it has no passcode',
        ],
        right: 1,
        explanation: 'A zero-click attack hides in something that the phone reads without you.',
      },
      {
        id: 'update',
        text: 'What helps most against these attacks?',
        choices: [
          'Installing updates on the day they appear',
          'Closing all apps in the evening',
          'A longer e-mail password',
        ],
        right: 0,
        explanation: 'An update closes the fault that the attack needs.',
      },
      {
        id: 'notice',
        text: 'Your phone feels normal and the battery lasts. What does that say?',
        choices: ['There is no spyware on it', 'Nothing either way', 'Spyware was removed'],
        right: 1,
        explanation:
          'Good spyware shows no signs. Only an examination can find traces, and even that may find nothing.',
      },
      {
        id: 'warning',
        text: 'You get a warning that your phone was attacked. What first?',
        choices: [
          'Reset the phone',
          'Delete the message that looks strange',
          'Leave the phone as it is and call the security team from another phone',
        ],
        right: 2,
        explanation: 'The phone holds the evidence, and it may be listening.',
      },
      {
        id: 'restart',
        text: 'Why restart the phone once a day?',
        choices: ['Many attacks do not survive it', 'It installs Lockdown Mode', 'It deletes old messages'],
        right: 0,
        explanation: 'The attacker has to come in again, which costs effort and may leave traces.',
      },
    ],
    passMark: 4,
  },
];
