/** Where a command writes: results to `out`, everything else to `err`. */
export interface CommandIo {
  out(text: string): void;
  err(text: string): void;
}
