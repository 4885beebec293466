import { parseCookie, stringifySetCookie } from 'cookie';

/** Reads one of our cookies from a Cookie header; the first of a name counts, as browsers send the most specific path first. */
export function cookieOf(publicUrl: URL, header: string | undefined, name: string): string | undefined {
  return parseCookie(header ?? '')[fullName(publicUrl, name)] || undefined;
}

/** Makes the Set-Cookie header of one of our cookies: for the whole host, closed to scripts, over https alone where that is spoken. */
export function setCookie(
  publicUrl: URL,
  name: string,
  value: string,
  { sameSite, lifeMs }: { readonly sameSite: 'strict' | 'lax'; readonly lifeMs: number },
): string {
  const maxAge = Math.floor(lifeMs / 1000);
  const secure = publicUrl.protocol === 'https:';
  return stringifySetCookie({
    name: fullName(publicUrl, name),
    value,
    path: '/',
    httpOnly: true,
    sameSite,
    maxAge,
    secure,
  });
}

/** "__Host-" makes browsers refuse the cookie from plain HTTP, subdomains and other paths. */
function fullName(publicUrl: URL, name: string): string {
  return publicUrl.protocol === 'https:' ? `__Host-${name}` : name;
}
