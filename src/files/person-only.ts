import { FilesError } from './files-error.ts';

/** What a token is told where only a person can be meant. */
export function personOnly(): FilesError {
  return new FilesError(
    'files-person-only',
    403,
    'Sign in as a person: a token of a role owns no files and opens none',
  );
}
