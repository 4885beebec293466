import { CodedError } from '../base/index.ts';

/** What can be wrong with a quiz, a signature or a request for one; codes start with `training-`. */
export class TrainingError extends CodedError {
  constructor(code: `training-${string}`, status: number, message: string) {
    super(code, status, message);
    this.name = 'TrainingError';
  }
}
