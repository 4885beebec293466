/**
 * Whether a name that somebody typed is the one that is meant.
 *
 * Phones write “Ada’s iPhone” with a curved apostrophe, which keyboards do not have; capitals and spaces inside still count.
 */
export function sameName(typed: string, meant: string): boolean {
  return plainly(typed) === plainly(meant);
}

function plainly(name: string): string {
  return name
    .normalize('NFC')
    .replace(/[‘’ʼ´`′]/g, "'")
    .replace(/[“”„″]/g, '"')
    .replace(/\s+/g, ' ')
    .trim();
}
