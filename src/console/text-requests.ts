/** Words about what takes two people. */
export const requestsText = {
  title: 'Two people',
  lead: 'Some things one person must not do to another alone: a link to somebody else’s account, another browser for somebody else’s phone. Somebody asks, another person agrees, and whom it concerns is told at once and can stop it.',
  empty: 'Nothing was asked for',
  emptyText: 'Links for a new passkey are asked for on a person’s page, browsers on the page of the phone.',
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
  agreeText: 'Agree only once you know from the person herself that it is wanted: call her, or meet.',
  refuse: 'Refuse',
  withdraw: 'Withdraw',
  stop: 'Stop it',
  carryOut: 'Carry it out',
  carriedOut: 'Done',
  ask: {
    why: 'Why it is needed',
    whyHint: 'Whom it concerns and who agrees read this.',
    send: 'Ask for it',
    second: (names: string) => `${names} has to agree.`,
    person: (name: string) => `Or ${name} agrees, in the workspace where still signed in.`,
    alone: (hours: number, name: string) =>
      `Nobody else here can agree. You wait ${hoursText(hours)}, and then do it alone. ${name} is told at once and can stop it; the audit log says that you were alone.`,
    hold: (hours: number) =>
      `For ${hoursText(hours)} after the link was used, no new browser is connected to a phone of this account.`,
  },
  times: {
    title: 'Two people',
    text: 'A link to somebody else’s account or phone takes two people. Here owners set how long somebody waits who is the only one who could agree, and for how long no new browser is connected after an account was recovered by a link.',
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
