import { concatBytes, utf8Bytes } from '../base/index.ts';

const TITLE = 'Welcome to Meridian';
const LINES: readonly string[] = [
  'This page is protected: it opens for the people it was shared with,',
  'on phones that are in order, and for as long as its owner wishes.',
  '',
  'What happens when you open it',
  '1.  Your browser proves which phone it runs on.',
  '2.  The server looks at that phone anew: its system, its passcode,',
  '     your lesson, your signature, and any trace of spyware.',
  '3.  If all is well the key is released to your browser alone.',
  '4.  If not, you are told every reason and how to repair it.',
  '',
  'Things to try',
  '-   Open the page, then let the administrator end its sharing.',
  '-   Check the practice backup with "pavise check" and report it.',
  '-   Read in the audit log what happened, step by step.',
];

/**
 * Writes a small real PDF 1.7 of one A4 page (ISO 32000-1: header, objects, cross-reference table, trailer).
 *
 * Helvetica is one of the standard fonts that every viewer has, so that no font is embedded. The same bytes each time.
 */
export function welcomePdf(): Uint8Array<ArrayBuffer> {
  const content = pageContent();
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>',
    `<< /Title (${TITLE}) /Producer (Pavise) >>`,
  ];
  const parts = ['%PDF-1.7\n'];
  const offsets: number[] = [];
  let offset = parts.join('').length;
  for (const [i, object] of objects.entries()) {
    const text = `${i + 1} 0 obj\n${object}\nendobj\n`;
    offsets.push(offset);
    offset += text.length;
    parts.push(text);
  }
  // Each entry has exactly 20 bytes, with the space before the line feed (7.5.4).
  const entries = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  parts.push(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}`);
  parts.push(`trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info 7 0 R >>\nstartxref\n${offset}\n%%EOF\n`);
  return concatBytes(parts.map(utf8Bytes));
}

function pageContent(): string {
  const show = (font: string, size: number, y: number, text: string): string =>
    `BT /${font} ${size} Tf 64 ${y} Td (${text.replace(/[\\()]/g, '\\$&')}) Tj ET`;
  const body = LINES.map((line, i) => show('F1', 12, 690 - i * 22, line));
  return ['0.10 0.28 0.42 rg', '64 742 467 3 re f', show('F2', 26, 758, TITLE), '0.12 g', ...body].join('\n');
}
