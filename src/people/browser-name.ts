/** A name for a browser that its owner recognises in a list, from the user agent's own words: "Firefox on Linux". */
export function browserName(agent: string): string {
  const system = /iPhone|iPad|Android|Mac OS X|Windows|Linux/.exec(agent)?.[0];
  const browser = /Edg|Firefox|Chrome|Safari/.exec(agent)?.[0] ?? 'Unknown browser';
  const name = browser === 'Edg' ? 'Edge' : browser;
  return system === undefined ? name : `${name} on ${system === 'Mac OS X' ? 'Mac' : system}`;
}
