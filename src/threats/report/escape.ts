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

/** A cell of a CSV file (RFC 4180); what a spreadsheet would take for a formula gets an apostrophe in front. */
export function csvCell(text: string): string {
  const plain = text.replace(/[\r\n\u2028\u2029]+/g, ' ').replaceAll('\0', '\ufffd');
  const safe = /^[=+\-@\t]/.test(plain) ? `'${plain}` : plain;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
