/**
 * mvt-index: `indicators.yaml`, the list of public indicator files that MVT reads (https://github.com/mvt-project/mvt-indicators).
 *
 * Each entry names a file, either on GitHub by owner, repository, branch and path, or by a URL of its own, with those who published it.
 */
import { FormatError } from '../../base/index.ts';
import { parseYaml } from '../yaml/index.ts';

export interface IndexedFile {
  readonly name: string;
  readonly publishers: readonly string[];
  readonly references: readonly string[];
  readonly url: string;
}

/** The public list has 15 entries. */
const MAX_ENTRIES = 1000;
const MAX_TEXT_CHARS = 500;
const MAX_LIST = 50;
/** GitHub's names; a path segment of dots alone would leave the repository. */
const GITHUB_NAME = /^(?!\.+$)[A-Za-z0-9._-]{1,100}$/;

/** Reads the list; throws FormatError `mvt-index` and those of yaml. An entry that names no file is told in `skipped`. */
export function parseMvtIndex(bytes: Uint8Array): { files: IndexedFile[]; skipped: { name: string; why: string }[] } {
  const root = parseYaml(bytes);
  if (!isMap(root) || !Array.isArray(root['indicators']) || root['indicators'].length > MAX_ENTRIES) {
    throw new FormatError(
      'mvt-index',
      -1,
      'Cannot read the list of indicator files: no "indicators" of at most 1,000 entries',
    );
  }
  const files: IndexedFile[] = [];
  const skipped: { name: string; why: string }[] = [];
  for (const entry of root['indicators']) {
    const name = isMap(entry) ? text(entry['name']) || 'Unnamed' : 'Unnamed';
    const url = isMap(entry) ? urlOf(entry) : undefined;
    if (!isMap(entry) || url === undefined) skipped.push({ name, why: 'entry names no file' });
    else files.push({ name, publishers: texts(entry['sources']), references: texts(entry['references']), url });
  }
  return { files, skipped };
}

function urlOf(entry: Readonly<Record<string, unknown>>): string | undefined {
  const github = entry['github'];
  if (isMap(github)) {
    const parts = [github['owner'], github['repo'], github['branch'] ?? 'main'].map(text);
    const path = text(github['path']).split('/');
    if (![...parts, ...path].every((part) => GITHUB_NAME.test(part))) return undefined;
    return `https://raw.githubusercontent.com/${[...parts, ...path].join('/')}`;
  }
  const url = text(entry['download_url']);
  return URL.canParse(url) && url.startsWith('https://') ? url : undefined;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT_CHARS) : '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value)
    ? value
        .slice(0, MAX_LIST)
        .map(text)
        .filter((item) => item !== '')
    : [];
}
