import { CodedError } from '../base/index.ts';

/** What can go wrong between Pavise and its data; codes start with `storage-`. */
export class StorageError extends CodedError {
  constructor(code: `storage-${string}`, message: string, status = 503) {
    super(code, status, message);
    this.name = 'StorageError';
  }
}
