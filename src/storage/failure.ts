/**
 * What of an error may be logged: name, code and our own stack.
 *
 * A database error carries pieces of the input in its message, `where` and `detail`; none of them is given.
 */
export function loggable(error: unknown): {
  readonly name: string;
  readonly errorCode?: string;
  readonly stack?: string;
} {
  // The stack begins with the message, whose own lines may look like frames.
  const traced = error instanceof Error ? error.stack?.replace(error.message, '') : undefined;
  const frames = traced?.split('\n').filter((line) => line.startsWith('    at '));
  const stack = frames?.join('\n') ?? '';
  return { ...nameAndCode(error), ...(stack === '' ? {} : { stack }) };
}

function nameAndCode(error: unknown): { readonly name: string; readonly errorCode?: string } {
  if (!(error instanceof Error)) return { name: typeof error };
  return { name: error.name, ...('code' in error && typeof error.code === 'string' ? { errorCode: error.code } : {}) };
}
