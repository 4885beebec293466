import { CodedError } from '../base/index.ts';

/** What can be wrong with a question to the decision; codes start with `access-`. */
export class PrivacyError extends CodedError {
  constructor(code: `access-${string}`, status: number, message: string) {
    super(code, status, message);
    this.name = 'PrivacyError';
  }
}
