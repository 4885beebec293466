/** Words about what takes two people. */
export const requestsText = {
  title: 'Two people',
  lead: 'Some things one person must not do to another alone: a link to somebody else’s account, another browser for somebody else’s phone, somebody else’s file. Somebody asks, another person agrees, and whom it concerns is told at once and can stop it.',
  empty: 'Nothing was asked for',
  emptyText:
    'Links for a new passkey and the files of who has left are asked for on a person’s page, browsers on the page of the phone, access to a file where it stands under Files.',
  needsYou: (title: string) => `asks for ${title}. You can agree.`,
  toFetch: (title: string) => `asked for ${title}. You can carry it out.`,
  standing: {
    waiting: 'waits',
    agreed: 'agreed',
    alone: 'time has passed',
    done: 'done',
    stopped: 'stopped',
    refused: 'refused',
    withdrawn: 'withdrawn',
    lapsed: 'ended',
    expired: 'ended',
  },
  about: (person: string) => `Concerns ${person}.`,
  reason: (reason: string) => `The reason given: “${reason}”`,
  agree: 'Agree',
  agreeText: {
    account: 'Agree only once you know from the person herself that it is wanted: call her, or meet.',
    files:
      'Agree only if it cannot wait for the owner, and you would answer for it to her: she reads who asked and who agreed.',
  },
  refuse: 'Refuse',
  withdraw: 'Withdraw',
  stop: 'Stop it',
  carryOut: 'Carry it out',
  carriedOut: 'Done',
  ask: {
    why: 'Why it is needed',
    whyHint: 'Whom it concerns and who agrees read this.',
    send: 'Ask for it',
    nobody: (address: string) => `Nobody who is active or invited here has the address ${address}`,
    happens: 'What happens',
    told: (name: string) => `${name} is told at once that you asked and why, and can stop it.`,
    toldLater: (name: string) =>
      `${name} cannot sign in now, and reads it only if the account is opened again: who, when and why.`,
    second: (names: string) => `${names} has to agree.`,
    person: (name: string) => `Or ${name} agrees: in the workspace where still signed in, or on the phone.`,
    gains: (name: string) => `${name}, who would get it, cannot agree.`,
    alone: (hours: number, from: string) =>
      `Nobody else here can agree. You wait ${hoursText(hours)}, and then do it alone. If you ask now, that is from ${from}. The audit log says that you were alone.`,
    ends: 'If it is not done within seven days, the request ends by itself.',
    link: 'The link is then shown to you here, once.',
    hold: (hours: number) =>
      `For ${hoursText(hours)} after the link was used, no new browser is connected to a phone of this account.`,
  },
  you: 'you',
  access: {
    action: 'Ask for access in an emergency',
    lead: (owner: string) =>
      `Only ${owner} gives access to this file. Where ${owner} cannot be waited for, two people can.`,
    whom: 'Who shall be able to open it',
    whomHint: 'The e-mail address of somebody here',
    after: (who: string, owner: string) => [
      `Then ${who} can open it, on a phone that is in order. ${owner} is told again, reads there that two people gave the access, and can take it back.`,
    ],
    somebody: 'this person',
  },
  handover: {
    action: 'Hand the files over',
    lead: (owner: string) =>
      `${owner} is suspended. Somebody else can own these files from now on, and decide who opens them.`,
    whom: 'Who shall own them',
    whomHint: 'The e-mail address of somebody here',
    after: (who: string | null, owner: string) => [
      who === null
        ? `Then every file of ${owner} is yours. Who could open them still can.`
        : `Then every file of ${owner} is ${who}’s, and ${who} is told. Who could open them still can.`,
      `${owner} stays among those who may open them, and sees what became of them if the account is opened again.`,
    ],
    somebody: 'this person',
    notYet: 'If somebody leaves for good: suspend the account below, then the files can be handed to somebody else.',
  },
  times: {
    title: 'Two people',
    text: 'A link to somebody else’s account or phone, and access to somebody else’s files, take two people. Here owners set how long somebody waits who is the only one who could agree, and for how long no new browser is connected after an account was recovered by a link.',
    alone: 'Hours that who is alone waits',
    hold: 'Hours without a new browser after a recovery',
    hint: 'Between 1 and 144. A shorter time counts once the former has run out.',
    now: (hours: number) => `Until then ${hoursText(hours)} count.`,
    onlyOwner: 'Owners set this.',
    save: 'Save',
  },
};

function hoursText(hours: number): string {
  return hours === 1 ? '1 hour' : `${hours} hours`;
}
