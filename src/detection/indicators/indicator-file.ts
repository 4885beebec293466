import { FormatError, utf8TextLoose } from '../../base/index.ts';
import { isSamplesCsv, parseSamplesCsv, parseStalkerwareYaml } from '../../formats/stalkerware/index.ts';
import { type ParsedBundle, parseStixBundle } from '../../formats/stix/index.ts';
import { parsePlainList } from './plain-list.ts';

/**
 * Reads a file of indicators by its content and name: a STIX 2 bundle, `ioc.yaml` and `samples.csv` of stalkerware-indicators, or a plain list
 * (.txt, .csv, .list).
 *
 * @param name base name of the file: it names the collection of a plain list
 * @returns undefined for a file that is no indicator file but may stand beside some (a licence, an index)
 * @throws FormatError of the format that the file seems to have
 */
export function parseIndicatorFile(name: string, bytes: Uint8Array): ParsedBundle | undefined {
  const start = utf8TextLoose(bytes.subarray(0, 200))
    .replace(/^\ufeff/, '')
    .trimStart();
  if (/\.(stix2?|json)$/i.test(name) || start.startsWith('{')) return parseStixBundle(bytes);
  if (isSamplesCsv(bytes)) return parseSamplesCsv(bytes);
  if (/\.ya?ml$/i.test(name)) return /^indicators:/m.test(start) ? undefined : parseStalkerwareYaml(bytes);
  if (/\.(txt|csv|list)$/i.test(name)) {
    if (bytes.subarray(0, 8192).includes(0)) throw new FormatError('list-text', -1, 'Cannot read list: not text');
    return parsePlainList(bytes, name);
  }
  return undefined;
}
