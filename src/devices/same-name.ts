/**
 * Whether a name that somebody typed is the one that is meant.
 *
 * Phones write “Ada’s iPhone” with a curved apostrophe, which keyboards do not have; capitals and spaces inside still count.
 */
export function sameName(typed: string, meant: string): boolean {
  return plainly(typed) === plainly(meant);
}

/**
 * A name that a phone gives itself, without what nobody sees and what turns the direction of text: its holder chooses it, and whoever wants to
 * lock or erase the phone has to find and type it.
 *
 * @returns undefined where nothing is left to be seen
 */
export function readableName(reported: string): string | undefined {
  const name = reported
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu, '')
    .trim();
  return /[^\p{C}\p{Z}\p{M}]/u.test(name) ? name : undefined;
}

function plainly(name: string): string {
  return name
    .normalize('NFC')
    .replace(/\p{Cf}/gu, '') // joiners inside emoji: nobody types them
    .replace(/[‘’ʼ´`′]/g, "'")
    .replace(/[“”„″]/g, '"')
    .replace(/\s+/g, ' ')
    .trim();
}
