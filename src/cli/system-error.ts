/** What a system error means for the person at the terminal, and what to do; undefined for any other error. */
export function systemErrorText(error: unknown, named?: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path = named } = error as NodeJS.ErrnoException;
  const cause = (error.cause as NodeJS.ErrnoException | undefined)?.code;
  const where = path === undefined ? '' : `: "${path}"`;
  switch (code ?? cause) {
    case 'ENOENT':
      return `Name a file or folder that is there${where === '' ? '' : `${where} is not`}`;
    case 'EACCES':
    case 'EPERM':
      return `Run this as the user who may read and write it${where === '' ? '' : `${where} is closed to you`}`;
    case 'EISDIR':
      return `Name a file, not a folder${where}`;
    case 'ENOTDIR':
      return `Name a folder, not a file, on the way${where === '' ? '' : ` to${where.slice(1)}`}`;
    case 'EROFS':
      return `Name another place: nothing can be written there${where}`;
    case 'ENOSPC':
      return `Make room first: the disk is full${where}`;
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'ECONNRESET':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return `Check --server: nothing answers there (${code ?? cause})`;
    default:
      return undefined;
  }
}
