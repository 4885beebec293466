import { canonicalUrl, hostOfUrl } from './canonical.ts';
import { SHORT_LINK_HOSTS } from './short-links.data.ts';

/** Whether a link's target can only be told by asking its shortener, which is never done: report it as not resolvable offline. */
export function isShortLink(url: string): boolean {
  const host = hostOfUrl(url);
  if (host === undefined || !SHORT_LINK_HOSTS.has(host.replace(/^www\./, ''))) return false;
  const path = /^[a-z][a-z0-9+.-]*:\/\/[^/]*\/(.*)$/s.exec(canonicalUrl(url) ?? '')?.[1] ?? '';
  // A place on the map is named in the link itself.
  return path !== '' && !(host === 'goo.gl' && /^maps(\/|$)/.test(path));
}
