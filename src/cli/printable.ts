/** Text of evidence, of a protected file or of a server is hostile: control characters would steer the terminal, others turn its direction. */
export function printable(text: string, mostChars = 300): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd').slice(0, mostChars);
}

/** The same for a sentence of an error, whose own line breaks stay. */
export function printableSentence(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line, 4000))
    .join('\n');
}
