const URLS = /https?:\/\/[^\s<>"'“”\u0000-\u001f\ufffc]{1,8192}/giu;

/** The http(s) links in a text, as they stand there. */
export function linksIn(text: string): readonly string[] {
  return text.match(URLS) ?? [];
}
