const people = new Intl.ListFormat('en', { type: 'conjunction' });
const NAMED = 3;

/** Words about who joined a group that files are shared with, the same in both apps. */
export const MY_WAITING = {
  title: (names: readonly string[], group: string) => `${several(names, names.length)} joined the group “${group}”`,
  closed: (titles: readonly string[], count: number) =>
    `${count === 1 ? 'One file' : `${count} files`} that you shared with the group before: ${several(titles, count)}. ${count === 1 ? 'It stays' : 'They stay'} closed to whoever joined later, until you say otherwise.`,
  putBy: (names: readonly string[]) => `Put there by ${several(names, names.length)}`,
  letOpen: (name: string) => `Let ${name} open`,
  notNow: 'Not now',
} as const;

/** "Ada, Ben and Cleo"; of many the first and how many more. */
function several(names: readonly string[], count: number): string {
  if (count <= NAMED) return people.format(names);
  return people.format([...names.slice(0, NAMED - 1), `${count - NAMED + 1} more`]);
}
