const MAX_HOST_CHARS = 253; // RFC 1035, section 2.3.4
/** Longer text, even with every character encoded, is no host. */
const MAX_HOST_TEXT_CHARS = 1000;
const MAX_URL_CHARS = 16_384;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443', ws: '80', wss: '443', ftp: '21' };
const PLAIN_HOST = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

/** Lower-case ASCII host without trailing dot and brackets, an address in one spelling, or undefined when it is none. */
export function canonicalHost(text: string): string | undefined {
  if (text.length > MAX_HOST_TEXT_CHARS) return undefined;
  let host = text.trim().toLowerCase();
  if (host.startsWith('[') && host.endsWith(']')) host = host.slice(1, -1);
  if (host.endsWith('.')) host = host.slice(0, -1);
  const ip = canonicalIp(host);
  if (ip !== undefined) return ip;
  // Browsers decode "%62ad.example" and map "ｂad．example" before they look a name up.
  if (host.includes('%') || !/^[\u0000-\u007f]*$/.test(host)) {
    if (/[\s/?#@:\\]/.test(host)) return undefined;
    host = browserHost(host) ?? '';
  }
  return host.length > MAX_HOST_CHARS || !PLAIN_HOST.test(host) ? undefined : host;
}

/**
 * IP address in one spelling, or undefined.
 *
 * Numbers as browsers read them (WHATWG URL, IPv4 parser): 0x7f.1, 2130706433 and 0177.0.0.1 are 127.0.0.1. An IPv4 address inside IPv6
 * (::ffff:192.0.2.1) is that IPv4 address; the zone of a link-local address is dropped.
 */
export function canonicalIp(text: string): string | undefined {
  if (/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) {
    return text.split('.').every((part) => Number(part) <= 255) ? text : undefined;
  }
  if (/^[0-9a-fx.]+$/i.test(text) && /(^|\.)(0x[0-9a-f]*|\d+)$/i.test(text)) return browserHost(text);
  const address = text.replace(/%[\w.-]*$/, '');
  if (!address.includes(':') || !/^[0-9a-f:.]+$/i.test(address)) return undefined;
  const host = browserHost(`[${address}]`)?.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host ?? '');
  if (mapped === null) return host;
  const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Scheme and host in one spelling, default port, user info and fragment dropped, path and query untouched; undefined when it is no URL with a host. */
export function canonicalUrl(text: string): string | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#\\]*)([^#]*)/i.exec(urlText(text));
  if (match === null) return undefined;
  const scheme = (match[1] ?? '').toLowerCase();
  const { host, port } = splitAuthority(match[2] ?? '');
  const name = canonicalHost(host);
  if (name === undefined) return undefined;
  const rest = match[3] ?? '';
  const standard = port === '' || port === DEFAULT_PORTS[scheme];
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}${standard ? '' : `:${port}`}${rest.startsWith('/') ? rest : `/${rest}`}`;
}

/** Host of a URL of any scheme, or undefined. */
export function hostOfUrl(url: string): string | undefined {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#\\]*)/i.exec(urlText(url))?.[1];
  return authority === undefined ? undefined : canonicalHost(splitAuthority(authority).host);
}

/** Drops user info up to the last "@" and splits the port off. */
function splitAuthority(authority: string): { host: string; port: string } {
  const rest = authority.slice(authority.lastIndexOf('@') + 1);
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(rest);
  return { host: match?.[1] ?? '', port: (match?.[2] ?? '').replace(/^0+(?=\d)/, '') };
}

/** Components of a path in one spelling: what links to another place on iOS or Android is that place, and ".." is walked. */
export function pathComponents(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  if (!path.startsWith('/')) return parts;
  const [first, second, third] = parts;
  if (first === 'var' || first === 'etc') return ['private', ...parts];
  if (first === 'tmp') return ['private', 'var', ...parts];
  if (first === 'sdcard') return ['storage', 'emulated', '0', ...parts.slice(1)];
  if (first === 'data' && second === 'media' && third !== undefined) return ['storage', 'emulated', ...parts.slice(2)];
  if (first === 'data' && second === 'user' && third === '0') return ['data', 'data', ...parts.slice(3)];
  return parts;
}

/** Browsers drop tabs and line breaks inside a URL (WHATWG URL, basic URL parser). */
function urlText(text: string): string {
  return text
    .slice(0, MAX_URL_CHARS)
    .trim()
    .replace(/[\t\n\r]/g, '');
}

function browserHost(host: string): string | undefined {
  try {
    return new URL(`http://${host}/`).hostname;
  } catch {
    return undefined; // not a name that browsers look up
  }
}
