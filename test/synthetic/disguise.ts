const FORMS: readonly ((host: string) => string)[] = [
  (host) => `https://${host}/p/1`,
  (host) => `HTTPS://${host.toUpperCase()}/P/1`,
  (host) => `http://user@cdn.${host}:8443/x`,
  (host) => `(https://${host}./x).`,
  (host) => `${host}/p/1`,
  (host) => `www.${host}`,
  (host) => `«https://${host}/x»`,
  (host) => `https://${host.replace(/^./, (first) => `%${first.charCodeAt(0).toString(16)}`)}/x`,
];

/** A link to a host in one of the forms in which messages carry them. */
export function disguised(host: string, random: () => number): string {
  return FORMS[Math.floor(random() * FORMS.length)]?.(host) ?? host;
}
