/** Rooms that may import one which does not stand above them in the table: it is ordered so that arrows only run down. */
export function arrowsUp(rooms: Readonly<Record<string, readonly string[]>>): string[] {
  const order = Object.keys(rooms);
  return Object.entries(rooms).flatMap(([room, may]) =>
    may
      .filter((other) => !order.slice(0, order.indexOf(room)).includes(other))
      .map((other) => `arrow-up: ${room} → ${other} in tools/rooms.data.ts`),
  );
}

/** Above this share a room holds more than one story and wants to be split. */
const MOST = 1 / 4;

/** Rooms that hold more than a quarter of the lines of `src`, tests and tables of data left out. @param lines of each file by its path */
export function tooLarge(lines: ReadonlyMap<string, number>): string[] {
  const rooms = new Map<string, number>();
  for (const [file, count] of lines) {
    const room = file.split('/')[1] ?? '';
    if (!/\.test\.tsx?$|\.data\.ts$/.test(file)) rooms.set(room, (rooms.get(room) ?? 0) + count);
  }
  const all = [...rooms.values()].reduce((sum, count) => sum + count, 0);
  return [...rooms]
    .filter(([, count]) => count > all * MOST)
    .map(([room, count]) => `room-too-large: ${room} has ${count} of ${all} lines, a quarter at most`);
}
