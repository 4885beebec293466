const MAX_HOST_CHARS = 253; // RFC 1035, section 2.3.4
const MAX_URL_CHARS = 16_384;

/** Lower-case ASCII host without trailing dot and brackets, or undefined when it is none. */
export function canonicalHost(text: string): string | undefined {
  let host = text.trim().toLowerCase();
  if (host.startsWith('[') && host.endsWith(']')) host = host.slice(1, -1);
  if (host.endsWith('.')) host = host.slice(0, -1);
  const ip = canonicalIp(host);
  if (ip !== undefined) return ip;
  if (!/^[\u0000-\u007f]*$/.test(host)) {
    if (/[\s/?#@:\\]/.test(host)) return undefined;
    host = toAsciiHost(host) ?? '';
  }
  if (host === '' || host.length > MAX_HOST_CHARS || !/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host)) return undefined;
  return host;
}

/** IP address in one spelling, or undefined. */
export function canonicalIp(text: string): string | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const parts = text.split('.').map(Number);
    return parts.every((part) => part <= 255) ? parts.join('.') : undefined;
  }
  if (!text.includes(':') || !/^[0-9a-f:.]+$/i.test(text)) return undefined;
  try {
    return new URL(`http://[${text}]/`).hostname.slice(1, -1);
  } catch {
    return undefined; // not an address: it is then judged as a name
  }
}

/** Scheme and host in lower case, default port and fragment dropped, path and query untouched; undefined when it is no http(s) URL. */
export function canonicalUrl(text: string): string | undefined {
  const match = /^(https?):\/\/([^/?#]*)([^#]*)/i.exec(text.trim().slice(0, MAX_URL_CHARS));
  if (match === null) return undefined;
  const scheme = (match[1] ?? '').toLowerCase();
  const { host, port } = splitAuthority(match[2] ?? '');
  const name = canonicalHost(host);
  if (name === undefined) return undefined;
  const standard = port === '' || port === (scheme === 'http' ? '80' : '443');
  return `${scheme}://${name}${standard ? '' : `:${port}`}${match[3] === '' ? '/' : match[3]}`;
}

/** Drops user info up to the last "@" and splits the port off. */
export function splitAuthority(authority: string): { host: string; port: string } {
  const rest = authority.slice(authority.lastIndexOf('@') + 1);
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(rest);
  return { host: match?.[1] ?? '', port: match?.[2] ?? '' };
}

/** Components of a path in one spelling: "/var" and "/tmp" are what they link to on iOS. */
export function pathComponents(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (!path.startsWith('/')) return parts;
  if (parts[0] === 'var' || parts[0] === 'etc') return ['private', ...parts];
  return parts[0] === 'tmp' ? ['private', 'var', ...parts] : parts;
}

function toAsciiHost(host: string): string | undefined {
  try {
    return new URL(`http://${host}/`).hostname;
  } catch {
    return undefined; // not a name that IDNA accepts
  }
}
