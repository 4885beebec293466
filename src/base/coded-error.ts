/**
 * An error that a caller may be told: each room derives one class from it.
 *
 * `code` is stable and scriptable; `status` is the HTTP status that `server` answers with; the message says first what to do.
 */
export abstract class CodedError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
