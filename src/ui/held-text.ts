/** Words for what checks of a phone left with the organisation; both apps show them. */
export const heldText = {
  title: 'Checks for spyware',
  none: 'No check was sent.',
  last: (count: number, age: string) =>
    count === 1 ? `One check was sent, ${age}.` : `${count} checks were sent, the last one ${age}.`,
  hashes: (count: number) =>
    `${count.toLocaleString()} hashes of addresses, programs and files are kept, which tell nothing by themselves.`,
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
