/**
 * yaml: documents that other parties publish as YAML (https://yaml.org/spec/1.2.2/), read as strings, lists and maps alone.
 *
 * The failsafe schema makes no numbers, dates or objects of tags, so that "1.10" stays what was written. Anchors are refused: with them a
 * small file grows without end, and no indicator file needs them.
 */
import { FAILSAFE_SCHEMA, load } from 'js-yaml';
import { FormatError, utf8TextLoose } from '../../base/index.ts';

/** The largest public file has 100 kB; parsing costs about 0.5 s for each MiB. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_DEPTH = 12;

/** Reads one document; throws FormatError `yaml-size`, `yaml-anchor`, `yaml-syntax`. */
export function parseYaml(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_BYTES) throw new FormatError('yaml-size', -1, 'Cannot read YAML: file is over 4 MiB');
  try {
    return load(utf8TextLoose(bytes).replace(/^\ufeff/, ''), {
      schema: FAILSAFE_SCHEMA,
      maxDepth: MAX_DEPTH,
      listener: (_, { anchor }) => {
        if (typeof anchor === 'string')
          throw new FormatError('yaml-anchor', -1, 'Cannot read YAML: anchors are not allowed');
      },
    });
  } catch (error) {
    if (error instanceof FormatError) throw error;
    // The library's message quotes lines of the file; the place suffices.
    const line = /\((\d+):\d+\)/.exec(error instanceof Error ? error.message : '')?.[1];
    throw new FormatError(
      'yaml-syntax',
      -1,
      `Cannot read YAML: ${line === undefined ? 'not YAML' : `bad line ${line}`}`,
    );
  }
}
