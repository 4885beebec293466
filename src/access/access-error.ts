import { CodedError } from '../base/index.ts';

/** What can be wrong with a question to the decision; codes start with `access-`. */
export class AccessError extends CodedError {
  constructor(code: `access-${string}`, status: number, message: string) {
    super(code, status, message);
    this.name = 'AccessError';
  }
}
