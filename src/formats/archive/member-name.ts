/** Linux allows paths of 4,096 bytes. */
const MAX_NAME_LENGTH = 4096;

/** Says why a member's name is refused, or undefined: a name must mean one place below the root, on every system. */
export function refusalOf(name: string): string | undefined {
  if (name.length > MAX_NAME_LENGTH) return `name is longer than ${MAX_NAME_LENGTH} characters`;
  if (name.includes('\0')) return 'name holds a NUL';
  if (name.includes('\\')) return 'name holds a backslash';
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'name is absolute';
  const parts = name.split('/');
  if (parts.includes('..')) return 'name leaves its folder';
  if (parts.every((part) => part === '' || part === '.')) return 'name is empty';
  return undefined;
}

/** The path that a safe name means: without "./", doubled and trailing slashes. */
export function memberPath(name: string): string {
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
