/** Sentences about policies. */
export const policiesText = {
  title: 'Policies',
  columns: { name: 'Policy', controls: 'Controls', assigned: 'Assigned to', version: 'Version', updated: 'Changed' },
  everyone: 'everyone',
  nobody: 'nobody',
  groups: (count: number) => (count === 1 ? '1 group' : `${count} groups`),
  fromBaseline: 'New from baseline',
  empty: 'No policy yet',
  emptyText: 'Begin with a baseline and change what does not fit.',
  tabs: { values: 'Values', apple: 'Apple', android: 'Android', versions: 'Versions' },
  off: 'not set',
  on: 'required',
  save: (version: number) => `Save as version ${version}`,
  saved: 'Saved.',
  versionOf: (version: number) => `Version ${version}`,
  appliesTo: 'Applies to',
  everybody: 'Everyone',
  assign: 'Save who it applies to',
  noGroups: 'There are no groups yet: make one under People, Groups.',
  unassign: 'Applies to nobody',
  takesAway: 'Leave people without a policy?',
  takeAway: 'Leave them without',
  combine:
    'Several policies may apply to one person. Of each control the strictest value holds, whichever policy it comes from; a device’s page says under Policy which one that is.',
  change: {
    title: 'What this change does',
    nobody: 'Nothing else is asked of anybody: other policies ask for the same or more, or nobody is concerned.',
    touched: (people: number, devices: number) =>
      `Something else is asked of ${people === 1 ? '1 person' : `${people} people`} with ${devices === 1 ? '1 enrolled phone' : `${devices} enrolled phones`}.`,
    refused: (count: number) =>
      count === 1
        ? '1 phone that opens files now will be refused'
        : `${count} phones that open files now will be refused`,
    nobodyRefused: 'No phone that opens files now will be refused',
    more: (count: number) => `and ${count} more`,
    warned: (count: number) =>
      count === 1
        ? '1 phone is warned first and refused later.'
        : `${count} phones are warned first and refused later.`,
    allowed: (count: number) =>
      count === 1
        ? '1 phone that is refused now will open files.'
        : `${count} phones that are refused now will open files.`,
    undecided: (count: number) =>
      `${count} more phones are concerned; what would be decided for them was not worked out.`,
    make: 'Make this change',
  },
} as const;
