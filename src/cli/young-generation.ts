import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the space for young objects at the size it has now, about a megabyte: it would grow to 32 while records stream by, and garbage fill it.
 *
 * NOTE: V8 reads `--max-semi-space-size` only before it starts, so that setting it here does nothing; the growth is asked for each time.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
