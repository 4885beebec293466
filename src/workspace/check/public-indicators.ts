import { FormatError, utf8Bytes } from '../../base/index.ts';
import { parseStixBundle } from '../../formats/stix/index.ts';

/** A file of indicators with how many it holds. */
export interface IndicatorFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** Gets the server's public sets of indicators; none where the server has none or cannot be reached. */
export async function loadPublicIndicators(signal: AbortSignal): Promise<IndicatorFile[]> {
  const sets = await fetch('/api/v1/indicators/public', { signal, credentials: 'omit' }).then(
    async (reply): Promise<readonly { name: string; bundle: unknown }[]> => (reply.ok ? (await reply.json()).sets : []),
    () => [], // offline: the service worker answers where the sets were loaded before
  );
  const files: IndicatorFile[] = [];
  for (const { name, bundle } of sets) {
    const bytes = utf8Bytes(JSON.stringify(bundle));
    try {
      files.push({ name, bytes, count: parseStixBundle(bytes).indicators.length });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  return files;
}
