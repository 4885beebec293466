import type { ReasonView } from '../access/api.ts';
import { CodedError } from '../base/index.ts';

/** What this room refuses; `reasons` are there when a decision or a file's own state refused. */
export class FilesError extends CodedError {
  readonly reasons: readonly ReasonView[] | undefined;

  constructor(code: string, status: number, message: string, reasons?: readonly ReasonView[]) {
    super(code, status, message);
    this.name = 'FilesError';
    this.reasons = reasons;
  }
}

/** A reason that lies in the file itself, in the form that a decision gives its own. */
export function fileReason(code: string, text: string, remedy: string): ReasonView {
  return { code, severity: 'block', factName: 'file', text, remedy: { title: remedy, steps: [] } };
}

/** The same answer for a file that is not there and one that is not yours. */
export function noSuchFile(): FilesError {
  return new FilesError('files-not-found', 404, 'Check the address: there is no such file for you');
}
