import { CodedError } from '../../base/index.ts';

/** What a user of the indicator store is told: stable code, what to do first. */
export class IndicatorStoreError extends CodedError {
  constructor(code: string, message: string) {
    super(code, 400, message);
  }
}
