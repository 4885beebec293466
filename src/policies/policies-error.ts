import { CodedError } from '../base/index.ts';

/** What can be wrong with a policy or a request for one; codes start with `policies-`. */
export class PoliciesError extends CodedError {
  constructor(code: `policies-${string}`, status: number, message: string) {
    super(code, status, message);
    this.name = 'PoliciesError';
  }
}
