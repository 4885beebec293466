/** Makes text safe between tags and in quoted attributes; control and direction characters become visible marks. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/**
 * A cell of a CSV file (RFC 4180); what a spreadsheet would take for a formula gets an apostrophe in front. Control characters and those that
 * turn the direction of text become visible marks: a terminal would obey the ones, and a name would read backwards by the others.
 */
export function csvCell(text: string): string {
  const plain = text.replace(/[\r\n\u2028\u2029]+/g, ' ').replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
  // Where a comma is the decimal mark a spreadsheet cuts at semicolons, quoted or not.
  const safe = plain.replace(/(^|;)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g, "$1'");
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
